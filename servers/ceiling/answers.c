#include "ceiling/answers.h"

#include <assert.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static const char blank_line[4] = "\r\n\r\n";
static const char body[] = "Hello, World!";

enum { BLANK_LINE_BYTES = sizeof blank_line, BODY_BYTES = sizeof body - 1 };

static void answers_render(struct answers *answers)
{
    const struct http_response_head head = {
        .status = 200,
        .type = HTTP_TEXT,
        .persistence = HTTP_PERSIST,
        .content_length = BODY_BYTES,
    };
    size_t len = http_response_head(answers->block, &answers->template, &head);

    memcpy(answers->block + len, body, BODY_BYTES);
    len += BODY_BYTES;
    assert(len * ANSWERS_PER_BLOCK <= ANSWERS_BLOCK_BYTES);
    for (size_t i = 1; i < ANSWERS_PER_BLOCK; i++)
        memcpy(answers->block + i * len, answers->block, len);
    answers->answer_bytes = len;
}

void answers_init(struct answers *answers, const char *server_name)
{
    http_template_init(&answers->template, server_name);
    answers->second = 0;
    answers_tick(answers, time(NULL));
}

void answers_tick(struct answers *answers, time_t now)
{
    if (now == answers->second)
        return;
    answers->second = now;
    http_template_set_date(&answers->template, now);
    answers_render(answers);
}

struct slice answers_slice(const struct answers *answers, uint64_t owed_bytes)
{
    size_t into_answer = owed_bytes % answers->answer_bytes;
    size_t start = into_answer ? answers->answer_bytes - into_answer : 0;
    size_t len = answers->answer_bytes * ANSWERS_PER_BLOCK - start;

    return (struct slice){answers->block + start, owed_bytes < len ? (size_t)owed_bytes : len};
}

/* How much of a blank line has been seen once `byte` follows `matched` bytes of one. */
static uint8_t match_byte(uint8_t matched, char byte)
{
    if (byte == blank_line[matched])
        return matched + 1;
    return byte == '\r';
}

static bool is_blank_line(const char *p)
{
    return memcmp(p, blank_line, BLANK_LINE_BYTES) == 0;
}

#if defined(__SSE2__)
enum { BLOCK_BYTES = 16, BLOCK_REACH_BYTES = BLOCK_BYTES + 2 };

/* The first blank line that starts in the block at p, or NULL. */
static inline const char *find_in_block(const char *p, const char *end)
{
    const __m128i cr = _mm_set1_epi8('\r');
    /* CR, and CR two bytes on: at no such distance does a head have them otherwise. */
    __m128i here = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)p), cr);
    __m128i ahead = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(p + 2)), cr);
    unsigned mask = (unsigned)_mm_movemask_epi8(_mm_and_si128(here, ahead));

    for (; mask; mask &= mask - 1) {
        const char *found = p + __builtin_ctz(mask);

        if (end - found >= BLANK_LINE_BYTES && is_blank_line(found))
            return found;
    }
    return NULL;
}

/* The first blank line in [p, end), or NULL. The last block overlaps the one before it. */
static const char *find_blank_line(const char *p, const char *end)
{
    const char *last = end - BLOCK_REACH_BYTES, *found;

    if (end - p < BLANK_LINE_BYTES)
        return NULL;
    if (end - p < BLOCK_REACH_BYTES)
        return memmem(p, (size_t)(end - p), blank_line, BLANK_LINE_BYTES);
    for (; p < last; p += BLOCK_BYTES)
        if ((found = find_in_block(p, end)))
            return found;
    return find_in_block(last, end);
}
#else
static const char *find_blank_line(const char *p, const char *end)
{
    return memmem(p, (size_t)(end - p), blank_line, BLANK_LINE_BYTES);
}
#endif

unsigned heads_count(uint8_t *matched, const char *bytes, size_t len)
{
    const char *end = bytes + len;
    const char *found;
    unsigned heads = 0;

    if (len == 0)
        return 0;
    while (*matched && bytes < end) {
        *matched = match_byte(*matched, *bytes++);
        if (*matched == BLANK_LINE_BYTES) {
            heads++;
            *matched = 0;
        }
    }
    while ((found = find_blank_line(bytes, end))) {
        heads++;
        bytes = found + BLANK_LINE_BYTES;
    }
    if (end - bytes >= BLANK_LINE_BYTES)
        bytes = end - BLANK_LINE_BYTES + 1;
    while (bytes < end)
        *matched = match_byte(*matched, *bytes++);
    return heads;
}
