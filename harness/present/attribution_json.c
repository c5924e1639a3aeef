#include "present/attribution_json.h"

#include "data/json_put.h"

static json_t *part_json(const struct attribution_part *part)
{
    json_t *json = json_object();
    json_object_set_new(json, "kind", text_json(part->key));
    json_object_set_new(json, "bytes", real_json(part->bytes));
    return json;
}

static json_t *resident_json(const struct attribution *attribution)
{
    json_t *array = json_array();
    for (size_t i = 0; i < MEMORY_KINDS && !attribution->why; i++) {
        json_t *json = part_json(&attribution->resident[i]);
        json_object_set_new(json, "pss_bytes", real_json(attribution->resident[i].pss_bytes));
        json_object_set_new(json, "bytes_per_request",
                            real_json(attribution->resident[i].bytes / attribution->requests));
        json_array_append_new(array, json);
    }
    return array;
}

static json_t *kernel_json(const struct attribution *attribution)
{
    json_t *array = json_array();
    for (size_t i = 0; i < attribution->kernel_count; i++) {
        const struct attribution_part *part = &attribution->kernel[i];
        json_t *json = part_json(part);
        json_object_set_new(json, "is_cache", json_boolean(part->is_slab));
        json_object_set_new(json, "of",
                            text_json(part->scope == ATTRIBUTION_OF_SERVER ? "server" : "system"));
        json_array_append_new(array, json);
    }
    return array;
}

/* The phases at whose ends it was compared, from 1, as a person counts them. */
static json_t *phase_json(const struct attribution *attribution, size_t mark)
{
    return attribution->why ? json_null() : json_integer((json_int_t)mark);
}

json_t *attribution_json(const struct attribution *attribution)
{
    if (!attribution->round)
        return json_null();
    json_t *json = json_object();
    json_object_set_new(json, "why", text_json(attribution->why));
    json_object_set_new(json, "from_phase", phase_json(attribution, attribution->from));
    json_object_set_new(json, "to_phase", phase_json(attribution, attribution->to));
    json_object_set_new(json, "requests_count", real_json(attribution->requests));
    json_object_set_new(json, "rss_bytes", real_json(attribution->resident_bytes));
    json_object_set_new(json, "pss_bytes", real_json(attribution->pss_bytes));
    json_object_set_new(json, "resident", resident_json(attribution));
    json_object_set_new(json, "unexplained_rss_bytes", real_json(attribution->unexplained_bytes));
    json_object_set_new(json, "unexplained_pss_bytes",
                        real_json(attribution->unexplained_pss_bytes));
    json_object_set_new(json, "kernel", kernel_json(attribution));
    json_object_set_new(json, "why_no_caches", text_json(attribution->why_slab));
    return json;
}
