/* The text form of a schedule, and a sentence for whatever else is written. */
#include "pace/schedule.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "pace/quote.h"
#include "pace/units.h"

/* Borrowed bytes of the text. */
struct slice {
    const char *ptr;
    size_t len;
};

enum { FIELDS_MOST = 3 };
static const struct form {
    const char *form, *example;
    size_t fields;
} forms[SEGMENT_KINDS] = {
    [SEGMENT_POISSON] = {"poisson:RATE:DURATION", "poisson:5k:10s", 3},
    [SEGMENT_RAMP] = {"ramp:RATE-RATE:DURATION", "ramp:5k-20k:30s", 3},
    [SEGMENT_BURST] = {"burst:RATE:DURATION", "burst:40k:1s", 3},
    [SEGMENT_CONSTANT] = {"constant:RATE:DURATION", "constant:1k:5s", 3},
    [SEGMENT_IDLE] = {"idle:DURATION", "idle:5s", 2},
    [SEGMENT_CLOSE] = {"close:DURATION", "close:2s", 2},
};

/* Cuts what stands before the separator off rest; false: the
 * separator is not in it, and all was taken. */
static bool cut(struct slice *rest, char separator, struct slice *piece)
{
    const char *found = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;

    piece->ptr = rest->ptr;
    piece->len = found ? (size_t)(found - rest->ptr) : rest->len;
    rest->ptr += piece->len + (found != NULL);
    rest->len -= piece->len + (found != NULL);
    return found != NULL;
}

static int unknown_kind(struct slice name, char **why)
{
    const char *names[SEGMENT_KINDS];

    for (unsigned kind = 0; kind < SEGMENT_KINDS; kind++)
        names[kind] = segment_name(kind);
    char *text =
        text_format("%.*s", (int)(name.len < QUOTE_MOST ? name.len : QUOTE_MOST), name.ptr);
    char *quoted = quote(name.ptr, name.len), *hint = text_suggest(names, SEGMENT_KINDS, text);
    int result = text_error(why, "%s is no kind of segment: %s", quoted, hint);
    free(hint);
    free(quoted);
    free(text);
    return result;
}

static int read_kind(enum segment_kind *kind, struct slice name, char **why)
{
    for (*kind = 0; *kind < SEGMENT_KINDS; ++*kind)
        if (strlen(segment_name(*kind)) == name.len &&
            memcmp(segment_name(*kind), name.ptr, name.len) == 0)
            return 0;
    return unknown_kind(name, why);
}

/* One end of a ramp: 0 is right there. */
static int read_end(double *rate_rps, struct slice text, char **why)
{
    *rate_rps = 0;
    if (text.len == 1 && *text.ptr == '0')
        return 0;
    return units_rate(rate_rps, text.ptr, text.len, why);
}

static int read_ramp(struct segment *segment, struct slice text, char **why)
{
    struct slice from;

    if (!cut(&text, '-', &from))
        return text_error(why, "it goes from one rate to another, as in %s",
                          forms[SEGMENT_RAMP].example);
    if (read_end(&segment->from_rps, from, why) || read_end(&segment->to_rps, text, why))
        return -1;
    if (fmax(segment->from_rps, segment->to_rps) <= 0)
        return text_error(why, "one of its rates must be above 0, as in ramp:0-20k:30s");
    return 0;
}

static int read_rates(struct segment *segment, struct slice text, char **why)
{
    if (segment->kind == SEGMENT_RAMP)
        return read_ramp(segment, text, why);
    if (text.len > 1 && memchr(text.ptr + 1, '-', text.len - 1))
        return text_error(why, "only a ramp goes from one rate to another, as in %s",
                          forms[SEGMENT_RAMP].example);
    int result = units_rate(&segment->from_rps, text.ptr, text.len, why);
    segment->to_rps = segment->from_rps;
    return result;
}

/* -1: *why says what is wrong, as a clause. */
static int read_segment(struct segment *segment, struct slice text, char **why)
{
    struct slice fields[FIELDS_MOST + 1];
    size_t count = 0;
    bool is_more = true;

    for (size_t i = 0; i < text.len; i++)
        if (isspace((unsigned char)text.ptr[i]))
            return text_error(why, "a blank is in it: leave it out");
    while (is_more && count <= FIELDS_MOST)
        is_more = cut(&text, ':', &fields[count++]);
    *segment = (struct segment){0};
    if (read_kind(&segment->kind, fields[0], why))
        return -1;
    const struct form *form = &forms[segment->kind];
    if (count != form->fields)
        return text_error(why, "it is written %s, as in %s", form->form, form->example);
    if (segment_sends(segment->kind) && read_rates(segment, fields[1], why))
        return -1;
    return units_duration(&segment->duration_ns, fields[count - 1].ptr, fields[count - 1].len, why);
}

/* Reads and appends one. */
static int take_segment(struct schedule *schedule, struct slice text, char **error)
{
    struct segment segment;
    char *why = NULL;

    if (schedule->count == SEGMENTS_MOST)
        return text_error(error, "the schedule has more than %d segments: leave some out",
                          SEGMENTS_MOST);
    int result = text.len ? read_segment(&segment, text, &why)
                          : text_error(&why, "nothing is there: leave out the comma beside it");
    if (result == 0) {
        schedule_add(schedule, segment);
        return 0;
    }
    char *quoted = quote(text.ptr, text.len);
    result = text_error(error, "segment %zu %s: %s", schedule->count + 1, quoted, why);
    free(quoted);
    free(why);
    return result;
}

int schedule_check(const struct schedule *schedule, char **error)
{
    if (schedule->expected_requests < 1)
        return text_error(
            error, "fewer than one request is to be expected: raise the rate or the duration");
    return 0;
}

int schedule_read(struct schedule *schedule, const char *text, char **error)
{
    struct slice rest = {text, strlen(text)}, piece;
    bool is_more = true;

    *schedule = (struct schedule){0};
    if (*text == '\0')
        return text_error(error, "the schedule is empty: try %s", forms[SEGMENT_POISSON].example);
    while (is_more) {
        is_more = cut(&rest, ',', &piece);
        if (take_segment(schedule, piece, error))
            return -1;
        if (schedule->duration_ns > UNITS_DURATION_MOST)
            return text_error(error,
                              "the schedule lasts longer than 7d: shorten segment %zu, or "
                              "leave it out",
                              schedule->count);
    }
    if (schedule->highest_rps <= 0)
        return text_error(error, "the schedule sends nothing: add a segment that does, such as %s",
                          forms[SEGMENT_POISSON].example);
    return schedule_check(schedule, error);
}
