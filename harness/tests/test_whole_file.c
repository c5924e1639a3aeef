/* Files that are there as a whole, or as they were. */
#include "data/whole_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "data/strings.h"

enum { LITTLE_BYTES = 64, MUCH_BYTES = 4096 };

static char *folder, *path;

static int make_folder(void **state)
{
    (void)state;
    folder = text_format("%s/whole.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(folder));
    path = text_format("%s/file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    int result = rmdir(folder); /* fails where anything else was left in it */
    free(path);
    free(folder);
    return result;
}

static char *text_there(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_true(getdelim(&text, &size, '\0', file) >= 0);
    fclose(file);
    return text;
}

static void assert_there(const char *wanted)
{
    char *text = text_there();
    assert_string_equal(text, wanted);
    free(text);
}

static void a_file_is_made_and_replaced(void **state)
{
    (void)state;
    assert_int_equal(whole_file_write(path, "one\n", false), 0);
    assert_there("one\n");
    assert_int_equal(whole_file_write(path, "another, which is longer\n", true), 0);
    assert_there("another, which is longer\n");
}

static void what_a_killed_writer_left_is_replaced(void **state)
{
    char *beside = text_format("%s.new", path);
    FILE *file = fopen(beside, "we");
    (void)state;
    assert_non_null(file);
    fputs("half of what was to be writ", file);
    fclose(file);
    assert_int_equal(whole_file_write(path, "one\n", false), 0);
    assert_there("one\n");
    assert_int_equal(access(beside, F_OK), -1);
    free(beside);
}

/* As a full disk, but this process' own. */
static void allow_bytes(rlim_t most)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void what_cannot_be_written_leaves_what_was_there(void **state)
{
    char much[MUCH_BYTES + 1];
    (void)state;
    memset(much, 'm', MUCH_BYTES);
    much[MUCH_BYTES] = '\0';
    assert_int_equal(whole_file_write(path, "one\n", false), 0);
    signal(SIGXFSZ, SIG_IGN);
    allow_bytes(LITTLE_BYTES);
    int number = whole_file_write(path, much, false);
    allow_bytes(RLIM_INFINITY);
    assert_int_equal(number, EFBIG);
    assert_there("one\n");
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    char *nowhere = text_format("%s/nowhere/file", folder);
    (void)state;
    assert_int_equal(whole_file_write(nowhere, "one\n", false), ENOENT);
    free(nowhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_made_and_replaced, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_a_killed_writer_left_is_replaced, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_leaves_what_was_there, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_told, make_folder,
                                        remove_folder),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("whole_file", tests, NULL, NULL);
}
