/* Of a round's JSON what only one that was to explain growth has: both directions. */
#include "data/result_json.h"

#include <stdlib.h>
#include <string.h>

#include "data/explanation.h"
#include "data/json_put.h"
#include "data/json_take.h"

/* ---- writing ---- */

/* Read as a whole or not at all. */
static json_t *kinds_json(const struct kind_bytes kinds[MEMORY_KINDS])
{
    if (kinds[0].rss_bytes == MISSING)
        return json_null();
    json_t *object = json_object();
    for (size_t kind = 0; kind < MEMORY_KINDS; kind++)
        json_put(object, memory_kinds[kind].key,
                 json_pack("{s:I, s:I}", "rss_bytes", (json_int_t)kinds[kind].rss_bytes,
                           "pss_bytes", (json_int_t)kinds[kind].pss_bytes));
    return object;
}

static json_t *cache_json(const struct slab_cache *cache, size_t marks)
{
    json_t *bytes = json_array();
    for (size_t i = 0; i < marks; i++)
        json_array_append_new(bytes, number_json(cache->bytes[i]));
    return json_pack("{s:s, s:o}", "name", cache->name, "bytes", bytes);
}

static json_t *slab_json(const struct explanation *explanation)
{
    if (!explanation->has_slab)
        return json_null();
    json_t *array = json_array();
    for (size_t i = 0; i < explanation->cache_count; i++)
        json_array_append_new(array, cache_json(&explanation->caches[i], explanation->count));
    return array;
}

void result_put_explanation(json_t *line, json_t *missing, const struct round *round)
{
    const struct explanation *explanation = round->explanation;
    if (!explanation)
        return;
    json_t *object = json_object(), *kinds = json_array();
    for (size_t i = 0; i < explanation->count; i++) {
        json_array_append_new(kinds, kinds_json(explanation->kinds[i]));
        if (explanation->kinds[i][0].rss_bytes == MISSING)
            result_put_missing(missing, round, "explanation.kinds");
    }
    json_put_count(object, "cost_ns", (uint64_t)explanation->cost_ns);
    json_put(object, "kinds", kinds);
    json_put(object, "slab", slab_json(explanation));
    if (!explanation->has_slab)
        result_put_missing(missing, round, "explanation.slab");
    json_put(line, "explanation", object);
}

/* ---- reading ---- */

static int64_t take_bytes(struct taking *taking, const json_t *object, const char *key)
{
    int64_t number = take_number(taking, object, key);
    if (number == MISSING || !result_is_possible(number))
        take_fail(taking, "explanation.kinds holds what no run can give");
    return number;
}

static void take_kinds(struct taking *taking, struct kind_bytes kinds[MEMORY_KINDS],
                       const json_t *object)
{
    for (size_t kind = 0; json_is_object(object) && kind < MEMORY_KINDS; kind++) {
        const json_t *item = take_object(taking, object, memory_kinds[kind].key);
        if (!item)
            continue; /* a kind that its suite did not know: none of it */
        kinds[kind].rss_bytes = take_bytes(taking, item, "rss_bytes");
        kinds[kind].pss_bytes = take_bytes(taking, item, "pss_bytes");
    }
    if (json_is_object(object) && kinds[0].rss_bytes == MISSING)
        take_fail(taking, "explanation.kinds lacks %s", memory_kinds[0].key);
    else if (!json_is_object(object) && !json_is_null(object))
        take_fail(taking, "explanation.kinds holds what is no object");
}

static void take_cache(struct taking *taking, struct slab_cache *cache, size_t marks,
                       const json_t *object)
{
    const json_t *bytes = take_array(taking, object, "bytes");
    char *name = take_needed_text(taking, object, "name");
    if (strlen(name) >= sizeof cache->name || json_array_size(bytes) != marks)
        take_fail(taking, "explanation.slab holds what is no cache");
    for (size_t i = 0; i <= PHASES_MOST; i++) {
        const json_t *item = i < marks ? json_array_get(bytes, i) : NULL;
        cache->bytes[i] = json_is_integer(item) ? json_integer_value(item) : MISSING;
        if (i < marks && (cache->bytes[i] == MISSING || !result_is_possible(cache->bytes[i])))
            take_fail(taking, "explanation.slab holds what no run can give");
    }
    strncat(cache->name, name, sizeof cache->name - 1);
    free(name);
}

static void take_slab(struct taking *taking, struct explanation *explanation, const json_t *array)
{
    size_t count = json_array_size(array);
    if (count > SLAB_CACHES_MOST) {
        take_fail(taking, "explanation.slab holds more than %d caches", SLAB_CACHES_MOST);
        return;
    }
    explanation->has_slab = json_is_array(array);
    explanation->caches = xcalloc(count + 1, sizeof *explanation->caches);
    for (size_t i = 0; i < count; i++)
        take_cache(taking, &explanation->caches[explanation->cache_count++], explanation->count,
                   json_array_get(array, i));
}

void result_take_explanation(struct taking *taking, struct round *round, const json_t *line)
{
    const json_t *object = take_object(taking, line, "explanation");
    if (!object)
        return;
    const json_t *kinds = take_array(taking, object, "kinds");
    size_t marks = round->phase_marks ? round->phase_marks->count : 0;
    round->explanation = xcalloc(1, sizeof *round->explanation);
    explanation_init(round->explanation);
    if (json_array_size(kinds) != marks) {
        take_fail(taking, "explanation.kinds are not as many as phase_marks");
        return;
    }
    round->explanation->count = marks;
    round->explanation->cost_ns = (int64_t)take_count(taking, object, "cost_ns", RESULT_LARGEST);
    for (size_t i = 0; i < marks; i++)
        take_kinds(taking, round->explanation->kinds[i], json_array_get(kinds, i));
    take_slab(taking, round->explanation, take_array(taking, object, "slab"));
}
