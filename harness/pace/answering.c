/*
 * Answers as they come: their end, their status and length, and the look at the whole of some. Only
 * one at a time is under the lens; another that would be due for it hands its turn to the next.
 */
#include "pace/lane.h"

#include <stdio.h>
#include <string.h>

#include "pace/engine.h"

enum { LEARN_EVERY = 16 }; /* heads that are not as the one before */

bool lane_counts(const struct lane *lane, const struct connection *connection)
{
    return connection->times.intended_ns >= lane->loop->start_ns;
}

/* Faults of a warm-up count apart, as all of it does; those of
 * the exercise do not, because it is a check. */
static bool is_judged(const struct lane *lane, const struct connection *connection)
{
    return connection->is_exercise || lane_counts(lane, connection);
}

void lane_fault(struct lane *lane, const struct connection *connection, enum fault fault,
                const char *words)
{
    if (is_judged(lane, connection))
        record_fault(lane->record, fault, "%s%s",
                     connection->is_exercise ? "before the window: " : "", words);
    else
        record_warmup_fault(lane->record, words);
}

static bool is_to_head(const struct connection *connection)
{
    const struct request *request = connection->request;

    return request->heads >> (request->answers - connection->answers_due) & 1;
}

/* To be called before the first byte of an answer. */
static void begin_look(struct lane *lane, struct connection *connection)
{
    struct loop *loop = lane->loop;

    if (loop->under_lens || !is_judged(lane, connection) ||
        (connection->is_looked_at && lane->unlooked < ENGINE_LOOK_EVERY - 1))
        return;
    loop->under_lens = connection;
    connection->is_looked_at = true;
    lane->unlooked = 0;
    lens_begin(loop->lens);
}

static void end_look(struct lane *lane, struct connection *connection, bool to_head)
{
    const char *clause = lens_end(lane->loop->lens, to_head);

    lane->loop->under_lens = NULL;
    lane->record->looked_at++;
    if (clause)
        lane_fault(lane, connection, FAULT_BODY, clause);
}

void lane_forget_answer(struct lane *lane, struct connection *connection)
{
    if (lane->loop->under_lens == connection)
        lane->loop->under_lens = NULL;
}

static void judge_unsuited(struct lane *lane, const struct connection *connection)
{
    const struct answer *answer = &connection->answer;
    unsigned expected = lane->loop->expectation->status;
    enum fault fault = FAULT_STATUS;
    char words[80];

    if (expected && answer->status != expected) {
        snprintf(words, sizeof words, "an answer has status %u, not %u", answer->status, expected);
    } else if (!expected && answer->status / 100 != 2) {
        snprintf(words, sizeof words, "an answer has status %u, not 2xx", answer->status);
    } else {
        fault = FAULT_BODY;
        snprintf(words, sizeof words, "the body of an answer has %llu bytes",
                 (unsigned long long)answer->body_len);
    }
    lane_fault(lane, connection, fault, words);
}

/* One whole answer. An unsuited one is one fault, however much else is wrong with it. */
static void judge(struct lane *lane, struct connection *connection)
{
    const struct answer *answer = &connection->answer;
    bool to_head = is_to_head(connection), was_looked_at = lane->loop->under_lens == connection;

    connection->answered++;
    if (lane_counts(lane, connection))
        lane->record->statuses[answer->status / 100 % STATUS_CLASSES]++;
    if (expectation_suits(lane->loop->expectation, answer->status, answer->body_len, to_head)) {
        if (was_looked_at)
            end_look(lane, connection, to_head);
        else if (is_judged(lane, connection))
            lane->unlooked++;
        return;
    }
    lane_forget_answer(lane, connection);
    judge_unsuited(lane, connection);
}

/* To be called for each whole answer; begins the next one, if one is due. */
static enum taken next_answer(struct lane *lane, struct connection *connection)
{
    bool keeps_alive = connection->answer.keeps_alive;

    judge(lane, connection);
    if (--connection->answers_due == 0)
        return TAKEN_WHOLE;
    if (!keeps_alive)
        return TAKEN_CUT;
    answer_begin(&connection->answer, is_to_head(connection));
    return TAKEN_MORE;
}

/* Takes the head alone, and keeps it and what it says, if all of it is there. */
static enum answer_step learn(struct head_memo *memo, struct answer *answer, const char *bytes,
                              size_t len, size_t *used)
{
    const char *end = memmem(bytes, len, "\r\n\r\n", 4);

    if (!end || end + 4 - bytes > LANE_HEAD_BYTES)
        return answer_take(answer, bytes, len, used, NULL);
    memo->len = 0;
    memo->step = answer_take(answer, bytes, (size_t)(end + 4 - bytes), used, NULL);
    if (memo->step != ANSWER_BAD && answer->status != 0) { /* else it was a 1xx */
        memo->len = *used;
        memo->after = *answer;
        memcpy(memo->bytes, bytes, memo->len);
    }
    return memo->step;
}

/* Takes from an answer that has not begun: as answer_take, without the sink, and ANSWER_MORE also
 * where bytes are left. Heads that are never the same twice are not to cost a copy each. */
static enum answer_step take_head(struct head_memo *memo, struct answer *answer, const char *bytes,
                                  size_t len, size_t *used)
{
    if (memo->len == 0 || memo->len > len || memo->after.is_to_head != answer->is_to_head ||
        memcmp(memo->bytes, bytes, memo->len) != 0)
        return memo->misses++ % LEARN_EVERY == 0 ? learn(memo, answer, bytes, len, used)
                                                 : answer_take(answer, bytes, len, used, NULL);
    *answer = memo->after;
    *used = memo->len;
    return memo->step;
}

enum taken lane_take(struct lane *lane, struct connection *connection, const char *bytes,
                     size_t len, const char **why)
{
    struct loop *loop = lane->loop;
    const struct answer_sink lens = {lens_body, lens_type, loop->lens};
    enum taken taken = TAKEN_MORE;
    size_t used;

    for (; len > 0 && taken == TAKEN_MORE; bytes += used, len -= used) {
        struct answer *answer = &connection->answer;
        bool is_new = !answer_has_begun(answer);
        if (is_new)
            begin_look(lane, connection);
        bool is_looked_at = loop->under_lens == connection;
        enum answer_step step =
            is_new && !is_looked_at
                ? take_head(&lane->memo, answer, bytes, len, &used)
                : answer_take(answer, bytes, len, &used, is_looked_at ? &lens : NULL);
        if (step == ANSWER_MORE)
            continue;
        if (step == ANSWER_BAD) {
            /* A TLS alert record: RFC 8446, 5.1. */
            lane->has_spoken_tls = len > 1 && bytes[0] == 0x15 && bytes[1] == 0x03;
            *why = answer_why(answer);
            return TAKEN_BAD;
        }
        taken = next_answer(lane, connection);
        *why = "an answer says that it is the last one, and more are due";
    }
    if (len > 0 && taken == TAKEN_WHOLE) {
        *why = "more bytes came than answers were asked for";
        connection->is_spoiled = true;
        lane_fault(lane, connection, FAULT_ANSWER, *why);
    }
    return taken;
}

enum taken lane_take_end(struct lane *lane, struct connection *connection, const char **why)
{
    if (answer_closed(&connection->answer) == ANSWER_DONE) {
        *why = "the connection was closed before the last answer";
        return next_answer(lane, connection) == TAKEN_WHOLE ? TAKEN_WHOLE : TAKEN_CUT;
    }
    *why = answer_has_begun(&connection->answer) ? "the connection was closed within an answer"
                                                 : "the connection was closed without an answer";
    return TAKEN_CUT;
}
