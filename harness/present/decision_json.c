/* A decision as JSON, as results/decision.schema.json has it: base units in the names, null for
 * what is not known, with its reason under "missing". */
#include "present/decision.h"

#include <jansson.h>
#include <math.h>

#include "data/json_put.h"
#include "present/decision_parts.h"

enum { MAJOR = 1, MINOR = 1 };

/* A figure, or null and its reason. */
static void put_figure(json_t *json, const char *key, double value, const char *reason)
{
    json_put(json, key, real_json(value));
    if (!isfinite(value))
        json_put_text(json_object_get(json, "missing"), key, reason);
}

static const char *or_else(const char *why, const char *otherwise)
{
    return why ? why : otherwise;
}

/* What is a verdict and no figure has no unit either. */
static void put_medians(json_t *json, const struct decision_row *row)
{
    if (decision_row_is_word(row))
        return;
    static const char *const names[][2] = {
        [UNIT_TIME] = {"base_ns", "head_ns"},
        [UNIT_BYTES] = {"base_bytes", "head_bytes"},
        [UNIT_RATE] = {"base_rps", "head_rps"},
        [UNIT_COUNT] = {"base_per_request", "head_per_request"},
    };
    const char *const *keys = names[metric_info(row->metric)->unit];
    put_figure(json, keys[0], row->base, or_else(row->why, "the base has no reading of it"));
    put_figure(json, keys[1], row->head, or_else(row->why, "the head has no reading of it"));
}

static void put_ratio(json_t *json, const struct decision_row *row)
{
    const char *few = row->is_counted ? "it is counted, so it has no interval"
                                      : "there are too few readings for an interval";
    const char *why = decision_row_is_word(row) ? "it is a verdict and no figure"
                                                : or_else(row->why, "one side has no figure");
    bool is_none = !isfinite(row->ratio.value);
    put_figure(json, "ratio", row->ratio.value, why);
    put_figure(json, "ratio_low", row->ratio.low, is_none ? why : few);
    put_figure(json, "ratio_high", row->ratio.high, is_none ? why : few);
    put_figure(json, "smallest_share", row->smallest, is_none ? why : or_else(row->why, few));
    put_figure(json, "margin_share", decision_row_is_word(row) ? NAN : row->margin, why);
}

static void put_more(json_t *json, const struct decision_row *row)
{
    if (row->more_blocks > 0) {
        json_put_count(json, "more_blocks", row->more_blocks);
        return;
    }
    json_put(json, "more_blocks", json_null());
    json_put_text(json_object_get(json, "missing"), "more_blocks",
                  row->word == DECISION_INCONCLUSIVE ? "it cannot be told how many would decide it"
                                                     : "it is not INCONCLUSIVE");
}

static json_t *row_json(const struct decision_row *row)
{
    json_t *json = json_object();
    json_put_text(json, "server", row->server);
    json_put_text(json, "workload", row->workload);
    json_put_text(json, "metric", metric_info(row->metric)->name);
    json_put(json, "rate_rps", row->rate_rps ? json_integer(row->rate_rps) : json_null());
    json_put_text(json, "verdict", decision_word(row->word));
    json_put(json, "gates", json_boolean(row->gates));
    json_put(json, "fails", json_boolean(decision_row_fails(row)));
    json_put_text(json, "why", row->why);
    json_put_text(json, "accepted", row->accepted);
    json_put(json, "confirmed", json_boolean(row->is_confirmed));
    json_put(json, "counted", json_boolean(row->is_counted));
    json_put(json, "missing", json_object());
    if (row->rate_rps == 0)
        json_put_text(json_object_get(json, "missing"), "rate_rps", "it is taken at no rate");
    put_medians(json, row);
    json_put_count(json, "base_count", row->base_count);
    json_put_count(json, "head_count", row->head_count);
    put_ratio(json, row);
    put_more(json, row);
    return json;
}

static json_t *rows_json(const struct decision *decision)
{
    struct decision_view view;
    json_t *rows = json_array();
    decision_view_init(&view, decision);
    for (size_t i = 0; i < view.count; i++)
        json_array_append_new(rows, row_json(view.rows[i]));
    decision_view_release(&view);
    return rows;
}

void present_decision_json(FILE *out, const struct decision *decision)
{
    json_t *json = json_object(), *version = json_object();
    json_put_count(version, "major", MAJOR);
    json_put_count(version, "minor", MINOR);
    json_put_text(json, "type", "decision");
    json_put(json, "schema_version", version);
    json_put_text(json, "base", decision->base);
    json_put_text(json, "head", decision->head);
    json_put_text(json, "headline", decision->headline);
    json_put_count(json, "exit_code", decision->exit_code);
    json_put_text(json, "broken", decision->broken);
    json_put_text(json, "self_check", decision->self_check);
    json_put_text(json, "resolution", decision->resolution);
    json_put(json, "disagrees", json_boolean(decision->disagrees));
    json_put(json, "notes", strings_json(&decision->notes));
    json_put(json, "rows", rows_json(decision));
    json_dumpf(json, out, JSON_INDENT(2));
    putc('\n', out);
    json_decref(json);
}
