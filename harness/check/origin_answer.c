/* The last words of a path: answers, and what is asked about the questions. */
#include "check/origin_answer.h"

#include <stdlib.h>
#include <string.h>

#include "check/origin_fault.h"
#include "data/strings.h"

enum {
    OCTETS_PERIOD = 251, /* octet i is i mod 251, as {octets N} of a case */
    OCTETS_MOST = 16 * 1024 * 1024,
    HEAD_FILLING = 20 * 1024, /* more than any proxy must take */
    DRIP_MS = 200,
    DRIPS = 100,
};

static const char *fields_of(const struct origin_telling *telling)
{
    return telling->manner.says_close ? "Connection: close\r\n" : "";
}

void origin_tell_text(struct origin_telling *telling, const char *status, const char *text)
{
    fprintf(telling->to,
            "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n%s\r\n%s", status,
            strlen(text), fields_of(telling), text);
}

static void put_octets(FILE *to, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++)
        fputc((int)(i % OCTETS_PERIOD), to);
}

static size_t count_of(const char *rest)
{
    unsigned long count = strtoul(rest, NULL, 10);
    return count <= OCTETS_MOST ? count : OCTETS_MOST;
}

#define OCTETS_HEAD "200 OK\r\nContent-Type: application/octet-stream\r\n"

static void tell_length(struct origin_telling *telling, const char *rest)
{
    fprintf(telling->to, "HTTP/1.1 " OCTETS_HEAD "Content-Length: %zu\r\n%s\r\n", count_of(rest),
            fields_of(telling));
    put_octets(telling->to, 0, count_of(rest));
}

/* Chunks that double in size, each with an extension, and a
 * trailer: all of them to be taken off (RFC 9112 section 7.1). */
static void tell_chunked(struct origin_telling *telling, const char *rest)
{
    size_t count = count_of(rest), size = 1;
    fprintf(telling->to, "HTTP/1.1 " OCTETS_HEAD "Transfer-Encoding: chunked\r\n%s\r\n",
            fields_of(telling));
    for (size_t at = 0; at < count; at += size, size *= 2) {
        size = size < count - at ? size : count - at;
        fprintf(telling->to, "%zx;part=\"%zu\"\r\n", size, at);
        put_octets(telling->to, at, size);
        fputs("\r\n", telling->to);
    }
    fputs("0\r\nTrailing: yes\r\n\r\n", telling->to);
}

static void tell_no_length(struct origin_telling *telling, const char *rest)
{
    fputs("HTTP/1.1 " OCTETS_HEAD "\r\n", telling->to);
    put_octets(telling->to, 0, count_of(rest));
    telling->manner.end = ORIGIN_CLOSES;
}

static void tell_http10(struct origin_telling *telling, const char *rest)
{
    fprintf(telling->to, "HTTP/1.0 " OCTETS_HEAD "Content-Length: %zu\r\n\r\n", count_of(rest));
    put_octets(telling->to, 0, count_of(rest));
    telling->manner.over = true; /* it did not say that it stays open */
}

/* 204 and 304 have no body, and 1xx has nothing but its head (RFC 9112 section 6.3). */
static void tell_status(struct origin_telling *telling, const char *rest)
{
    unsigned code = (unsigned)count_of(rest);
    char status[32], body[32];
    snprintf(status, sizeof(status), "%u Reason", code);
    snprintf(body, sizeof(body), "upstream: %u\n", code);
    if (code / 100 == 1 || code == 204 || code == 304)
        fprintf(telling->to, "HTTP/1.1 %s\r\n\r\n", status);
    else
        origin_tell_text(telling, status, body);
}

static void tell_type(struct origin_telling *telling, const char *rest)
{
    fprintf(telling->to, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: 5\r\n\r\ntyped",
            rest);
}

static void tell_no_type(struct origin_telling *telling, const char *rest)
{
    (void)rest;
    fputs("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nuntyped", telling->to);
}

/* The request's head, with the upstream's own authority as a
 * word that has always the same length. */
static void tell_asked(struct origin_telling *telling, const char *rest)
{
    const struct origin_asked *asked = telling->asked;
    (void)rest;
    char *host = text_format("\r\nHost: %s\r\n", asked->authority);
    const char *at = strstr(asked->head, host);
    size_t before = at ? (size_t)(at - asked->head) : strlen(asked->head);
    char *text = text_format("%.*s%s%s", (int)before, asked->head,
                             at ? "\r\nHost: upstream\r\n" : "", at ? at + strlen(host) : "");
    origin_tell_text(telling, "200 OK", text);
    free(text);
    free(host);
}

static unsigned times_of(const struct origin_telling *telling, const char *rest)
{
    char *target = text_format("/%s", rest);
    unsigned times = telling->asked->times(telling->asked->counts, target);
    free(target);
    return times;
}

static void tell_times(struct origin_telling *telling, const char *rest)
{
    char *text = text_format("%u\n", times_of(telling, rest));
    origin_tell_text(telling, "200 OK", text);
    free(text);
}

/* "2/PATH": "yes\n" if PATH has been asked for that often at most. */
static void tell_at_most(struct origin_telling *telling, const char *rest)
{
    char *path;
    unsigned long most = strtoul(rest, &path, 10);
    unsigned times = times_of(telling, path + (*path == '/'));
    char *text = times <= most ? xstrdup("yes\n") : text_format("no, %u times\n", times);
    origin_tell_text(telling, "200 OK", text);
    free(text);
}

static void tell_long_head(struct origin_telling *telling, const char *rest)
{
    (void)rest;
    fputs("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", telling->to);
    for (size_t i = 0; i < HEAD_FILLING / 20; i++)
        fprintf(telling->to, "Filling-%04zu: 12345\r\n", i);
    fputs("\r\nhello", telling->to);
    telling->manner.over = true;
}

/* A head that is never complete, a byte at a time. */
static void tell_drip(struct origin_telling *telling, const char *rest)
{
    (void)rest;
    fputs("HTTP/1.1 200 OK\r\nContent-Length: 13\r\nDrip: ", telling->to);
    for (int i = 0; i < DRIPS; i++)
        fputc('.', telling->to);
    telling->manner.pace_ms = DRIP_MS;
    telling->manner.over = true;
}

/* ---- faults ---- */

static bool tell_fault(struct origin_telling *telling, const char *word)
{
    const struct origin_fault *fault = origin_fault_find(word);
    if (fault == NULL)
        return false;
    fwrite(fault->bytes, 1, fault->len, telling->to);
    telling->manner.end = fault->end;
    telling->manner.over = true;
    return true;
}

static const struct {
    const char *word;
    void (*tell)(struct origin_telling *, const char *rest);
} answers[] = {
    {"length", tell_length},
    {"chunked", tell_chunked},
    {"no-length", tell_no_length},
    {"http-1.0", tell_http10},
    {"status", tell_status},
    {"type", tell_type},
    {"no-type", tell_no_type},
    {"asked", tell_asked},
    {"times", tell_times},
    {"at-most", tell_at_most},
    {"head-too-long", tell_long_head},
    {"drip", tell_drip},
};

const char *origin_word(const char *path, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(path, word, len) != 0 || strchr("/?", path[len]) == NULL)
        return NULL;
    return path + len + (path[len] == '/');
}

void origin_answer(struct origin_telling *telling, const char *path)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const char *rest = origin_word(path, answers[i].word);
        if (rest != NULL) {
            answers[i].tell(telling, rest);
            return;
        }
    }
    char *word = xstrdup(path);
    word[strcspn(word, "?")] = '\0';
    if (!tell_fault(telling, word))
        origin_tell_text(telling, "404 Not Found", "no such script\n");
    free(word);
}
