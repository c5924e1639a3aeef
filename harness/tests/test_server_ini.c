/* What a server.ini says, what a misspelt word in one is answered,
 * and what is said of a server that is not installed. */
#include <unistd.h>

#include "own_folder.h"

#include "data/catalog.h"

#define SAID "model = m\nsummary = s\nlanguage = C\n"

static char *put_server(const char *name, const char *text)
{
    char *run = text_format("external/%s/run", name);
    char *ini = text_format("external/%s/server.ini", name);

    put_file(run, 0755);
    char *path = put_text(ini, text, 0644);
    free(run);
    free(ini);
    return path;
}

static void reads_all_there_is_to_say(void **state)
{
    (void)state;
    struct server_info info;
    char *error = NULL;
    char *path =
        put_server("sshd", "; a comment\nname = sshd\nmodel = event loops\nsummary = fast\n"
                           "language = Rust\nhomepage = https://example.org/\n"
                           "workers_meaning = threads\nroutes = plaintext, bytes\n"
                           "differs = one way\n  differs = another, with a comma\n"
                           "start_timeout_s = 60\nneeds = sh\ninstall = type this\n"
                           "build = make\nrun = run\n");

    if (server_ini_read(&info, path, &error) != 0)
        fail_msg("%s", error);
    assert_string_equal(info.name, "sshd");
    assert_string_equal(below_folder(info.path), "external/sshd/run");
    assert_string_equal(info.model, "event loops");
    assert_string_equal(info.summary, "fast");
    assert_string_equal(info.language, "Rust");
    assert_string_equal(info.homepage, "https://example.org/");
    assert_string_equal(info.workers_meaning, "threads");
    assert_int_equal(info.routes.count, 2);
    assert_true(strings_contain(&info.routes, "bytes"));
    assert_int_equal(info.differs.count, 2);
    assert_string_equal(info.differs.items[1], "another, with a comma");
    assert_int_equal(info.start_timeout_s, 60);
    assert_true(info.external && info.described && !info.own_core && !info.ceiling);
    assert_non_null(strstr(info.program, "/sh"));
    assert_null(info.missing);
    server_info_release(&info);
    free(path);
}

static void what_is_left_out_is_not_said(void **state)
{
    (void)state;
    struct server_info info;
    char *error = NULL, *path = put_server("x", SAID);

    assert_int_equal(server_ini_read(&info, path, &error), 0);
    assert_int_equal(info.start_timeout_s, 0);
    assert_int_equal(info.routes.count, 0);
    assert_null(info.homepage);
    assert_null(info.program);
    assert_null(info.missing);
    server_info_release(&info);
    free(path);
}

/* Each sentence begins with the file; what stands here follows it. */
static const struct {
    const char *text, *says;
} refused[] = {
    {SAID "languages = C\n", ":4: unknown key \"languages\": did you mean \"language\"?"},
    {SAID "port = 80\n", ":4: unknown key \"port\": known are name, model"},
    {SAID "start_timeout_s = soon\n",
     ":4: start_timeout_s = soon is not a whole number from 1 to 600"},
    {SAID "start_timeout_s = 0\n", ":4: start_timeout_s = 0 is not a whole number from 1 to 600"},
    {SAID "routes =\n", ":4: routes has no value"},
    {SAID "model = n\n", ":4: model is said twice"},
    {"[server]\n" SAID, ":2: there are no sections here, so no [server]"},
    {SAID "nonsense\n", ":4: neither [section], nor key = value, nor ; comment"},
    {"model = m\nlanguage = C\n", " says no summary"},
    {"model = m\nsummary = s\n", " says no language"},
    {SAID "name = y\n", ": name = y, but its folder is called x"},
    {SAID "run = start\n", ": run = start: "},
};

static void each_mistake_is_named_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct server_info info;
        char *error = NULL, *path = put_server("x", refused[i].text);
        if (server_ini_read(&info, path, &error) != -1)
            fail_msg("%s: is taken", refused[i].text);
        const char *says = below_folder(error) + strlen("external/x/server.ini");
        if (strncmp(says, refused[i].says, strlen(refused[i].says)) != 0)
            fail_msg("%s: \"%s\"", refused[i].text, error);
        server_info_release(&info);
        free(error);
        free(path);
    }
}

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct server_info info;
    char *error = NULL;

    assert_int_equal(server_ini_read(&info, "/nowhere/x/server.ini", &error), -1);
    assert_non_null(strstr(error, "/nowhere/x/server.ini cannot be read: No such file"));
    server_info_release(&info);
    free(error);
}

static void what_is_missing_is_said_with_how_to_get_it(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } table[] = {
        {SAID "needs = nobody-has-this\ninstall = sh scripts/deps nobody\n",
         "nobody-has-this is not installed; type: sh scripts/deps nobody"},
        {SAID "needs = sh nobody-has-this\n", "it needs nobody-has-this, which is not here"},
        {SAID "needs = ./target/x\nbuild = cargo build --release\n",
         "/external/x && cargo build --release"},
        {SAID "needs = /nowhere/x\ninstall = ask\n", "/nowhere/x is not installed; type: ask"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct server_info info;
        char *error = NULL, *path = put_server("x", table[i].text);
        assert_int_equal(server_ini_read(&info, path, &error), 0);
        assert_non_null(info.missing);
        if (!strstr(info.missing, table[i].says))
            fail_msg("%s", info.missing);
        server_info_release(&info);
        free(path);
    }
}

static void what_a_build_has_made_is_found_below_the_folder(void **state)
{
    (void)state;
    struct server_info info;
    char *error = NULL, *path = put_server("x", SAID "needs = target/x\nbuild = make\n");

    put_file("external/x/target/x", 0755);
    assert_int_equal(server_ini_read(&info, path, &error), 0);
    assert_null(info.missing);
    assert_string_equal(below_folder(info.program), "external/x/target/x");
    server_info_release(&info);
    free(path);
}

/* Everybody's PATH has it or not: the service is found all the same. */
static void a_service_is_found_where_services_stand(void **state)
{
    (void)state;
    char *old = xstrdup(getenv("PATH"));

    put_file("bin/hello", 0755);
    setenv("PATH", folder, 1);
    assert_null(program_find_service("hello"));
    assert_null(program_find("chroot"));
    char *found =
        program_find_service("chroot"); /* of coreutils: in /usr/sbin where there is one */
    setenv("PATH", old, 1);
    if (found)
        assert_non_null(strstr(found, "sbin/chroot"));
    else
        assert_int_not_equal(access("/usr/sbin/chroot", X_OK), 0);
    free(found);
    free(old);
}

static void the_catalog_lists_them_before_the_ceilings(void **state)
{
    (void)state;
    char *external = text_format("%s/external", folder);
    struct paths paths = {.servers = folder, .external = external};
    struct strings listed = {0};
    char *error = NULL;

    free(put_server("zig", SAID));
    free(put_server("epoll", SAID)); /* a binary of that name wins */
    put_file("external/contract.sh", 0644);
    put_file("external/half-done/run", 0755);
    put_file("server-epoll", 0755);
    put_file("server-ceiling", 0755);
    assert_int_equal(catalog_servers(&paths, &listed, &error), 0);
    char *joined = strings_join(&listed, " ");
    assert_string_equal(joined, "epoll zig ceiling");
    char *ini = catalog_server_ini(&paths, "zig");
    assert_string_equal(below_folder(ini), "external/zig/server.ini");
    assert_null(catalog_server_ini(&paths, "epoll"));
    assert_null(catalog_server_ini(&paths, "half-done"));
    free(ini);
    free(joined);
    free(external);
    strings_release(&listed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(reads_all_there_is_to_say),
        IN_FOLDER(what_is_left_out_is_not_said),
        IN_FOLDER(each_mistake_is_named_with_its_line),
        IN_FOLDER(a_file_that_is_not_there_is_named),
        IN_FOLDER(what_is_missing_is_said_with_how_to_get_it),
        IN_FOLDER(what_a_build_has_made_is_found_below_the_folder),
        IN_FOLDER(a_service_is_found_where_services_stand),
        IN_FOLDER(the_catalog_lists_them_before_the_ceilings),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("server ini", tests, NULL, NULL);
}
