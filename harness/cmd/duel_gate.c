#include "cmd/duel_gate.h"

#include <stdlib.h>

#include "cmd/cmd.h"

/* How hard wrk drives a server depends on how much of a CPU is left for wrk as well. */
static const char *const informative =
    "saturated and throughput are for information in a duel and never gate";
static const char *const uncounted = "instructions are not counted with --no-instructions";

static bool any_gates(const struct gate *gate)
{
    for (int i = 0; i < METRICS; i++)
        if (gate->gates[i] && metric_info((enum metric)i)->gates_with == (enum metric)i)
            return true;
    return false;
}

/* Else a name that is misspelt, or was not asked for, would cost all the measuring and then say
 * nothing. */
static int check_workloads(const struct duel_options *options)
{
    const struct strings *gated = &options->gating.gate.workloads, *asked = &options->workloads;
    bool any = gated->count == 0;
    for (size_t i = 0; i < asked->count; i++)
        any |= strings_contain(gated, asked->items[i]);
    if (any)
        return 0;
    char *those = strings_join(gated, ", "), *these = strings_join(asked, ", ");
    fail(EXIT_USAGE,
         "%s: of workloads only %s can stop a duel, and this one measures %s: name one of them "
         "with --workloads",
         gating_file(&options->gating), those, these);
    free(those);
    free(these);
    return EXIT_USAGE;
}

static int refuse(const struct gating *gating, const struct strings *reasons)
{
    char *origin = gating_origin(gating), *reason = strings_join(reasons, ", and ");
    fail(EXIT_USAGE, "%s: %s: name what does gate, as in %s", origin, reason,
         gating->metrics ? "--gate cost,p99" : "metrics = cost p99");
    free(origin);
    free(reason);
    return EXIT_USAGE;
}

/* Does it gate? Then it does so no more. */
static bool take_out(struct gate *gate, enum metric metric)
{
    bool gates = gate->gates[metric];
    gate->gates[metric] = false;
    return gates;
}

int duel_gate_settle(struct duel_options *options, struct strings *notes)
{
    struct gate *gate = &options->gating.gate;
    struct strings reasons = {0};
    bool has_saturated = take_out(gate, METRIC_SATURATED),
         has_throughput = take_out(gate, METRIC_THROUGHPUT),
         has_instructions = options->counts_not && take_out(gate, METRIC_INSTRUCTIONS);
    if (has_saturated || has_throughput)
        strings_add(&reasons, informative);
    if (has_instructions)
        strings_add(&reasons, uncounted);
    int code = any_gates(gate) ? 0 : refuse(&options->gating, &reasons);
    if (!code && gate->is_named) /* else nobody waits for them */
        strings_copy(notes, &reasons);
    strings_release(&reasons);
    return code ? code : check_workloads(options);
}
