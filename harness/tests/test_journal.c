/*
 * A run written: the golden one byte for byte, but for how its histograms were deflated; to a full
 * disk and to a place that cannot be written; locked; and what is left of one whose harness was
 * killed. `test_journal write FOLDER` writes the golden run anew after a change of the schema.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "golden_run.h"

#include "data/histogram_v2.h"

static void put_bins(FILE *out, const char *base64, size_t len)
{
    struct histogram histogram;
    char *error = NULL;

    if (histogram_v2_decode(&histogram, base64, len, &error))
        fail_msg("%s", error);
    for (size_t i = 0; i < histogram.count; i++)
        fprintf(out, "[%u,%llu]", histogram.bins[i].index,
                (unsigned long long)histogram.bins[i].count);
    histogram_release(&histogram);
}

/* The file with its histograms as bins, because which bytes deflate to the same is a matter of
 * zlib's version; the caller frees. */
static char *read_with_bins(const char *path)
{
    static const char key[] = "\"base64\":\"";
    char *text = read_file(path), *from = text, *bins = NULL;
    size_t size;

    if (!text)
        fail_msg("%s cannot be read", path);
    FILE *out = open_memstream(&bins, &size);
    for (char *at; (at = strstr(from, key)); from = strchr(at, '"')) {
        at += strlen(key);
        fwrite(from, 1, (size_t)(at - from), out);
        put_bins(out, at, strcspn(at, "\""));
    }
    fputs(from, out);
    fclose(out);
    free(text);
    return bins;
}

static void expect_golden(const char *directory, const char *name)
{
    char *ours = text_format("%s/%s", directory, name);
    char *relative = text_format("results/golden/%s", name), *golden = tree_path(relative);
    char *written = read_with_bins(ours), *expected = read_with_bins(golden);

    assert_string_equal(written, expected);
    free(written);
    free(expected);
    free(ours);
    free(relative);
    free(golden);
}

static void the_golden_run_is_what_the_code_writes(void **state)
{
    (void)state;
    char *directory = write_run(folder);

    expect_golden(directory, "rounds.jsonl");
    expect_golden(directory, "result.json");
    free(directory);
}

static void a_folder_is_named_for_time_host_and_experiment(void **state)
{
    (void)state;
    char *first = write_run(folder), *second = write_run(folder);

    assert_string_equal(first + strlen(folder), "/20260131T101500Z-golden-quick");
    assert_string_equal(second + strlen(folder), "/20260131T101500Z-golden-quick-2");
    free(first);
    free(second);
}

/* So that a tree with results in it is as clean as before. */
static void git_does_not_see_a_folder_of_results(void **state)
{
    (void)state;
    char *results = text_format("%s/results", folder), *ignored = NULL;
    char line[64] = "";

    free(write_run(results));
    ignored = text_format("%s/.gitignore", results);
    FILE *file = fopen(ignored, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        ;
    fclose(file);
    assert_string_equal(line, "*\n");
    assert_int_equal(unlink(ignored), 0);
    free(write_run(results));
    assert_int_equal(access(ignored, F_OK), -1); /* somebody wants to see them */
    free(ignored);
    free(results);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static off_t size_of(const char *path)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

static void a_full_disk_is_said_before_the_first_round(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    char *error = NULL, *directory = text_format("%s/20260131T101500Z-golden-quick", folder);

    make_header(&result);
    limit_files(100000);
    int status = journal_open(&journal, folder, &result, &error);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, -1);
    assert_non_null(
        strstr(error, "rounds.jsonl cannot be written (No space left on device): make room"));
    assert_int_equal(access(directory, F_OK), -1);
    free(directory);
    free(error);
    result_release(&result);
}

static void a_line_that_does_not_fit_is_taken_back_and_said(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    struct round round;
    char *error = NULL;

    make_header(&result);
    make_round(&round, 1, 0, ROLE_SUBJECT);
    assert_int_equal(journal_open(&journal, folder, &result, &error), 0);
    char *path = rounds_of(result.directory);
    off_t before = size_of(path);
    limit_files((rlim_t)before + 100);
    int status = journal_add(&journal, &result, &round, 1, &error);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, -1);
    assert_memory_equal(error, path, strlen(path));
    assert_non_null(strstr(error, "make room"));
    assert_int_equal(size_of(path), before);
    free(error);
    error = NULL;
    assert_int_equal(journal_add(&journal, &result, &round, 1, &error), 0);
    assert_int_equal(journal_close(&journal, &result, &error), 0);
    char *read = load_and_dump(path);
    assert_non_null(strstr(read, "\"finished_utc\":null"));
    free(read);
    round_release(&round);
    result_release(&result);
    free(path);
}

static void a_place_that_cannot_be_written_is_said_before_the_first_round(void **state)
{
    (void)state;
    static const char *const remedy = ": run from a folder you may write to";
    struct journal journal;
    struct result result;
    char *error = NULL;

    make_header(&result);
    assert_int_equal(journal_open(&journal, "/sys", &result, &error), -1);
    assert_memory_equal(error, "/sys/2026", strlen("/sys/2026"));
    assert_non_null(strstr(error, remedy));
    free(error);
    result_release(&result);
}

static void a_seed_too_large_for_json_is_refused(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    char *error = NULL;

    make_header(&result);
    result.seed = RESULT_SEED_LIMIT;
    assert_int_equal(journal_open(&journal, folder, &result, &error), -1);
    assert_string_equal(error,
                        "the seed 9007199254740992 is not below 2^53, which JSON numbers can hold");
    free(error);
    result_release(&result);
}

static void a_run_is_locked_while_it_lasts(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    char *error = NULL;

    make_header(&result);
    assert_int_equal(journal_open(&journal, folder, &result, &error), 0);
    char *path = rounds_of(result.directory);
    int fd = open(path, O_RDONLY);
    assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    assert_int_equal(journal_close(&journal, &result, &error), 0);
    assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), 0);
    close(fd);
    free(path);
    result_release(&result);
}

static pid_t start_child(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        pause();
        _exit(0);
    }
    return pid;
}

static size_t count_survivors(void)
{
    struct survivor *survivors;
    size_t count = survivors_find(&survivors, folder);

    survivors_release(survivors, count);
    return count;
}

static void processes_left_by_a_killed_run_are_found(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    struct survivor *survivors;
    char *error = NULL;

    make_header(&result);
    assert_int_equal(journal_open(&journal, folder, &result, &error), 0);
    pid_t pid = start_child();
    assert_int_equal(journal_note_pids(&journal, &pid, 1, &error), 0);
    assert_int_equal(count_survivors(), 0); /* the run holds its lock: they are no survivors */

    /* A kill -9 of the harness drops the lock; the child here holds a copy of it, as no server
     * started with exec does. */
    flock(journal.fd, LOCK_UN);
    assert_int_equal(survivors_find(&survivors, folder), 1);
    assert_int_equal(survivors[0].pid, pid);
    assert_string_equal(survivors[0].directory, result.directory);
    assert_string_equal(survivors[0].command, "test_journal");
    survivors_release(survivors, 1);

    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(count_survivors(), 0);
    assert_int_equal(journal_close(&journal, &result, &error), 0);
    result_release(&result);
}

/* The pid of a process that is alive, but was started at another time: a number used again. */
static void a_pid_used_again_is_no_survivor(void **state)
{
    (void)state;
    struct journal journal;
    struct result result;
    char *error = NULL;
    int self = getpid();

    make_header(&result);
    assert_int_equal(journal_open(&journal, folder, &result, &error), 0);
    assert_int_equal(journal_note_pids(&journal, &self, 1, &error), 0);
    flock(journal.fd, LOCK_UN);
    assert_int_equal(count_survivors(), 1);
    char *path = text_format("%s/running", result.directory);
    char *other = text_format("%d 1 test_journal\n", self);
    write_file(path, other, strlen(other));
    assert_int_equal(count_survivors(), 0);
    assert_int_equal(journal_note_pids(&journal, NULL, 0, &error), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(journal_close(&journal, &result, &error), 0);
    free(other);
    free(path);
    result_release(&result);
}

/* Renames the files of a run below to's parent into to. */
static int write_golden(const char *to)
{
    static const char *const names[] = {"rounds.jsonl", "result.json"};
    char *directory = write_run(to);

    for (size_t i = 0; i < 2; i++) {
        char *from = text_format("%s/%s", directory, names[i]);
        char *into = text_format("%s/%s", to, names[i]);
        if (rename(from, into) < 0)
            perror(into);
        free(from);
        free(into);
    }
    int status = rmdir(directory);
    free(directory);
    return status;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_golden_run_is_what_the_code_writes),
        IN_FOLDER(a_folder_is_named_for_time_host_and_experiment),
        IN_FOLDER(git_does_not_see_a_folder_of_results),
        IN_FOLDER(a_full_disk_is_said_before_the_first_round),
        IN_FOLDER(a_line_that_does_not_fit_is_taken_back_and_said),
        cmocka_unit_test(a_place_that_cannot_be_written_is_said_before_the_first_round),
        IN_FOLDER(a_seed_too_large_for_json_is_refused),
        IN_FOLDER(a_run_is_locked_while_it_lasts),
        IN_FOLDER(processes_left_by_a_killed_run_are_found),
        IN_FOLDER(a_pid_used_again_is_no_survivor),
    };

    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return write_golden(argv[2]) == 0 ? 0 : 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
