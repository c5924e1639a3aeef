/* How the forms cut a case's bytes. */
#include "check/script.h"

#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

/* Byte by byte, the middle of a long request goes in longer
 * pieces of a prime length, to end in time. */
enum { SINGLES_AT_START = 384, SINGLES_AT_END = 48, MIDDLE_PIECE = 997, US_PER_MS = 1000 };

static struct move *add_move(struct script *script, enum step_kind kind, unsigned pause_us)
{
    script->moves = xreallocarray(script->moves, script->count + 1, sizeof(*script->moves));
    struct move *move = &script->moves[script->count++];
    *move = (struct move){.kind = kind, .pause_us = pause_us};
    script->total_us += pause_us;
    return move;
}

static void add_send(struct script *script, const char *bytes, size_t len, unsigned pause_us)
{
    struct move *move = add_move(script, STEP_SEND, pause_us);
    move->bytes = bytes;
    move->len = len;
}

static size_t piece_at_crlf(const char *bytes, size_t len)
{
    const char *end = memmem(bytes, len, "\r\n", 2);
    return end ? (size_t)(end - bytes) + 2 : len;
}

/* How long the piece at offset is, of a request of len bytes. */
static size_t piece_of_bytes(size_t offset, size_t len)
{
    if (offset < SINGLES_AT_START || len - offset <= SINGLES_AT_END)
        return 1;
    size_t middle = len - offset - SINGLES_AT_END;
    return middle < MIDDLE_PIECE ? middle : MIDDLE_PIECE;
}

static void add_pieces(struct script *script, const struct step *step, enum form form)
{
    for (size_t at = 0, n; at < step->len; at += n) {
        n = form == FORM_SPLIT   ? piece_at_crlf(step->bytes + at, step->len - at)
            : form == FORM_BYTES ? piece_of_bytes(at, step->len)
                                 : step->len;
        add_send(script, step->bytes + at, n, at + n < step->len ? SCRIPT_PACE_US : 0);
    }
}

static void add_twice(struct script *script, const struct step *step)
{
    script->joined = xreallocarray(NULL, step->len, 2);
    memcpy(script->joined, step->bytes, step->len);
    memcpy(script->joined + step->len, step->bytes, step->len);
    add_send(script, script->joined, step->len * 2, 0);
}

static void add_step(struct script *script, const struct step *step, enum form form)
{
    if (step->kind == STEP_SEND && form == FORM_PIPELINED)
        add_twice(script, step);
    else if (step->kind == STEP_SEND)
        add_pieces(script, step, form);
    else
        add_move(script, step->kind, step->ms * US_PER_MS)->answer = step;
}

static void add_answers(struct script *script, const struct test_case *test)
{
    for (size_t i = 0; i < test->count; i++)
        if (test->steps[i].kind == STEP_ANSWER)
            add_step(script, &test->steps[i], FORM_WHOLE);
}

void script_build(struct script *script, const struct test_case *test, enum form form,
                  const struct test_case *probe)
{
    *script = (struct script){0};
    for (size_t i = 0; i < test->count; i++)
        add_step(script, &test->steps[i], form);
    if (form == FORM_PIPELINED)
        add_answers(script, test);
    if (test->ending != ENDING_OPEN || probe == NULL)
        return;
    size_t first = script->count;
    for (size_t i = 0; i < probe->count; i++)
        add_step(script, &probe->steps[i], FORM_WHOLE);
    for (size_t i = first; i < script->count; i++)
        script->moves[i].probe = true;
}

void script_release(struct script *script)
{
    free(script->moves);
    free(script->joined);
    *script = (struct script){0};
}
