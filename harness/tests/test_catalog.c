/* Where things are found, in which order servers stand, and what one says of itself. */
#include <stdlib.h>
#include <unistd.h>

#include "own_folder.h"

#include "data/catalog.h"

static void expect_path(const char *path, const char *below)
{
    char *expected = text_format("%s/%s", folder, below);

    assert_string_equal(path, expected);
    free(expected);
}

static void finds_data_in_a_build_tree(void **state)
{
    (void)state;
    static const char *const binaries[] = {"tree/build/bin",
                                           "tree/build/san-address-undefined/bin"};

    put_file("tree/workloads/plaintext.lua", 0644);
    put_file("tree/harness/experiments/bench.ini", 0644);
    for (size_t i = 0; i < 2; i++) {
        struct paths paths;
        char *error = NULL, *binary = text_format("%s/%s/backbench", folder, binaries[i]);
        assert_int_equal(paths_find_from(&paths, binary, &error), 0);
        expect_path(paths.servers, binaries[i]);
        expect_path(paths.workloads, "tree/workloads");
        expect_path(paths.experiments, "tree/harness/experiments");
        expect_path(paths.conformance, "tree/servers/tests/conformance");
        expect_path(paths.report, "tree/report");
        expect_path(paths.lua, "tree/harness/measure");
        expect_path(paths.external, "tree/servers/external");
        paths_release(&paths);
        free(binary);
    }
}

static void finds_data_below_a_prefix_even_inside_a_tree(void **state)
{
    (void)state;
    struct paths paths;
    char *error = NULL, *binary = text_format("%s/tree/out/bin/backbench", folder);

    put_file("tree/workloads/plaintext.lua", 0644);
    put_file("tree/harness/experiments/bench.ini", 0644);
    put_file("tree/out/share/backbench/workloads/plaintext.lua", 0644);
    assert_int_equal(paths_find_from(&paths, binary, &error), 0);
    expect_path(paths.servers, "tree/out/libexec/backbench");
    expect_path(paths.workloads, "tree/out/share/backbench/workloads");
    expect_path(paths.experiments, "tree/out/share/backbench/experiments");
    expect_path(paths.conformance, "tree/out/share/backbench/conformance");
    expect_path(paths.report, "tree/out/share/backbench/report");
    expect_path(paths.lua, "tree/out/share/backbench/lua");
    expect_path(paths.external, "tree/out/share/backbench/external");
    paths_release(&paths);
    free(binary);
}

static void says_where_it_looked_for_data(void **state)
{
    (void)state;
    struct paths paths;
    char *error = NULL, *binary = text_format("%s/bin/backbench", folder);

    assert_int_equal(paths_find_from(&paths, binary, &error), -1);
    assert_non_null(strstr(error, "neither in a source tree above it nor in ../share/backbench"));
    paths_release(&paths);
    free(error);
    free(binary);
}

/* The test runs from its build tree, so the real thing must be found. */
static void finds_the_tree_this_test_was_built_in(void **state)
{
    (void)state;
    struct paths paths;
    struct strings workloads = {0}, experiments = {0};
    char *error = NULL;

    assert_int_equal(paths_find(&paths, &error), 0);
    assert_int_equal(catalog_workloads(&paths, &workloads, &error), 0);
    assert_int_equal(catalog_experiments(&paths, &experiments, &error), 0);
    assert_true(strings_contain(&workloads, "plaintext"));
    assert_true(strings_contain(&experiments, "bench"));
    strings_release(&workloads);
    strings_release(&experiments);
    paths_release(&paths);
}

static void lists_servers_from_simple_to_involved_ceilings_last(void **state)
{
    (void)state;
    static const char *const names[] = {"ceiling-uring", "uring",   "zig", "mhd-thread",
                                        "thread",        "ceiling", "mhd", "epoll",
                                        "aio",           "uv",      "pool"};
    struct paths paths = {.servers = folder};
    struct strings listed = {0};
    char *error = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *name = text_format("server-%s", names[i]);
        put_file(name, 0755);
        free(name);
    }
    put_file("server-not-executable", 0644);
    put_file("server-", 0755);
    put_file("backbench", 0755);
    assert_int_equal(catalog_servers(&paths, &listed, &error), 0);
    char *joined = strings_join(&listed, " ");
    if (geteuid() != 0)
        assert_null(strstr(joined, "not-executable"));
    assert_string_equal(joined,
                        "thread pool epoll uring uv mhd mhd-thread aio zig ceiling ceiling-uring");
    free(joined);
    strings_release(&listed);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    (void)state;
    char *missing = text_format("%s/none", folder), *error = NULL;
    struct paths paths = {.servers = missing, .workloads = missing, .experiments = missing};
    struct strings names = {0};

    assert_int_equal(catalog_workloads(&paths, &names, &error), -1);
    assert_string_equal(below_folder(error), "none cannot be opened: No such file or directory");
    free(error);
    free(missing);
}

static void takes_a_servers_description(void **state)
{
    (void)state;
    struct server_info info;

    server_info_init(&info, "server-x", "/bin/x");
    assert_int_equal(server_info_line(&info, "name epoll\n"), 0);
    assert_int_equal(server_info_line(&info, "model event loop"), 0);
    assert_int_equal(server_info_line(&info, "summary  one loop, all connections"), 0);
    assert_int_equal(server_info_line(&info, "differs own parser"), 0);
    assert_int_equal(server_info_line(&info, "differs no deadlines"), 0);
    assert_int_equal(server_info_line(&info, "library liburing 2.3"), 0);
    assert_int_equal(server_info_line(&info, "routes plaintext json"), 0);
    assert_int_equal(server_info_line(&info, "workers-meaning event loops"), 0);
    assert_int_equal(server_info_line(&info, "diverges some-case its library does"), 0);
    assert_int_equal(server_info_line(&info, "core app"), 0);
    assert_true(info.own_app && !info.own_core);
    assert_int_equal(server_info_line(&info, "core backbench"), 0);
    assert_int_equal(server_info_line(&info, "colour blue"), -1);
    assert_int_equal(server_info_line(&info, ""), -1);
    assert_string_equal(info.name, "epoll");
    assert_string_equal(info.path, "/bin/x");
    assert_string_equal(info.model, "event loop");
    assert_string_equal(info.summary, "one loop, all connections");
    assert_string_equal(info.workers_meaning, "event loops");
    assert_int_equal(info.differs.count, 2);
    assert_string_equal(info.libraries.items[0], "liburing 2.3");
    assert_true(strings_contain(&info.routes, "json"));
    assert_string_equal(info.diverges.items[0], "some-case its library does");
    assert_true(info.own_core && info.own_app && !info.ceiling);
    assert_int_equal(server_info_line(&info, "model ceiling"), 0);
    assert_true(info.ceiling);
    server_info_release(&info);
}

static void a_program_is_found_as_exec_would(void **state)
{
    (void)state;
    char *before = xstrdup(getenv("PATH")), *here = getcwd(NULL, 0);
    static const struct {
        const char *path, *found; /* %s: the folder; found below it, or "./" for here */
    } table[] = {
        {"%s/none:%s/a:%s/b", "/a/tool"},
        {"%s/b:%s/a", "/b/tool"},
        {"%s/none::%s/a", "./tool"},
        {":%s/a", "./tool"},
        {"%s/none:", "./tool"},
        {"", "./tool"},
        {"%s/c:%s/b", "/b/tool"},
        {"%s/d:%s/b", "/b/tool"},
        {"%s/none", NULL},
    };
    put_file("a/tool", 0755);
    put_file("b/tool", 0755);
    put_file("c/tool", 0644);      /* may not be executed */
    put_file("d/tool/file", 0755); /* a folder */
    put_file("tool", 0755);
    assert_int_equal(chdir(folder), 0);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct strings parts = {0};
        for (const char *at = table[i].path; *at; at += at[0] == '%' ? 2 : 1)
            strings_add(&parts, at[0] == '%' ? folder : (char[2]){at[0]});
        char *path = strings_join(&parts, ""), *found;
        setenv("PATH", path, 1);
        found = program_find("tool");
        if (!table[i].found)
            assert_null(found);
        else
            assert_string_equal(table[i].found[0] == '.' || !found ? found : found + strlen(folder),
                                table[i].found);
        free(found);
        free(path);
        strings_release(&parts);
    }
    char *direct = program_find("./tool");
    assert_string_equal(direct, "./tool");
    assert_null(program_find("./none"));
    free(direct);
    setenv("PATH", before, 1);
    assert_int_equal(chdir(here), 0);
    free(before);
    free(here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_program_is_found_as_exec_would),
        IN_FOLDER(finds_data_in_a_build_tree),
        IN_FOLDER(finds_data_below_a_prefix_even_inside_a_tree),
        IN_FOLDER(says_where_it_looked_for_data),
        cmocka_unit_test(finds_the_tree_this_test_was_built_in),
        IN_FOLDER(lists_servers_from_simple_to_involved_ceilings_last),
        IN_FOLDER(a_folder_that_is_not_there_is_named),
        cmocka_unit_test(takes_a_servers_description),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
