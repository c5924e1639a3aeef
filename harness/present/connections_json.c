/* What a connection costs in memory, as JSON: bytes a connection. */
#include "present/connections.h"

#include "analyse/words.h"
#include "data/json_put.h"

static json_t *spread_json(const struct spread *spread)
{
    return json_pack("{s:o, s:o, s:o, s:I, s:b}", "median", real_json(spread->median), "low",
                     real_json(spread->low), "high", real_json(spread->high), "n",
                     (json_int_t)spread->n, "is_interval", spread->is_interval);
}

/* Which of them are the server's own, and which the system's, is in the names. */
json_t *connection_json(const struct stairs_side *side)
{
    if (side->used + side->lost == 0)
        return json_null();
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:I, s:b, s:I, s:I, s:o}", "server_pss_bytes",
        spread_json(&side->user), "server_page_tables_bytes", spread_json(&side->tables),
        "system_kernel_beyond_ceiling_bytes", spread_json(&side->kernel),
        "system_kernel_spread_bytes", real_json(side->kernel_spread), "server_pss_kept_bytes",
        spread_json(&side->kept), "largest_count", (json_int_t)side->largest, "is_cut",
        side->is_cut, "rounds_used", (json_int_t)side->used, "rounds_discarded",
        (json_int_t)side->lost, "why", text_json(side->why ? side->why->detail : NULL));
}

json_t *connections_json(const struct result *result, const struct stairs_memory *memory)
{
    json_t *servers = json_array();
    for (size_t i = 0; i < memory->count; i++) {
        const struct stairs_row *row = &memory->rows[i];
        json_array_append_new(
            servers, json_pack("{s:o, s:o, s:o, s:o}", "arm", text_json(result->arms[row->arm].id),
                               "idle_connection", connection_json(&row->sides[STAIRS_IDLE]),
                               "active_connection", connection_json(&row->sides[STAIRS_ACTIVE]),
                               "sentence", text_json(memory->sentences.items[i])));
    }
    return json_pack("{s:o, s:o}", "workload", text_json(words_workload(result, memory->workload)),
                     "servers", servers);
}
