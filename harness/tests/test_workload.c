/* The data lines of workloads, and what a misspelt word in one is answered. */
#include <unistd.h>

#include "own_folder.h"

#include "data/catalog.h"

#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define WHOLE  "--| summary s\n--| isolates i\n--| route plaintext\n"

static void reads_a_workloads_data_lines(void **state)
{
    (void)state;
    struct workload workload;
    char *error = NULL;
    char *path = put_text("w.lua",
                          WHOLE "--|   class\tstateful  \r\n--| expect-status 204\n"
                                "--| expect-type text/plain\n"
                                "--| expect-body a\\r\\n\\x7b \\\"b\\\\\n--| keys 1000\n"
                                "--| warm-requests 5\n\n-- prose\nwrk.path = '/'\n",
                          0644);

    assert_int_equal(workload_read(&workload, path, &error), 0);
    assert_string_equal(workload.name, "w");
    assert_string_equal(workload.path, path);
    assert_string_equal(workload.summary, "s");
    assert_int_equal(workload.class, WORKLOAD_STATEFUL);
    assert_int_equal(workload.expect_status, 204);
    assert_string_equal(workload.expect_type, "text/plain");
    assert_string_equal(workload.expect_body, "a\r\n{ \"b\\");
    assert_int_equal(workload.keys, 1000);
    assert_int_equal(workload.warm_requests, 5);
    assert_int_equal(workload.wait_ms, 0);
    workload_release(&workload);
    free(path);
}

static void reads_what_stands_behind_the_servers(void **state)
{
    (void)state;
    struct workload workload;
    struct server_info server = {0};
    char *error = NULL;
    char *path = put_text("w.lua", WHOLE "--| class waiting\n--| upstream mhd-thread\n", 0644);

    assert_int_equal(workload_read(&workload, path, &error), 0);
    assert_string_equal(workload.upstream, "mhd-thread");
    assert_int_equal(workload.class, WORKLOAD_WAITING);
    assert_int_equal(workload.wait_ms, 0);
    assert_false(workload_suits(&workload, &server)); /* it says nothing of its routes */
    strings_split(&server.routes, "json plaintext");
    assert_true(workload_suits(&workload, &server));
    server_info_release(&server);
    workload_release(&workload);
    free(path);
}

static void who_declares_nothing_is_asked_for_everything_else(void **state)
{
    (void)state;
    struct workload workload = {.route = (char[]){"json"}};
    struct server_info server = {0};

    assert_true(workload_suits(&workload, &server));
    strings_split(&server.routes, "plaintext");
    assert_false(workload_suits(&workload, &server));
    server_info_release(&server);
}

static void reads_the_hash_of_a_body(void **state)
{
    (void)state;
    struct workload workload;
    char *error = NULL, *path = put_text("w.lua", WHOLE "--| expect-sha256 " SHA256 "\n", 0644);

    assert_int_equal(workload_read(&workload, path, &error), 0);
    assert_string_equal(workload.expect_sha256, SHA256);
    assert_null(workload.expect_body);
    workload_release(&workload);
    free(path);
}

static void a_workload_says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {WHOLE "--| sumary x\n", "w.lua:4: unknown key \"sumary\": did you mean \"summary\"?"},
        {WHOLE "--| expect_status 200\n",
         "w.lua:4: unknown key \"expect_status\": did you mean \"expect-status\"?"},
        {WHOLE "--| rate 5\n", "w.lua:4: unknown key \"rate\": did you mean \"route\"?"},
        {WHOLE "--| temperature 5\n",
         "w.lua:4: unknown key \"temperature\": known are summary, isolates, route, class, "
         "expect-status, expect-type, expect-body, expect-sha256, keys, wait-ms, upstream, "
         "warm-requests"},
        {WHOLE "--| class wating\n",
         "w.lua:4: unknown class \"wating\": did you mean \"waiting\"?"},
        {WHOLE "--| expect-status 2OO\n", "w.lua:4: \"2OO\" is not a whole number from 200 to 599"},
        {WHOLE "--| expect-status 100\n", "w.lua:4: \"100\" is not a whole number from 200 to 599"},
        {WHOLE "--| route json\n", "w.lua:4: route is said twice"},
        {WHOLE "--| class\n", "w.lua:4: class has no value"},
        {WHOLE "--|\n",
         "w.lua:4: unknown key \"\": known are summary, isolates, route, class, "
         "expect-status, expect-type, expect-body, expect-sha256, keys, wait-ms, upstream, "
         "warm-requests"},
        {WHOLE "--| expect-body a\\qb\n", "w.lua:4: \"\\qb\" is no escape of C that a body can "
                                          "hold: \\n \\r \\t \\\\ \\\" \\xHH are"},
        {WHOLE "--| expect-body a\\x00\n", "w.lua:4: \"\\x00\" is no escape of C that a body can "
                                           "hold: \\n \\r \\t \\\\ \\\" \\xHH are"},
        {WHOLE "--| expect-body a\\\n",
         "w.lua:4: \"\\\" is no escape of C that a body can hold: \\n \\r \\t \\\\ \\\" \\xHH are"},
        {WHOLE "-- prose\n--| class plain\n",
         "w.lua:5: data lines (--|) stand at the top, without a gap"},
        {WHOLE "--| class waiting\n",
         "w.lua: class waiting comes with wait-ms or upstream, and they with it"},
        {WHOLE "--| upstream epoll\n",
         "w.lua: class waiting comes with wait-ms or upstream, and they with it"},
        {WHOLE "--| upstream\n", "w.lua:4: upstream has no value"},
        {WHOLE "--| upstream ./epoll\n",
         "w.lua:4: \"./epoll\" is not the name of a server, as backbench list prints them: small "
         "letters, digits, dashes"},
        {WHOLE "--| upstraem epoll\n",
         "w.lua:4: unknown key \"upstraem\": did you mean \"upstream\"?"},
        {WHOLE "--| expect-sha256 " SHA256 "0\n",
         "w.lua:4: \"" SHA256 "0\" is not a SHA-256: 64 digits of 0-9 and a-f, as sha256sum prints "
         "them"},
        {WHOLE "--| expect-sha256 8F\n",
         "w.lua:4: \"8F\" is not a SHA-256: 64 digits of 0-9 and a-f, as sha256sum prints them"},
        {WHOLE "--| expect-body a\n--| expect-sha256 " SHA256 "\n",
         "w.lua: expect-body says it all: no expect-sha256 beside it"},
        {WHOLE "--| wait-ms 10\n",
         "w.lua: class waiting comes with wait-ms or upstream, and they with it"},
        {WHOLE "--| wait-ms 10001\n", "w.lua:4: \"10001\" is not a whole number from 1 to 10000"},
        {"--| summary s\n--| isolates i\n", "w.lua: no \"--| route\" line at the top"},
        {"wrk.path = '/'\n", "w.lua: no \"--| summary\" line at the top"},
        {"", "w.lua: no \"--| summary\" line at the top"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct workload workload;
        char *error = NULL, *path = put_text("w.lua", table[i].text, 0644);
        assert_int_equal(workload_read(&workload, path, &error), -1);
        assert_string_equal(below_folder(error), table[i].error);
        workload_release(&workload);
        free(error);
        free(path);
    }
}

static void a_script_alone_says_what_it_likes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned expect_status;
        const char *error; /* NULL: it is right */
    } table[] = {
        {"--| expect-status 404\n", 404, NULL},
        {"--| keys 10\n", 200, NULL},
        {"--| class waiting\n", 200, NULL},
        {"wrk.path = '/'\n", 0, NULL},
        {"", 0, NULL},
        {"--| expect-satus 404\n", 0,
         "w.lua:1: unknown key \"expect-satus\": did you mean \"expect-status\"?"},
        {"-- prose\n--| expect-status 404\n", 0,
         "w.lua:2: data lines (--|) stand at the top, without a gap"},
        {"--| expect-body a\n--| expect-sha256 " SHA256 "\n", 0,
         "w.lua: expect-body says it all: no expect-sha256 beside it"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct workload workload;
        char *error = NULL, *path = put_text("w.lua", table[i].text, 0644);
        int status = workload_read_alone(&workload, path, &error);
        if (table[i].error)
            assert_string_equal(below_folder(error), table[i].error);
        assert_int_equal(status, table[i].error ? -1 : 0);
        if (status == 0)
            assert_int_equal(workload.expect_status, table[i].expect_status);
        workload_release(&workload);
        free(error);
        free(path);
    }
}

/* Lua that would leave a trace if anybody ran it. */
static void a_workloads_script_is_not_executed(void **state)
{
    (void)state;
    struct workload workload;
    char *error = NULL, *trace = text_format("%s/trace", folder);
    char *text = text_format(WHOLE "io.open('%s', 'w'):close()\nerror('no')\n", trace);
    char *path = put_text("w.lua", text, 0644);

    assert_int_equal(workload_read(&workload, path, &error), 0);
    assert_int_equal(access(trace, F_OK), -1);
    workload_release(&workload);
    free(path);
    free(text);
    free(trace);
}

static void every_workload_here_is_whole(void **state)
{
    (void)state;
    struct paths paths;
    struct strings names = {0};
    char *error = NULL;

    assert_int_equal(paths_find(&paths, &error), 0);
    assert_int_equal(catalog_workloads(&paths, &names, &error), 0);
    for (size_t i = 0; i < names.count; i++) {
        struct workload workload;
        char *path = text_format("%s/%s.lua", paths.workloads, names.items[i]);
        if (workload_read(&workload, path, &error))
            fail_msg("%s", error);
        assert_string_equal(workload.name, names.items[i]);
        workload_release(&workload);
        free(path);
    }
    assert_true(names.count >= 7);
    strings_release(&names);
    paths_release(&paths);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(reads_a_workloads_data_lines),
        IN_FOLDER(reads_what_stands_behind_the_servers),
        cmocka_unit_test(who_declares_nothing_is_asked_for_everything_else),
        IN_FOLDER(reads_the_hash_of_a_body),
        IN_FOLDER(a_workload_says_what_is_wrong_and_where),
        IN_FOLDER(a_script_alone_says_what_it_likes),
        IN_FOLDER(a_workloads_script_is_not_executed),
        cmocka_unit_test(every_workload_here_is_whole),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("workload", tests, NULL, NULL);
}
