/*
 * The instructions of a duel's two programs, counted into its record: the same program is no
 * change, what is there is not counted again, and whoever cannot be counted has a reason.
 *
 * run-tests: plain
 */
#include "cmd/duel_counts.h"

#include "cmd/cmd.h" /* before cmocka.h, which makes a macro of fail */

#include <fcntl.h>
#include <math.h>
#include <sched.h>

#include "own_folder.h"
#include "process_room.h"
#include "counted_duel.h"

#include "measure/instrument.h"

/* Its record in the test's own folder. */
static void open_run(struct duel_run *run, const char *base, const char *head)
{
    char *error = duel_run_open(run, folder, base, head);
    if (error)
        fail_msg("%s", error);
    run->run.interrupted = &interrupted;
}

static const struct result_count *counted(const struct duel_run *run, size_t arm)
{
    const struct result_count *found = result_find_count(&run->result, arm, 0);
    assert_non_null(found);
    return found;
}

static off_t record_bytes(const struct duel_run *run)
{
    return lseek(run->journal.fd, 0, SEEK_END);
}

/* As the record has it. */
static void assert_is_recorded(const struct duel_run *run)
{
    struct result stored;
    char *error = NULL;
    if (result_load(&stored, run->result.directory, &error))
        fail_msg("%s", error);
    assert_int_equal(stored.count_count, run->result.count_count);
    for (size_t i = 0; i < stored.count_count; i++) {
        const struct result_count *kept = &stored.counts[i], *ours = &run->result.counts[i];
        assert_int_equal(kept->arm, ours->arm);
        assert_int_equal(kept->function_count, ours->function_count);
        if (ours->missing)
            assert_string_equal(kept->missing, ours->missing);
        else
            assert_true(fabs(kept->instructions - ours->instructions) < 1e-6);
    }
    result_release(&stored);
}

static char *valgrind_or_skip(void)
{
    char *version = instrument_version(INSTRUMENT_INSTRUCTIONS);
    if (!version) {
        print_message("# valgrind is not installed, so nothing was counted\n");
        skip();
    }
    return version;
}

static char *epoll_path(void)
{
    return text_format("%s/server-epoll", getenv("BACKBENCH_BIN"));
}

static void assert_decided(const struct duel_run *run, enum decision_word word, double least,
                           double most)
{
    struct decision decision;
    duel_run_decide(run, &decision);
    double ratio = decision.rows[0].ratio.value;
    if (decision.rows[0].word != word || ratio < least || ratio > most)
        fail_msg("%s at %f, and not %s from %f to %f", decision_word(decision.rows[0].word), ratio,
                 decision_word(word), least, most);
    decision_release(&decision);
}

static void epoll_is_equivalent_to_itself_and_counted_once(void **state)
{
    (void)state;
    char *version = valgrind_or_skip(), *epoll = epoll_path();
    struct duel_run run;
    cpu_set_t before, after;
    open_run(&run, epoll, epoll);
    assert_int_equal(sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}), 0);
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(duel_run_count(&run), 0);
    for (size_t arm = 0; arm < 2; arm++) {
        if (counted(&run, arm)->missing)
            fail_msg("%s", counted(&run, arm)->missing);
        assert_string_equal(counted(&run, arm)->tool, version);
        assert_in_range((long)counted(&run, arm)->instructions, 200, 20000);
        assert_true(counted(&run, arm)->function_count > 5);
    }
    assert_decided(&run, DECISION_EQUIVALENT, .997, 1.003);
    assert_is_recorded(&run);

    assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
    assert_true(CPU_EQUAL(&before, &after));
    assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
    sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0});

    off_t bytes = record_bytes(&run);
    assert_int_equal(duel_run_count(&run), 0);
    assert_int_equal(record_bytes(&run), bytes);
    duel_run_close(&run);
    free(epoll);
    free(version);
}

static void two_in_a_hundred_more_are_a_regression(void **state)
{
    (void)state;
    char *version = valgrind_or_skip(), *epoll = epoll_path();
    char *heavier = text_format("%s/heavier", getenv("BACKBENCH_TOOLS"));
    struct duel_run run;
    open_run(&run, epoll, heavier);
    assert_int_equal(duel_run_count(&run), 0);
    assert_decided(&run, DECISION_REGRESSED, 1.015, 1.03);
    duel_run_close(&run);
    free(heavier);
    free(epoll);
    free(version);
}

static void what_cannot_be_counted_has_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *name, *upstream;
        enum workload_class class;
        const char *program, *excluded, *says;
    } table[] = {
        {"a wait", NULL, WORKLOAD_WAITING, NULL, NULL, "a matter of time"},
        {"a bounded state", NULL, WORKLOAD_STATEFUL, NULL, NULL, "those before it"},
        {"an upstream", "epoll", WORKLOAD_PLAIN, NULL, NULL, "another server would have"},
        {"a wrapper", NULL, WORKLOAD_PLAIN, "/usr/sbin/nginx", NULL, "started by another program"},
        {"an arm that is out", NULL, WORKLOAD_PLAIN, NULL, "it does not build", "not build"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct duel_run run;
        print_message("# %s\n", table[i].name);
        open_run(&run, "/nowhere", "/nowhere");
        struct workload *workload = &run.result.workloads[0].workload;
        workload->class = table[i].class;
        workload->upstream = table[i].upstream ? xstrdup(table[i].upstream) : NULL;
        for (size_t arm = 0; arm < 2; arm++) {
            struct arm *changed = &run.result.arms[arm];
            changed->server.program = table[i].program ? xstrdup(table[i].program) : NULL;
            changed->excluded = table[i].excluded ? xstrdup(table[i].excluded) : NULL;
        }
        assert_int_equal(duel_run_count(&run), 0);
        for (size_t arm = 0; arm < 2; arm++) {
            assert_non_null(counted(&run, arm)->missing);
            assert_non_null(strstr(counted(&run, arm)->missing, table[i].says));
            assert_true(isnan(counted(&run, arm)->instructions));
        }
        assert_is_recorded(&run);
        duel_run_close(&run);
    }
}

static void a_workload_that_is_skipped_on_an_arm_has_the_skips_reason(void **state)
{
    (void)state;
    struct duel_run run;
    open_run(&run, "/nowhere", "/nowhere");
    for (size_t arm = 0; arm < 2; arm++) {
        strings_add(&run.result.arms[arm].skipped_workloads, "plaintext");
        strings_add(&run.result.arms[arm].skipped_reasons, "its route is answered wrongly");
    }
    assert_int_equal(duel_run_count(&run), 0);
    assert_string_equal(counted(&run, 1)->missing, "its route is answered wrongly");
    duel_run_close(&run);
}

static void without_valgrind_a_duel_goes_on(void **state)
{
    (void)state;
    struct duel_run run;
    char *path = xstrdup(getenv("PATH"));
    open_run(&run, "/nowhere", "/nowhere");
    setenv("PATH", folder, 1);
    int code = duel_run_count(&run);
    setenv("PATH", path, 1);
    assert_int_equal(code, 0);
    for (size_t arm = 0; arm < 2; arm++)
        assert_non_null(strstr(counted(&run, arm)->missing, "apt-get install valgrind"));
    assert_is_recorded(&run);
    duel_run_close(&run);
    free(path);
}

static void a_program_that_is_no_server_has_the_instruments_reason(void **state)
{
    (void)state;
    free(valgrind_or_skip());
    struct duel_run run;
    open_run(&run, "/bin/true", "/bin/true");
    assert_int_equal(duel_run_count(&run), 0);
    assert_non_null(counted(&run, 0)->missing);
    assert_true(strlen(counted(&run, 0)->missing) > 0);
    duel_run_close(&run);
}

/* valgrind would see its shell alone. */
static void a_script_is_not_counted(void **state)
{
    (void)state;
    struct duel_run run;
    char *path = put_text("wrapper", "#!/bin/sh\nexec server \"$@\"\n", 0755);
    open_run(&run, path, path);
    result_add_count(&run.result, 0, 0)->missing = xstrdup("one is enough");
    assert_int_equal(duel_run_count(&run), 0);
    assert_non_null(strstr(counted(&run, 1)->missing, "it is a script"));
    assert_string_equal(counted(&run, 0)->missing, "one is enough");
    duel_run_close(&run);
    free(path);
}

static void an_interrupt_keeps_nothing_half(void **state)
{
    (void)state;
    struct duel_run run;
    static const volatile bool at_once = true;
    open_run(&run, "/nowhere", "/nowhere");
    run.run.interrupted = &at_once;
    off_t bytes = record_bytes(&run);
    assert_int_equal(duel_run_count(&run), EXIT_INTERRUPTED);
    assert_int_equal(run.result.count_count, 0);
    assert_int_equal(record_bytes(&run), bytes);
    duel_run_close(&run);
}

static void a_record_that_cannot_be_written_ends_it(void **state)
{
    (void)state;
    struct duel_run run;
    open_run(&run, "/nowhere", "/nowhere");
    run.result.workloads[0].workload.class = WORKLOAD_WAITING;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    close(run.journal.fd);
    run.journal.fd = full;
    assert_int_equal(duel_run_count(&run), EXIT_ENVIRONMENT);
    duel_run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_cannot_be_counted_has_its_reason),
        IN_FOLDER(a_workload_that_is_skipped_on_an_arm_has_the_skips_reason),
        IN_FOLDER(without_valgrind_a_duel_goes_on),
        IN_FOLDER(an_interrupt_keeps_nothing_half),
        IN_FOLDER(a_record_that_cannot_be_written_ends_it),
        IN_FOLDER(a_program_that_is_no_server_has_the_instruments_reason),
        IN_FOLDER(a_script_is_not_counted),
        IN_FOLDER(epoll_is_equivalent_to_itself_and_counted_once),
        IN_FOLDER(two_in_a_hundred_more_are_a_regression),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("duel_counts", tests, open_all, close_all);
}
