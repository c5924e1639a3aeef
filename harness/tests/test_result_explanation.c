/* What a round keeps of what its memory consisted of: it is read
 * back, absent where nobody asked, and refused where damaged. */
#include "changed_run.h"

#include "data/explanation.h"

enum { PHASED = 8 }; /* the golden run's round of phases; it has two marks */

static struct result result;
static char *directory;

/* Of two marks, the second of which was not read. */
static void begin(bool has_slab)
{
    char *error = NULL;
    directory = write_run(folder);
    assert_int_equal(result_load(&result, directory, &error), 0);
    struct round *round = &result.rounds[PHASED];
    struct explanation *explanation = round->explanation = xcalloc(1, sizeof *explanation);
    explanation_init(explanation);
    explanation->count = 2;
    explanation->cost_ns = 1234567;
    for (int kind = 0; kind < MEMORY_KINDS; kind++)
        explanation->kinds[0][kind] = (struct kind_bytes){4096 * (kind + 2), 4096 * (kind + 1)};
    round_note_missing(round, "explanation.kinds", "/proc/PID/smaps: Permission denied");
    explanation->has_slab = has_slab;
    if (!has_slab) {
        round_note_missing(round, "explanation.slab", "/proc/slabinfo: only root may read it");
        return;
    }
    explanation->caches = xcalloc(1, sizeof *explanation->caches);
    explanation->cache_count = 1;
    explanation->caches[0] = (struct slab_cache){.name = "kmalloc-4k", .bytes = {4096, 1 << 20}};
}

static void end(void)
{
    result_release(&result);
    free(directory);
}

static json_t *line(void)
{
    return result_round_json(&result, &result.rounds[PHASED]);
}

/* Read in place of the one that it was made of. */
static const struct round *taken(const json_t *json)
{
    char *error = NULL;
    assert_int_equal(result.round_count, PHASED + 1);
    round_release(&result.rounds[PHASED]);
    result.round_count--;
    if (result_take_round(&result, json, &error) < 0)
        fail_msg("%s", error);
    return &result.rounds[result.round_count - 1];
}

static void it_comes_back(void **state)
{
    (void)state;
    begin(true);
    json_t *json = line();
    const struct round *round = taken(json);
    const struct explanation *back = round->explanation;
    assert_non_null(back);
    assert_int_equal(back->count, 2);
    assert_int_equal(back->cost_ns, 1234567);
    for (int kind = 0; kind < MEMORY_KINDS; kind++) {
        assert_int_equal(back->kinds[0][kind].rss_bytes, 4096 * (kind + 2));
        assert_int_equal(back->kinds[0][kind].pss_bytes, 4096 * (kind + 1));
        assert_int_equal(back->kinds[1][kind].rss_bytes, MISSING);
    }
    assert_string_equal(round_why_missing(round, "explanation.kinds"),
                        "/proc/PID/smaps: Permission denied");
    assert_true(back->has_slab);
    assert_int_equal(back->cache_count, 1);
    assert_string_equal(back->caches[0].name, "kmalloc-4k");
    assert_int_equal(back->caches[0].bytes[0], 4096);
    assert_int_equal(back->caches[0].bytes[1], 1 << 20);
    json_decref(json);
    end();
}

static void caches_that_could_not_be_read_are_not_none(void **state)
{
    (void)state;
    begin(false);
    json_t *json = line();
    const struct round *round = taken(json);
    assert_false(round->explanation->has_slab);
    assert_int_equal(round->explanation->cache_count, 0);
    assert_string_equal(round_why_missing(round, "explanation.slab"),
                        "/proc/slabinfo: only root may read it");
    json_decref(json);
    end();
}

static void who_did_not_ask_has_none(void **state)
{
    (void)state;
    char *error = NULL;
    directory = write_run(folder);
    assert_int_equal(result_load(&result, directory, &error), 0);
    assert_null(result.rounds[PHASED].explanation);
    assert_false(result.experiment.phases.explain);
    json_t *json = line(), *header = result_header_json(&result);
    json_t *set = json_object_get(json_object_get(header, "experiment"), "phases");
    assert_null(json_object_get(json, "explanation"));
    assert_null(json_object_get(set, "explain"));
    json_decref(json);
    json_decref(header);
    end();
}

static void that_it_was_asked_for_stands_in_the_header(void **state)
{
    (void)state;
    char *error = NULL;
    struct result again;
    begin(true);
    result.experiment.phases.explain = true;
    json_t *header = result_header_json(&result);
    result_init(&again);
    assert_int_equal(result_take_header(&again, header, &error), 0);
    assert_true(again.experiment.phases.explain);
    json_decref(header);
    result_release(&again);
    end();
}

static void what_no_run_gives_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *error;
    } table[] = {
        {"\"kinds\":[{", "\"kinds\":[{},{", "explanation.kinds are not as many as phase_marks"},
        {"\"kinds\":[{\"heap\"", "\"kinds\":[{\"heep\"", "explanation.kinds lacks heap"},
        {"null],\"slab\"", "7],\"slab\"", "explanation.kinds holds what is no object"},
        {"\"heap\":{\"rss_bytes\":8192", "\"heap\":{\"rss_bytes\":-8192",
         "explanation.kinds holds what no run can give"},
        {"\"heap\":{\"rss_bytes\":8192", "\"heap\":{\"rss_bytes\":null",
         "explanation.kinds holds what no run can give"},
        {"[4096,1048576]", "[4096]", "explanation.slab holds what is no cache"},
        {"[4096,1048576]", "[4096,-1]", "explanation.slab holds what no run can give"},
        {"[4096,1048576]", "[4096,null]", "explanation.slab holds what no run can give"},
        {"\"kmalloc-4k\"", "\"a name that is longer than any that a cache of the kernel has\"",
         "explanation.slab holds what is no cache"},
    };
    begin(true);
    json_t *json = line();
    char *text = json_dumps(json, JSON_COMPACT);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *changed = replace(text, table[i].from, table[i].to), *error = NULL;
        json_t *damaged = json_loads(changed, 0, NULL);
        print_message("# %s\n", table[i].to);
        assert_non_null(damaged);
        assert_int_equal(result_take_round(&result, damaged, &error), -1);
        assert_non_null(strstr(error, table[i].error));
        json_decref(damaged);
        free(error);
        free(changed);
    }
    free(text);
    json_decref(json);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(it_comes_back),
        IN_FOLDER(caches_that_could_not_be_read_are_not_none),
        IN_FOLDER(who_did_not_ask_has_none),
        IN_FOLDER(that_it_was_asked_for_stands_in_the_header),
        IN_FOLDER(what_no_run_gives_is_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("result_explanation", tests, NULL, NULL);
}
