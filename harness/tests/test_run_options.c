/* Each option of run goes to its own place, and what it cannot mean is refused. */
#include "cmd/run_options.h"

#include "cmd/cmd.h" /* before cmocka.h, which makes a macro of fail */

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { WORDS = 40 };

/* A line as it is typed behind "backbench ". */
static int parse(struct run_options *options, struct strings *words, const char *line)
{
    char *argv[WORDS + 1] = {0};
    *words = (struct strings){0};
    *options = (struct run_options){0};
    strings_split(words, line);
    assert_true(words->count <= WORDS);
    for (size_t i = 0; i < words->count; i++)
        argv[i] = words->items[i];
    optind = 0; /* getopt(3): starts anew */
    return run_options_parse(options, (int)words->count, argv);
}

static void every_option_goes_to_its_place(void **state)
{
    (void)state;
    struct run_options o;
    struct strings words;
    assert_int_equal(
        parse(&o, &words,
              "run --servers epoll --servers uring --server ./a --server ./b --workloads json "
              "--reference thread --require pool --blocks 11 --workers 1024 --connections 65536 "
              "--budget 2m "
              "--seed 9007199254740991 --server-cpus 1 --load-cpus 2-3 --results out --wrk mine "
              "--dry-run --json --slo p99=5ms --only rates bench"),
        0);
    assert_string_equal(o.experiment, "bench");
    assert_int_equal(o.selection.servers.count, 2);
    assert_string_equal(o.selection.servers.items[1], "uring");
    assert_int_equal(o.selection.paths.count, 2);
    assert_string_equal(o.selection.paths.items[1], "./b");
    assert_string_equal(o.selection.workloads.items[0], "json");
    assert_string_equal(o.selection.reference, "thread");
    assert_string_equal(o.required.items[0], "pool");
    assert_int_equal(o.selection.blocks, 11);
    assert_int_equal(o.selection.workers, 1024);
    assert_int_equal(o.selection.connections, 65536);
    assert_true(o.budget_s == 120);
    assert_true(o.seed.is_given && o.seed.number == RESULT_SEED_LIMIT - 1);
    assert_string_equal(o.server_cpus, "1");
    assert_string_equal(o.load_cpus, "2-3");
    assert_string_equal(o.results, "out");
    assert_string_equal(o.wrk, "mine");
    assert_true(o.dry_run && o.json);
    assert_string_equal(o.selection.only, "rates");
    assert_string_equal(o.selection.slo, "p99=5ms");
    run_options_release(&o);
    strings_release(&words);
}

static void what_is_not_said_stays_as_it_was(void **state)
{
    (void)state;
    struct run_options o;
    struct strings words;
    assert_int_equal(parse(&o, &words, "run quick"), 0);
    assert_false(o.seed.is_given || o.dry_run || o.json);
    assert_int_equal(o.selection.workers, 0);
    assert_int_equal(o.selection.blocks, 0);
    assert_null(o.selection.reference);
    assert_null(o.selection.slo);
    assert_null(o.selection.only);
    run_options_release(&o);
    strings_release(&words);
}

static void what_cannot_be_meant_is_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "run",
        "run quick bench",
        "run quick --nobody",
        "run quick --blocks 5",
        "run quick --blocks 100",
        "run quick --blocks -6",
        "run quick --blocks many",
        "run quick --workers 0",
        "run quick --workers 1025",
        "run quick --connections 65537",
        "run quick --connections 1k",
        "run quick --seed 9007199254740992",
        "run quick --seed -1",
        "run quick --budget soon",
        "run quick --budget 721h",
        "run quick --wrk",
        "run latency --slo p99=5ms --slo p90=5ms",
        "run quick --budget 1m --budget 1m",
        "run quick --seed 1 --seed 1",
        "run quick --workers 1 --workers 2",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct run_options o;
        struct strings words;
        print_message("# %s\n", lines[i]);
        assert_int_equal(parse(&o, &words, lines[i]), EXIT_USAGE);
        run_options_release(&o);
        strings_release(&words);
    }
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_goes_to_its_place),
        cmocka_unit_test(what_is_not_said_stays_as_it_was),
        cmocka_unit_test(what_cannot_be_meant_is_refused),
    };
    return cmocka_run_group_tests_name("run options", tests, NULL, NULL);
}
