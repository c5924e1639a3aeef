/* Comparing answers byte for byte: the wildcards, and how a difference is told. */
#include "check/match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/case_text.h"
#include "data/strings.h"

/* How much of either side a finding shows. */
enum { SHOWN_BYTES = 100 };

/* ---- the date ---- */

/* Is it an IMF-fixdate, and which second does it name? Rendering it again finds every deviation. */
static bool date_parse(const char *bytes, time_t *seconds)
{
    static const char format[] = "%a, %d %b %Y %H:%M:%S GMT";
    char text[ANSWER_DATE_BYTES + 1], again[ANSWER_DATE_BYTES + 1];
    memcpy(text, bytes, ANSWER_DATE_BYTES);
    text[ANSWER_DATE_BYTES] = '\0';
    struct tm tm = {0};
    const char *end = strptime(text, format, &tm);
    if (end == NULL || *end != '\0')
        return false;
    *seconds = timegm(&tm);
    return strftime(again, sizeof(again), format, gmtime_r(seconds, &tm)) == ANSWER_DATE_BYTES &&
           strcmp(text, again) == 0;
}

/* NULL, or what is wrong with the date at bytes, which came between since and now. */
static char *date_judge(const char *bytes, time_t since, time_t now)
{
    time_t seconds;
    if (!date_parse(bytes, &seconds)) {
        char *shown = case_text_escape(bytes, ANSWER_DATE_BYTES, SHOWN_BYTES);
        char *text = text_format("expected an IMF-fixdate as Date, got %s", shown);
        free(shown);
        return text;
    }
    long off_s = (long)(seconds - (seconds < since ? since : seconds > now ? now : seconds));
    if (labs(off_s) <= ANSWER_DATE_TOLERANCE_S)
        return NULL;
    return text_format("expected a Date within %d s of now, got \"%.*s\", which is %ld s %s",
                       ANSWER_DATE_TOLERANCE_S, ANSWER_DATE_BYTES, bytes, labs(off_s),
                       off_s < 0 ? "old" : "ahead");
}

/* ---- byte for byte ---- */

/* The expected answer with the server's name and a blank date
 * in place; where the date is, or -1. */
struct rendered {
    char *bytes;
    size_t len;
    long date_at;
};

static struct rendered render(const struct step *expected, const char *server)
{
    struct rendered to = {.bytes = xcalloc(match_wanted_bytes(expected, server) + 1, 1),
                          .date_at = -1};
    for (size_t i = 0; i <= expected->len; i++) {
        if ((long)i == expected->server_at) {
            memcpy(to.bytes + to.len, server, strlen(server));
            to.len += strlen(server);
        }
        if ((long)i == expected->date_at) {
            to.date_at = (long)to.len;
            to.len += ANSWER_DATE_BYTES;
        }
        if (i < expected->len)
            to.bytes[to.len++] = expected->bytes[i];
    }
    return to;
}

size_t match_wanted_bytes(const struct step *expected, const char *server)
{
    return expected->len + (expected->server_at >= 0 ? strlen(server) : 0) +
           (expected->date_at >= 0 ? ANSWER_DATE_BYTES : 0);
}

/* Where two runs of len bytes differ first; len if they do not. */
static size_t first_difference(const char *a, const char *b, size_t len)
{
    if (memcmp(a, b, len) == 0)
        return len;
    size_t i = 0;
    while (a[i] == b[i])
        i++;
    return i;
}

/* The start of the line that offset lies in, unless it is far away. */
static size_t line_start(const char *bytes, size_t offset)
{
    size_t start = offset;
    while (start > 0 && offset - start < SHOWN_BYTES / 2 && bytes[start - 1] != '\n')
        start--;
    return start;
}

static char *tell_difference(const struct rendered *expected, const char *got, size_t len,
                             size_t at)
{
    size_t from = line_start(expected->bytes, at);
    char *wanted = case_text_escape(expected->bytes + from, expected->len - from, SHOWN_BYTES);
    char *came = case_text_escape(got + from, len - from, SHOWN_BYTES);
    char *text = text_format("expected %s at byte %zu of the answer, got %s", wanted, from, came);
    free(wanted);
    free(came);
    return text;
}

struct match match_bytes(const struct step *expected, const char *got, size_t len,
                         const char *server, time_t since, time_t now)
{
    struct match match = {.verdict = MATCH_MORE};
    struct rendered want = render(expected, server);
    size_t common = len < want.len ? len : want.len;
    bool dated = want.date_at >= 0 && (size_t)want.date_at + ANSWER_DATE_BYTES <= common;
    if (want.date_at >= 0 &&
        (size_t)want.date_at < common) { /* what came stands in for the blank */
        size_t rest = common - (size_t)want.date_at;
        memcpy(want.bytes + want.date_at, got + want.date_at,
               rest < ANSWER_DATE_BYTES ? rest : ANSWER_DATE_BYTES);
    }
    size_t same = first_difference(want.bytes, got, common);
    /* A wrong date is told before what it may have shifted. */
    if (dated && same > (size_t)want.date_at &&
        (match.difference = date_judge(got + want.date_at, since, now)) != NULL) {
        match.verdict = MATCH_NO;
        match.at = (size_t)want.date_at;
    } else if (same < common) {
        match = (struct match){
            .verdict = MATCH_NO, .at = same, .difference = tell_difference(&want, got, len, same)};
    } else if (len >= want.len) {
        match = (struct match){.verdict = MATCH_YES, .taken = want.len};
    }
    free(want.bytes);
    return match;
}
