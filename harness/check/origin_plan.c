/*
 * The words of origin_plan.h that say how, and the plan that comes of it.
 * An answer's bytes are written first, by the last word (origin_answer.h);
 * the words before it have set down what is to become of them.
 */
#include "check/origin_plan.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/origin_answer.h"
#include "data/strings.h"

enum {
    LATE_MS = 30, /* "a moment later" */
    SLOW_MS = 1,
};

/* ---- the words before the last ---- */

/* Each takes what stands behind its word and returns the rest
 * of the path, or NULL: nothing more is to be said. */
static const char *be_late(struct origin_telling *telling, const char *rest)
{
    char *end;
    telling->manner.after_ms = (unsigned)strtoul(rest, &end, 10);
    return end + (*end == '/');
}

static const char *be_slow(struct origin_telling *telling, const char *rest)
{
    telling->manner.pace_ms = SLOW_MS;
    return rest;
}

static const char *be_preliminary(struct origin_telling *telling, const char *rest)
{
    fputs("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
          telling->to);
    return rest;
}

static const char *be_generous(struct origin_telling *telling, const char *rest)
{
    telling->manner.surplus = telling->manner.over = true;
    return rest;
}

static const char *be_generous_late(struct origin_telling *telling, const char *rest)
{
    telling->manner.is_late = true;
    return be_generous(telling, rest);
}

static const char *be_closing(struct origin_telling *telling, const char *rest)
{
    telling->manner.end = ORIGIN_CLOSES;
    return rest;
}

static const char *be_closing_late(struct origin_telling *telling, const char *rest)
{
    telling->manner.is_late = true;
    return be_closing(telling, rest);
}

static const char *be_resetting(struct origin_telling *telling, const char *rest)
{
    telling->manner.is_late = true;
    telling->manner.end = ORIGIN_RESETS;
    return rest;
}

static const char *be_outspoken(struct origin_telling *telling, const char *rest)
{
    telling->manner.says_close = telling->manner.over = true;
    return rest;
}

static const char *be_gone(struct origin_telling *telling, const char *rest, enum origin_end how)
{
    if (!telling->asked->reused)
        return rest;
    telling->manner.end = how;
    return NULL;
}

static const char *be_stale(struct origin_telling *telling, const char *rest)
{
    return be_gone(telling, rest, ORIGIN_CLOSES);
}

static const char *be_stale_reset(struct origin_telling *telling, const char *rest)
{
    return be_gone(telling, rest, ORIGIN_RESETS);
}

static const struct {
    const char *word;
    const char *(*be)(struct origin_telling *, const char *rest);
} manners[] = {
    {"after", be_late},
    {"slowly", be_slow},
    {"interim", be_preliminary},
    {"surplus", be_generous},
    {"surplus-late", be_generous_late},
    {"then-close", be_closing},
    {"then-close-late", be_closing_late},
    {"then-reset", be_resetting},
    {"says-close", be_outspoken},
    {"stale", be_stale},
    {"stale-reset", be_stale_reset},
};

/* Takes the manner that path begins with, if it does. */
static bool take_manner(struct origin_telling *telling, const char **path)
{
    for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
        const char *rest = origin_word(*path, manners[i].word);
        if (rest != NULL) {
            *path = manners[i].be(telling, rest);
            return true;
        }
    }
    return false;
}

static void tell(struct origin_telling *telling, const char *path)
{
    while (path != NULL && take_manner(telling, &path))
        continue;
    if (path != NULL)
        origin_answer(telling, path);
}

/* ---- the plan ---- */

static void add_beat(struct origin_plan *plan, unsigned wait_ms, size_t until)
{
    plan->beats = xreallocarray(plan->beats, plan->beat_count + 1, sizeof(*plan->beats));
    plan->beats[plan->beat_count++] = (struct origin_beat){wait_ms, until};
}

/* answered: where the surplus begins. */
static void set_beats(struct origin_plan *plan, const struct origin_manner *manner, size_t answered)
{
    size_t at = manner->pace_ms > 0 ? 1 : answered;
    add_beat(plan, manner->after_ms, at);
    for (; at < answered; at++)
        add_beat(plan, manner->pace_ms, at + 1);
    if (plan->len > answered && manner->is_late)
        add_beat(plan, LATE_MS, plan->len);
    plan->beats[plan->beat_count - 1].until = plan->len;
}

void origin_plan_make(struct origin_plan *plan, const struct origin_asked *asked)
{
    struct origin_telling telling = {.asked = asked};
    *plan = (struct origin_plan){0};
    telling.to = open_memstream(&plan->bytes, &plan->len);
    assert(telling.to != NULL);
    tell(&telling, asked->target + 1);
    fflush(telling.to);
    size_t answered = plan->len;
    if (telling.manner.surplus)
        origin_tell_text(&telling, "200 OK", "somebody else's answer\n");
    fclose(telling.to);
    plan->end = telling.manner.end;
    plan->end_wait_ms = telling.manner.is_late && !telling.manner.surplus ? LATE_MS : 0;
    plan->over = telling.manner.over;
    set_beats(plan, &telling.manner, answered);
}

void origin_plan_misuse(struct origin_plan *plan, const char *after)
{
    struct origin_telling telling = {0};
    char *text = text_format("asked on a connection that is over since %s\n", after);
    *plan = (struct origin_plan){.over = true};
    telling.to = open_memstream(&plan->bytes, &plan->len);
    assert(telling.to != NULL);
    origin_tell_text(&telling, "500 Misused", text);
    fclose(telling.to);
    free(text);
    add_beat(plan, 0, plan->len);
}

void origin_plan_release(struct origin_plan *plan)
{
    free(plan->bytes);
    free(plan->beats);
    *plan = (struct origin_plan){0};
}
