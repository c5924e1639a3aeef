/* What was counted of an arm on a workload: its storage, and its line. */
#include "data/result_json.h"

#include <math.h>
#include <stdlib.h>

#include "data/json_put.h"
#include "data/json_take.h"

/* ---- storage ---- */

void result_count_release(struct result_count *count)
{
    for (size_t i = 0; i < count->function_count; i++)
        free(count->functions[i].name);
    free(count->functions);
    free(count->tool);
    free(count->missing);
    *count = (struct result_count){.instructions = NAN};
}

static int find(const struct result *result, size_t arm, size_t workload)
{
    for (size_t i = 0; i < result->count_count; i++)
        if (result->counts[i].arm == arm && result->counts[i].workload == workload)
            return (int)i;
    return -1;
}

const struct result_count *result_find_count(const struct result *result, size_t arm,
                                             size_t workload)
{
    int at = find(result, arm, workload);
    return at < 0 ? NULL : &result->counts[at];
}

struct result_count *result_add_count(struct result *result, size_t arm, size_t workload)
{
    int at = find(result, arm, workload);
    if (at >= 0) {
        result_count_release(&result->counts[at]);
    } else {
        at = (int)result->count_count++;
        result->counts = xreallocarray(result->counts, result->count_count, sizeof *result->counts);
    }
    struct result_count *count = &result->counts[at];
    *count = (struct result_count){
        .arm = (uint32_t)arm, .workload = (uint32_t)workload, .instructions = NAN};
    return count;
}

void result_count_add_function(struct result_count *count, const char *name, double each)
{
    count->functions =
        xreallocarray(count->functions, count->function_count + 1, sizeof *count->functions);
    count->functions[count->function_count++] = (struct result_function){xstrdup(name), each};
}

/* ---- writing ---- */

static json_t *functions_json(const struct result_count *count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count->function_count; i++)
        json_array_append_new(array,
                              json_pack("{s:o, s:o}", "name", text_json(count->functions[i].name),
                                        "each", real_json(count->functions[i].each)));
    return array;
}

json_t *result_count_json(const struct result *result, const struct result_count *count)
{
    json_t *line = json_object();

    json_put_text(line, "type", "count");
    json_put_text(line, "arm", result->arms[count->arm].id);
    json_put_text(line, "workload", result->workloads[count->workload].workload.name);
    if (count->missing) {
        json_put_text(line, "missing", count->missing);
        return line;
    }
    json_put_text(line, "tool", count->tool);
    json_put(line, "instructions_per_request", real_json(count->instructions));
    json_put(line, "functions", functions_json(count));
    return line;
}

json_t *result_counts_json(const struct result *result)
{
    json_t *array = json_array();

    for (size_t i = 0; i < result->count_count; i++)
        json_array_append_new(array, result_count_json(result, &result->counts[i]));
    return array;
}

/* ---- reading ---- */

static double take_each(struct taking *taking, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    double each = json_number_value(value);

    if (!json_is_number(value) || each < 0) {
        take_fail(taking, "%s is not a number of 0 or more", key);
        return 0;
    }
    return each;
}

static void take_functions(struct taking *taking, struct result_count *count, const json_t *line)
{
    const json_t *functions = take_array(taking, line, "functions");

    for (size_t i = 0; i < json_array_size(functions); i++) {
        const json_t *item = json_array_get(functions, i);
        char *name = take_needed_text(taking, item, "name");
        result_count_add_function(count, name, take_each(taking, item, "each"));
        free(name);
    }
}

/* -1: there is none of that name, which is an error. */
static int take_index(struct taking *taking, const struct result *result, const json_t *line,
                      const char *key, int (*find_index)(const struct result *, const char *))
{
    char *name = take_needed_text(taking, line, key);
    int index = find_index(result, name);

    if (index < 0)
        take_fail(taking, "%s \"%s\" is not in the header", key, name);
    free(name);
    return index;
}

int result_take_count(struct result *result, const json_t *line, char **error)
{
    struct taking taking = {.where = "count"};
    int arm = take_index(&taking, result, line, "arm", result_find_arm);
    int workload = take_index(&taking, result, line, "workload", result_find_workload);

    if (arm >= 0 && workload >= 0) {
        struct result_count *count = result_add_count(result, (size_t)arm, (size_t)workload);
        count->missing = take_text(&taking, line, "missing");
        if (!count->missing) {
            count->tool = take_text(&taking, line, "tool");
            count->instructions = take_each(&taking, line, "instructions_per_request");
            take_functions(&taking, count, line);
        }
    }
    return take_result(&taking, error);
}
