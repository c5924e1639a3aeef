#include "ceiling/answers.h"

#include <assert.h>
#include <string.h>

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
    while ((found = memmem(bytes, (size_t)(end - bytes), blank_line, BLANK_LINE_BYTES))) {
        heads++;
        bytes = found + BLANK_LINE_BYTES;
    }
    if (end - bytes >= BLANK_LINE_BYTES)
        bytes = end - BLANK_LINE_BYTES + 1;
    while (bytes < end)
        *matched = match_byte(*matched, *bytes++);
    return heads;
}
