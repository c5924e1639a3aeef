#include "check/again.h"

#include <stdlib.h>

#include "check/starvation.h"
#include "data/strings.h"
#include "measure/clock.h"

static unsigned limit_ms(const struct checked *checked)
{
    return checked->options->again_ms ? checked->options->again_ms : AGAIN_MS;
}

static bool is_to_be_asked(const struct passage *passage, const struct exchange *exchange)
{
    return exchange->late_ms > 0 && passage_accuses(passage, exchange);
}

static bool any_is_to_be_asked(const struct passage *passage)
{
    for (size_t i = 0; i < passage->count; i++)
        if (is_to_be_asked(passage, &passage->exchanges[i]))
            return true;
    return false;
}

static void add_words(struct exchange *exchange, const char *words)
{
    char *longer = text_format("%s%s", exchange->finding, words);
    free(exchange->finding);
    exchange->finding = longer;
}

void again_excuse(struct exchange *exchange, unsigned starved_percent)
{
    if (exchange->verdict != EXCHANGE_FAILED || exchange->late_ms == 0 ||
        starved_percent < STARVATION_PERCENT)
        return;
    char *words =
        text_format("; but the check itself was kept from the CPU %u %% of that time: check it "
                    "again when the machine is quiet",
                    starved_percent);
    add_words(exchange, words);
    free(words);
}

/* Plays these side by side, and nothing else. */
static void ask(struct instance *second, struct exchange *exchanges, size_t count)
{
    struct starvation starvation;
    const struct checked *checked = second->checked;
    for (size_t i = 0; i < count; i++)
        exchange_renew(&exchanges[i], second->passage.probe, limit_ms(checked));
    starvation_begin(&starvation);
    exchanges_run(exchanges, count, checked->options->interrupted);
    unsigned starved_percent = starvation_percent(&starvation);
    for (size_t i = 0; i < count; i++) {
        if (exchanges[i].verdict == EXCHANGE_FAILED && exchanges[i].late_ms > 0)
            add_words(&exchanges[i], ", asked again");
        again_excuse(&exchanges[i], starved_percent);
    }
}

/* One client alone crosses nobody: if any of them was late,
 * all that were not wrong are asked once more. */
static void ask_crossing(struct passage *passage, struct instance *second)
{
    size_t count = 0, late = 0;
    size_t *of = xcalloc(passage->count, sizeof(*of));
    struct exchange *crossing = xcalloc(passage->count, sizeof(*crossing)); /* side by side */
    for (size_t i = 0; i < passage->count; i++) {
        const struct exchange *exchange = &passage->exchanges[i];
        bool is_late = is_to_be_asked(passage, exchange);
        if (!passage_is_crossing(exchange) || (exchange->verdict == EXCHANGE_FAILED && !is_late))
            continue;
        late += is_late;
        crossing[count] = *exchange;
        of[count++] = i;
    }
    if (late > 0)
        ask(second, crossing, count);
    for (size_t i = 0; i < count; i++)
        passage->exchanges[of[i]] = crossing[i];
    free(crossing);
    free(of);
}

static void ask_all(struct passage *passage, struct instance *second)
{
    const struct checked *checked = second->checked;
    int64_t end_ns = monotonic_ns() + (int64_t)AGAIN_MOST * limit_ms(checked) * NS_PER_MS;
    ask_crossing(passage, second);
    for (size_t i = 0; i < passage->count && !checked_is_interrupted(checked); i++) {
        struct exchange *exchange = &passage->exchanges[i];
        if (!is_to_be_asked(passage, exchange) || passage_is_crossing(exchange))
            continue;
        if (monotonic_ns() < end_ns && !server_ended(&second->server)) /* takes its log, too */
            ask(second, exchange, 1);
        else
            add_words(exchange, ", not asked again");
    }
}

void again_play(struct instance *instance)
{
    char error[512];
    struct passage *passage = &instance->passage;
    struct checked *checked = instance->checked;
    struct instance second;
    if (checked_is_interrupted(checked) || !any_is_to_be_asked(passage))
        return;
    if (instance_begin(&second, checked, instance->server.address, instance->workers, error,
                       sizeof(error)) != SERVER_OK) {
        passage_find(passage, "process", error);
        return;
    }
    passage->target = second.passage.target; /* what its exchanges point to */
    ask_all(passage, &second);
    instance_end(&second);
}
