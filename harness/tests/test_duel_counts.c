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

#include "analyse/instructions.h"
#include "measure/instrument.h"

static char request[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const size_t arms[2] = {0, 1};

/* A run of two arms on one workload, its record open. */
struct duel_run {
    struct result result;
    struct journal journal;
    char *bytes[1];
    size_t lens[1];
    struct experiment_run run;
};

static void add_arm(struct result *result, const char *id, const char *path)
{
    struct arm *arm = result_add_arm(result, id);
    server_info_init(&arm->server, "epoll", path);
    strings_split(&arm->argv, path);
}

static void duel_run_open(struct duel_run *run, const char *base, const char *head)
{
    char *error = NULL;
    result_init(&run->result);
    run->result.experiment.name = xstrdup("duel");
    add_arm(&run->result, "base", base);
    add_arm(&run->result, "head", head);
    struct workload *workload = &result_add_workload(&run->result)->workload;
    workload->name = xstrdup("plaintext");
    workload->expect_status = 200;
    workload->expect_type = xstrdup("text/plain");
    workload->expect_body = xstrdup("Hello, World!");
    if (journal_open(&run->journal, folder, &run->result, &error) < 0)
        fail_msg("%s", error);
    run->bytes[0] = request;
    run->lens[0] = strlen(request);
    run->run = (struct experiment_run){.result = &run->result,
                                       .journal = &run->journal,
                                       .request_bytes = run->bytes,
                                       .request_lens = run->lens,
                                       .interrupted = &interrupted};
}

static void duel_run_close(struct duel_run *run)
{
    journal_abandon(&run->journal);
    result_release(&run->result);
}

static int count(struct duel_run *run)
{
    return duel_count(&run->result, &run->journal, &run->run, arms);
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

static void assert_equivalent(const struct result *result)
{
    struct gate gate;
    struct decision decision;
    gate_init(&gate);
    decision_init(&decision, "base", "head", &gate);
    instructions_add_row(&decision, "epoll", result, 0, 1, 0);
    assert_int_equal(decision.rows[0].word, DECISION_EQUIVALENT);
    assert_true(fabs(decision.rows[0].ratio.value - 1) < .003);
    decision_release(&decision);
    gate_release(&gate);
}

static void epoll_is_equivalent_to_itself_and_counted_once(void **state)
{
    (void)state;
    char *version = instrument_version(INSTRUMENT_INSTRUCTIONS);
    if (!version) {
        print_message("# valgrind is not installed, so nothing was counted\n");
        skip();
    }
    struct duel_run run;
    char *epoll = text_format("%s/server-epoll", getenv("BACKBENCH_BIN"));
    cpu_set_t before, after;
    duel_run_open(&run, epoll, epoll);
    assert_int_equal(sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}), 0);
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(count(&run), 0);
    for (size_t arm = 0; arm < 2; arm++) {
        if (counted(&run, arm)->missing)
            fail_msg("%s", counted(&run, arm)->missing);
        assert_string_equal(counted(&run, arm)->tool, version);
        assert_in_range((long)counted(&run, arm)->instructions, 200, 20000);
        assert_true(counted(&run, arm)->function_count > 5);
    }
    assert_equivalent(&run.result);
    assert_is_recorded(&run);

    assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
    assert_true(CPU_EQUAL(&before, &after));
    assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
    sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0});

    off_t bytes = record_bytes(&run);
    assert_int_equal(count(&run), 0);
    assert_int_equal(record_bytes(&run), bytes);
    duel_run_close(&run);
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
        duel_run_open(&run, "/nowhere", "/nowhere");
        struct workload *workload = &run.result.workloads[0].workload;
        workload->class = table[i].class;
        workload->upstream = table[i].upstream ? xstrdup(table[i].upstream) : NULL;
        for (size_t arm = 0; arm < 2; arm++) {
            struct arm *changed = &run.result.arms[arm];
            changed->server.program = table[i].program ? xstrdup(table[i].program) : NULL;
            changed->excluded = table[i].excluded ? xstrdup(table[i].excluded) : NULL;
        }
        assert_int_equal(count(&run), 0);
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
    duel_run_open(&run, "/nowhere", "/nowhere");
    for (size_t arm = 0; arm < 2; arm++) {
        strings_add(&run.result.arms[arm].skipped_workloads, "plaintext");
        strings_add(&run.result.arms[arm].skipped_reasons, "its route is answered wrongly");
    }
    assert_int_equal(count(&run), 0);
    assert_string_equal(counted(&run, 1)->missing, "its route is answered wrongly");
    duel_run_close(&run);
}

static void without_valgrind_a_duel_goes_on(void **state)
{
    (void)state;
    struct duel_run run;
    char *path = xstrdup(getenv("PATH"));
    duel_run_open(&run, "/nowhere", "/nowhere");
    setenv("PATH", folder, 1);
    int code = count(&run);
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
    char *version = instrument_version(INSTRUMENT_INSTRUCTIONS);
    free(version);
    if (!version)
        skip();
    struct duel_run run;
    duel_run_open(&run, "/bin/true", "/bin/true");
    assert_int_equal(count(&run), 0);
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
    duel_run_open(&run, path, path);
    result_add_count(&run.result, 0, 0)->missing = xstrdup("one is enough");
    assert_int_equal(count(&run), 0);
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
    duel_run_open(&run, "/nowhere", "/nowhere");
    run.run.interrupted = &at_once;
    off_t bytes = record_bytes(&run);
    assert_int_equal(count(&run), EXIT_INTERRUPTED);
    assert_int_equal(run.result.count_count, 0);
    assert_int_equal(record_bytes(&run), bytes);
    duel_run_close(&run);
}

static void a_record_that_cannot_be_written_ends_it(void **state)
{
    (void)state;
    struct duel_run run;
    duel_run_open(&run, "/nowhere", "/nowhere");
    run.result.workloads[0].workload.class = WORKLOAD_WAITING;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    close(run.journal.fd);
    run.journal.fd = full;
    assert_int_equal(count(&run), EXIT_ENVIRONMENT);
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
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("duel_counts", tests, open_all, close_all);
}
