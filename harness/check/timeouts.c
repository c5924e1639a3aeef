#include "check/timeouts.h"

#include <stdlib.h>
#include <string.h>

#include "check/again.h"
#include "check/starvation.h"
#include "data/strings.h"

static void *timeouts_play(void *argument)
{
    struct timeouts *timeouts = argument;
    struct starvation starvation;
    starvation_begin(&starvation);
    exchanges_run(timeouts->exchanges, timeouts->count, timeouts->interrupted);
    timeouts->starved_percent = starvation_percent(&starvation);
    return NULL;
}

static void add(struct timeouts *timeouts, struct passage *passage,
                const struct questions *questions)
{
    passage_add(passage, &questions->cases, FORM_WHOLE, true);
    timeouts->exchanges = xreallocarray(timeouts->exchanges, timeouts->count + passage->count,
                                        sizeof(*timeouts->exchanges));
    memcpy(timeouts->exchanges + timeouts->count, passage->exchanges,
           passage->count * sizeof(struct exchange));
    timeouts->count += passage->count;
}

void timeouts_begin(struct timeouts *timeouts, struct checked *checked, size_t count)
{
    *timeouts = (struct timeouts){.timed = xcalloc(count + 1, sizeof(struct timed)),
                                  .interrupted = count > 0 ? checked->options->interrupted : NULL};
    for (size_t i = 0; i < count; i++) {
        struct timed *timed = &timeouts->timed[i];
        if (!checked_has_timeouts(&checked[i]))
            continue;
        timed->runs = instance_begin(&timed->instance, &checked[i], checked[i].options->address, 1,
                                     timed->untimed, sizeof(timed->untimed)) == SERVER_OK;
        if (timed->runs) /* else check_cases says why, unless it starts there */
            add(timeouts, &timed->instance.passage, checked[i].questions);
    }
    timeouts->started = timeouts->count > 0 &&
                        pthread_create(&timeouts->thread, NULL, timeouts_play, timeouts) == 0;
}

/* The exchanges moved into the one list and back: they have one owner at a time. */
static void judge(struct instance *instance, const struct exchange *played,
                  unsigned starved_percent)
{
    struct passage *passage = &instance->passage;
    memcpy(passage->exchanges, played, passage->count * sizeof(*played));
    for (size_t i = 0; i < passage->count; i++)
        again_excuse(&passage->exchanges[i], starved_percent);
    passage_judge(passage, ", time-outs");
    instance_end(instance);
    passage_release(passage);
}

void timeouts_end(struct timeouts *timeouts, struct checked *checked, size_t count)
{
    if (timeouts->started)
        pthread_join(timeouts->thread, NULL);
    else
        timeouts_play(timeouts);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        struct timed *timed = &timeouts->timed[i];
        if (timed->untimed[0] != '\0' && checked[i].has_started)
            passage_find(&timed->instance.passage, "time-outs", timed->untimed);
        if (!timed->runs)
            continue;
        size_t own = timed->instance.passage.count;
        judge(&timed->instance, timeouts->exchanges + at, timeouts->starved_percent);
        at += own;
    }
    free(timeouts->exchanges);
    free(timeouts->timed);
}
