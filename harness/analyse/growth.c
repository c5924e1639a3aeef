#include "analyse/growth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

/* The budget is written in whole instructions, so less than one is no growth. */
static const double LEAST_GROWTH = 1;

static int by_growth(const void *a, const void *b)
{
    const struct grown *one = a, *other = b;
    double first = one->now - one->before, second = other->now - other->before;
    if (first != second)
        return first < second ? 1 : -1;
    return strcmp(one->name, other->name);
}

static enum growth_verdict judge(double budget, double now)
{
    if (now > budget * (1 + GROWTH_ALLOWED))
        return GROWTH_OVER;
    return now < budget * (1 - GROWTH_ALLOWED) ? GROWTH_UNDER : GROWTH_WITHIN;
}

/* A function without a line cost less than its share then, or
 * was not there: it is named once it passes that share. */
static void find_functions(struct growth *growth, const struct budget *budget,
                           const struct profile_row *row)
{
    const struct costs *costs = &row->instructions;
    growth->functions = xcalloc(costs->count + 1, sizeof(*growth->functions));
    for (size_t i = 0; i < costs->count; i++) {
        const struct cost *cost = &costs->items[i];
        const struct budget_line *line =
            budget_find(budget, row->server, row->workload, cost->name);
        double before = line != NULL ? line->instructions : 0;
        double least = line != NULL ? LEAST_GROWTH : GROWTH_NAMED * costs->total;
        if (cost->each - before >= least)
            growth->functions[growth->count++] = (struct grown){cost->name, before, cost->each};
    }
    qsort(growth->functions, growth->count, sizeof(*growth->functions), by_growth);
}

void growth_find(struct growth *growth, const struct budget *budget, const struct profile_row *row)
{
    *growth = (struct growth){.verdict = GROWTH_UNKNOWN, .now = row->instructions.total};
    const struct budget_line *total = budget_find(budget, row->server, row->workload, BUDGET_TOTAL);
    if (total == NULL)
        return;
    growth->budget = total->instructions;
    growth->verdict = judge(growth->budget, growth->now);
    find_functions(growth, budget, row);
}

static char *named_functions(const struct growth *growth)
{
    struct strings names = {0};
    for (size_t i = 0; i < growth->count; i++) {
        const struct grown *function = &growth->functions[i];
        char *change =
            function->before > 0
                ? text_format("%s %.0f → %.0f (+%.0f)", function->name, function->before,
                              function->now, function->now - function->before)
                : text_format("%s – → %.0f (+%.0f)", function->name, function->now, function->now);
        strings_add(&names, change);
        free(change);
    }
    char *joined = strings_join(&names, ", ");
    strings_release(&names);
    return joined;
}

/* "+3.4 %"; of a budget of nothing there are no per cent. */
static char *change_of(const struct growth *growth)
{
    if (growth->budget <= 0)
        return text_format("from nothing");
    return text_format("%+.1f %%", 100 * (growth->now / growth->budget - 1));
}

char *growth_sentence(const struct growth *growth, const struct profile_row *row)
{
    char *what =
        text_format("%s %s: %.0f instructions a request", row->server, row->workload, growth->now);
    char *change = change_of(growth), *names = named_functions(growth), *sentence = NULL;
    switch (growth->verdict) {
    case GROWTH_UNKNOWN:
        sentence = text_format("%s, no budget yet", what);
        break;
    case GROWTH_WITHIN:
        sentence = text_format("%s, budget %.0f (%s)", what, growth->budget, change);
        break;
    case GROWTH_OVER:
        sentence = text_format("%s, budget %.0f (%s); grew: %s", what, growth->budget, change,
                               *names ? names : "no function alone, many a little");
        break;
    case GROWTH_UNDER:
        sentence = text_format("%s, budget %.0f (%s): the budget can be lowered", what,
                               growth->budget, change);
        break;
    }
    free(names);
    free(change);
    free(what);
    return sentence;
}

void growth_release(struct growth *growth)
{
    free(growth->functions);
    *growth = (struct growth){0};
}

void growth_budget(struct budget *budget, const struct profile_row *row)
{
    const struct costs *costs = &row->instructions;
    budget_add(budget, row->server, row->workload, BUDGET_TOTAL, (unsigned)lround(costs->total));
    for (size_t i = 0; i < costs->count; i++)
        if (costs->items[i].each >= GROWTH_NAMED * costs->total)
            budget_add(budget, row->server, row->workload, costs->items[i].name,
                       (unsigned)lround(costs->items[i].each));
}
