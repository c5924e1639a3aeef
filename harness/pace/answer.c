/*
 * An answer from its first byte to its last; answer_reading.h tells how it is read.
 */
#include "pace/answer.h"

#include <assert.h>

#include "pace/answer_reading.h"

void answer_begin(struct answer *answer, bool is_to_head)
{
    answer->is_to_head = is_to_head;
    answer->status = 0;
    answer->keeps_alive = answer->ends_at_close = false;
    answer->body_len = 0;
    answer->why = NULL;
    answer->interims = answer->word_len = 0;
    begin_head(answer);
}

static const char *too_long(const struct answer *answer)
{
    if (answer->state >= HEAD_STATES)
        return "the line before a chunk is too long";
    return answer->seen & SEEN_ALL ? "its trailers are too long" : "its head is too long";
}

enum answer_step answer_take(struct answer *answer, const char *bytes, size_t len, size_t *taken,
                             const struct answer_sink *sink)
{
    struct reading reading = {.answer = answer, .sink = sink, .end = bytes + len};
    assert(answer->state < AT_END);
    const char *at = begin_part(&reading, bytes, answer->state, answer->room);
    while (at < reading.limit)
        at = answer->state < HEAD_STATES ? answer_take_head(&reading, at)
                                         : answer_take_body(&reading, at);
    *taken = (size_t)(at - bytes);
    if (answer->state == AT_END)
        return ANSWER_DONE;
    answer->room -= (size_t)(at - reading.from);
    if (answer->state != IS_BAD && answer->room > 0)
        return ANSWER_MORE;
    if (answer->state != IS_BAD)
        bad(&reading, at, too_long(answer));
    return ANSWER_BAD;
}

enum answer_step answer_closed(struct answer *answer)
{
    assert(answer->state < AT_END);
    bool whole = answer->state == IN_BODY_TO_CLOSE;
    if (!whole)
        answer->why = answer->status ? "the connection was closed within its body"
                                     : "the connection was closed before its head was whole";
    answer->state = whole ? AT_END : IS_BAD;
    return whole ? ANSWER_DONE : ANSWER_BAD;
}

bool answer_has_begun(const struct answer *answer)
{
    return answer->room < ANSWER_HEAD_MOST || answer->interims > 0 || answer->status > 0;
}

const char *answer_why(const struct answer *answer)
{
    assert(answer->state == IS_BAD);
    return answer->why;
}
