/* See decision_rows.h. */
#include "analyse/decision_rows.h"

#include <string.h>

static bool is_told(const struct decision_row *row)
{
    return row->word < DECISION_RATIO_ONLY && !row->is_unlooked;
}

bool decision_row_is_bad(const struct decision_row *row, enum decision_word word)
{
    return row->gates && !row->accepted && row->word == word && decision_is_worse(row);
}

size_t decision_count_bad(const struct decision *decision, enum decision_word word)
{
    size_t count = 0;
    for (size_t i = 0; i < decision->count; i++)
        count += decision_row_is_bad(&decision->rows[i], word);
    return count;
}

size_t decision_count_words(const struct decision *decision, enum decision_word word, bool gating)
{
    size_t count = 0;
    for (size_t i = 0; i < decision->count; i++)
        count += decision->rows[i].word == word && (decision->rows[i].gates || !gating);
    return count;
}

size_t decision_count_gates(const struct decision *decision)
{
    size_t count = 0;
    for (size_t i = 0; i < decision->count; i++)
        count += decision->rows[i].gates;
    return count;
}

bool decision_tells_anything(const struct decision *decision)
{
    bool gating = decision_count_gates(decision) > 0;
    for (size_t i = 0; i < decision->count; i++)
        if ((decision->rows[i].gates || !gating) && is_told(&decision->rows[i]))
            return true;
    return false;
}

bool decision_has_workload(const struct decision *decision, const char *workload)
{
    for (size_t i = 0; i < decision->count; i++)
        if (strcmp(decision->rows[i].workload, workload) == 0)
            return true;
    return false;
}

bool decision_gates_unmeasured(const struct decision *decision)
{
    const struct gate *gate = decision->gate;
    for (size_t i = 0; i < decision->count; i++)
        if (gate->gates[decision->rows[i].metric] || decision->rows[i].gates)
            return false;
    for (int metric = 0; metric < METRICS && gate->is_named; metric++)
        if (gate->gates[metric] && metric_info((enum metric)metric)->in_runs)
            return true;
    return false;
}

bool decision_gates_elsewhere(const struct decision *decision)
{
    const struct strings *workloads = &decision->gate->workloads;
    for (size_t i = 0; i < workloads->count; i++)
        if (decision_has_workload(decision, workloads->items[i]))
            return false;
    return workloads->count > 0;
}
