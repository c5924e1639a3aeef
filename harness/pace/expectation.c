/*
 * What answers should be, and one of them under the lens: its type and body are compared as they
 * stream by, and only as much of them is kept as the sentence about a mismatch may show. A digest
 * is taken only where one is expected. All memory is had by lens_new.
 */
#include "pace/expectation.h"

/* Of libcrypto's digests only the older ones, deprecated since 3.0, do
 * without memory of their own: EVP_DigestInit_ex allocates each time
 * it is called (seen in 3.0.19), which within a window nothing may. */
#define OPENSSL_API_COMPAT 0x10101000L
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/strings.h"

void expectation_init(struct expectation *expectation)
{
    *expectation = (struct expectation){0};
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

void expectation_of(struct expectation *expectation, const struct workload *workload)
{
    expectation_init(expectation);
    expectation->status = workload->expect_status;
    expectation->type = xstrdup(workload->expect_type);
    expectation->body = xstrdup(workload->expect_body);
    expectation->body_len = expectation->body ? strlen(expectation->body) : 0;
    const char *hex = workload->expect_sha256;
    expectation->has_sha256 = hex != NULL;
    for (size_t i = 0; hex && i < sizeof(expectation->sha256); i++)
        expectation->sha256[i] =
            (unsigned char)(hex_digit(hex[2 * i]) * 16 + hex_digit(hex[2 * i + 1]));
}

void expectation_release(struct expectation *expectation)
{
    free(expectation->type);
    free(expectation->body);
    expectation_init(expectation);
}

bool expectation_suits(const struct expectation *expectation, unsigned status, uint64_t body_len,
                       bool to_head)
{
    if (expectation->status ? status != expectation->status : status / 100 != 2)
        return false;
    return to_head || !expectation->body || body_len == expectation->body_len;
}

/* ---- the lens ---- */

enum { TYPE_MOST = 256, SHOWN_MOST = 32, WHY_MOST = 400 };

/* The first bytes of something, for a sentence; one more than
 * it shows, so that it can say that there are more. */
struct shown {
    char bytes[SHOWN_MOST + 1];
    size_t len;
};

struct lens {
    const struct expectation *expectation; /* borrowed */
    SHA256_CTX digest;
    char type[TYPE_MOST];
    size_t type_len; /* of what came; more than TYPE_MOST is not kept */
    uint64_t body_len;
    uint64_t same_len;  /* of body_len, as expected */
    struct shown other; /* what came behind that */
    char why[WHY_MOST];
};

struct lens *lens_new(const struct expectation *expectation)
{
    struct lens *lens = xcalloc(1, sizeof(*lens));
    lens->expectation = expectation;
    lens_begin(lens);
    return lens;
}

void lens_free(struct lens *lens)
{
    free(lens);
}

void lens_begin(struct lens *lens)
{
    lens->type_len = 0;
    lens->body_len = lens->same_len = 0;
    lens->other.len = 0;
    SHA256_Init(&lens->digest);
}

void lens_type(void *argument, const char *value, size_t len)
{
    struct lens *lens = argument;
    size_t room = lens->type_len < TYPE_MOST ? TYPE_MOST - lens->type_len : 0;
    memcpy(lens->type + TYPE_MOST - room, value, len < room ? len : room);
    lens->type_len += len;
}

static void show_more(struct shown *shown, const char *bytes, size_t len)
{
    size_t room = sizeof(shown->bytes) - shown->len;
    memcpy(shown->bytes + shown->len, bytes, len < room ? len : room);
    shown->len += len < room ? len : room;
}

/* How many bytes of the next ones are as expected. */
static size_t same_bytes(const struct lens *lens, const char *bytes, size_t len)
{
    const struct expectation *expectation = lens->expectation;
    size_t same = 0;
    if (lens->same_len < lens->body_len)
        return 0;
    const char *expected = expectation->body + lens->same_len;
    size_t left = expectation->body_len - (size_t)lens->same_len;
    len = len < left ? len : left;
    if (memcmp(bytes, expected, len) == 0)
        return len;
    while (bytes[same] == expected[same])
        same++;
    return same;
}

void lens_body(void *argument, const char *bytes, size_t len)
{
    struct lens *lens = argument;
    if (lens->expectation->body) {
        size_t same = same_bytes(lens, bytes, len);
        lens->same_len += same;
        show_more(&lens->other, bytes + same, len - same);
    }
    if (lens->expectation->has_sha256)
        SHA256_Update(&lens->digest, bytes, len);
    lens->body_len += len;
}

/* ---- sentences ---- */

enum { QUOTED_SIZE = 4 * SHOWN_MOST + sizeof("\"\"...") };

/* Between quotation marks and printable, whatever the bytes are; dots say that there are more. */
static const char *quote(char quoted[QUOTED_SIZE], const char *bytes, size_t len)
{
    char *at = quoted;
    *at++ = '"';
    for (size_t i = 0; i < len && i < SHOWN_MOST; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        at += snprintf(at, sizeof("\\xff"), is_plain ? "%c" : "\\x%02x", c);
    }
    snprintf(at, sizeof("\"..."), len > SHOWN_MOST ? "\"..." : "\"");
    return quoted;
}

static size_t media_type_len(const char *type, size_t len)
{
    size_t end = 0;
    while (end < len && !strchr("; \t", type[end]))
        end++;
    return end;
}

/* Parameters are not compared, as in the looks before and after windows. */
static const char *type_fault(struct lens *lens)
{
    const char *expected = lens->expectation->type;
    char came[QUOTED_SIZE], due[QUOTED_SIZE];
    size_t kept = lens->type_len < TYPE_MOST ? lens->type_len : TYPE_MOST;
    size_t len = media_type_len(lens->type, kept);
    if (len == media_type_len(expected, strlen(expected)) &&
        strncasecmp(lens->type, expected, len) == 0)
        return NULL;
    quote(due, expected, strlen(expected));
    if (lens->type_len == 0)
        snprintf(lens->why, WHY_MOST, "it has no Content-Type, instead of %s", due);
    else
        snprintf(lens->why, WHY_MOST, "its Content-Type is %s instead of %s",
                 quote(came, lens->type, kept), due);
    return lens->why;
}

static const char *body_fault(struct lens *lens)
{
    const struct expectation *expectation = lens->expectation;
    char came[QUOTED_SIZE], due[QUOTED_SIZE];
    uint64_t same = lens->same_len;
    if (same < lens->body_len && same < expectation->body_len)
        snprintf(lens->why, WHY_MOST, "from byte %llu on its body is %s instead of %s",
                 (unsigned long long)same, quote(came, lens->other.bytes, lens->other.len),
                 quote(due, expectation->body + same, expectation->body_len - (size_t)same));
    else if (lens->body_len != expectation->body_len)
        snprintf(lens->why, WHY_MOST, "its body has %llu bytes instead of %zu",
                 (unsigned long long)lens->body_len, expectation->body_len);
    else
        return NULL;
    return lens->why;
}

enum { DIGEST_SHOWN = 6 }; /* bytes of it, which is enough to tell two apart */

static void hex(char text[2 * DIGEST_SHOWN + 1], const unsigned char *digest)
{
    for (size_t i = 0; i < DIGEST_SHOWN; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static const char *digest_fault(struct lens *lens)
{
    const unsigned char *expected = lens->expectation->sha256;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char came[2 * DIGEST_SHOWN + 1], due[2 * DIGEST_SHOWN + 1];
    SHA256_Final(digest, &lens->digest);
    if (memcmp(digest, expected, sizeof(digest)) == 0)
        return NULL;
    hex(came, digest);
    hex(due, expected);
    snprintf(lens->why, WHY_MOST, "its body of %llu bytes has SHA-256 %s... instead of %s...",
             (unsigned long long)lens->body_len, came, due);
    return lens->why;
}

const char *lens_end(struct lens *lens, bool to_head)
{
    const struct expectation *expectation = lens->expectation;
    const char *fault = expectation->type ? type_fault(lens) : NULL;
    if (!fault && !to_head && expectation->body)
        fault = body_fault(lens);
    if (!fault && !to_head && expectation->has_sha256)
        fault = digest_fault(lens);
    return fault;
}
