/*
 * The conformance driver against servers that are nobody's of ours, in whole or in part
 * (broken_server.c): what gates them, what is only said, what they have said themselves, and that
 * one who says nothing is not waited for.
 *
 * run-tests: waits
 * run-tests: timeout 300
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "check/again.h"
#include "check/check.h"
#include "check/exchange.h"
#include "measure/clock.h"
#include "measure/describe.h"
#include "tests/check_room.h"

static void test_foreign_route_gates(void **state)
{
    (void)state;
    struct check_report report;
    char *folder = make_folder("foreign");
    case_link("/foreign", "route-plaintext");
    case_link("/foreign", "framing-bare-lf-all");
    check_defect("wrong-body", folder, false, &report);
    assert_true(is_found(&report.failures, "route-plaintext", "Hello, world!"));
    assert_true(strings_contain(&report.broken_routes, "plaintext"));
    char asked[] = "plaintext", other[] = "json";
    const struct workload plaintext = {.name = asked, .route = asked},
                          json = {.name = other, .route = other};
    const char *how = check_report_bars(&report, &plaintext);
    assert_non_null(how);
    assert_non_null(strstr(how, "is answered wrongly: "));
    assert_non_null(strstr(how, "Hello, world!"));
    assert_null(check_report_bars(&report, &json));
    check_report_release(&report);
    check_defect("accepts-lf", folder, false, &report);
    print_all(&report.failures);
    assert_int_equal(report.failed, 0);
    assert_true(is_found(&report.differences, "framing-bare-lf-all", "status 400, got 200"));
    assert_int_equal(report.broken_routes.count, 0);
    check_report_release(&report);
    free(folder);
}

static void test_foreign_fields_differ_only(void **state)
{
    (void)state;
    struct check_report report;
    char *folder = make_folder("fields");
    case_link("/fields", "route-plaintext");
    check_defect("extra-field", folder, false, &report);
    print_all(&report.failures);
    assert_int_equal(report.failed, 0);
    assert_true(is_found(&report.differences, "route-plaintext", "X-Powered-By"));
    check_report_release(&report);
    free(folder);
}

/* The process contract binds ours; of others the long form says where they differ. */
static void test_foreign_process_differs_only(void **state)
{
    (void)state;
    char error[512], *unreadable = NULL, *path = server_link("no-limit");
    struct check_report report;
    struct server_info info;
    char *folder = make_folder("process");
    case_link("/process", "route-plaintext");
    assert_int_equal(server_describe(&info, "no-limit", path, error, sizeof(error)), 0);
    info.own_core = info.own_app = false;
    struct check_options options = {.cases = folder, .address = "127.0.0.1"};
    assert_int_equal(check_servers(&info, 1, &options, &report, &unreadable), 0);
    print_all(&report.failures);
    assert_int_equal(report.failed, 0);
    assert_true(is_found(&report.differences, "max-connections", "to wait in the backlog"));
    assert_false(is_found(&report.differences, "drain", ""));
    check_report_release(&report);
    server_info_release(&info);
    free(folder);
    free(path);
}

/* ---- what a server says it fails ---- */

/* server-accepts-lf, our app behind somebody else's parser,
 * asked two cases of which it fails one in every form. */
static void check_diverging(const struct strings *diverges, struct check_report *report)
{
    char error[512], *path = server_link("accepts-lf"), *folder = make_folder("diverging");
    struct server_info info;
    case_link("/diverging", "route-unknown");
    case_link("/diverging", "route-plaintext");
    case_link("/diverging", "framing-bare-lf-all");
    assert_int_equal(server_describe(&info, "accepts-lf", path, error, sizeof(error)), 0);
    info.own_core = false;
    strings_copy(&info.diverges, diverges);
    struct check_options options = {.cases = folder, .short_form = true, .address = "127.0.0.1"};
    char *unreadable = NULL;
    assert_int_equal(check_servers(&info, 1, &options, report, &unreadable), 0);
    server_info_release(&info);
    free(folder);
    free(path);
}

static const struct {
    const char *name, *diverges;
    unsigned failed, diverged, recovered; /* in the forms whole, split and bytes */
} listings[] = {
    {"what our app fails behind another parser counts", NULL, 3, 0, 0},
    {"a listed case fails without harm, in each form", "framing-bare-lf-all it does", 0, 3, 0},
    {"a listed form does not cover the others", "framing-bare-lf-all/split it does", 2, 1, 0},
    {"a name that is no case fails the description alone", "framing-bare it does", 1, 0, 0},
    {"the question of a route cannot be listed", "route-plaintext it does", 1, 0, 0},
    {"a listed case that passes is said", "route-unknown/whole it does", 3, 0, 1},
};

static void test_divergences(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(listings); i++) {
        struct strings diverges = {0};
        struct check_report report;
        print_message("# %s\n", listings[i].name);
        if (listings[i].diverges)
            strings_add(&diverges, listings[i].diverges);
        check_diverging(&diverges, &report);
        print_all(&report.failures);
        assert_int_equal(report.failed, listings[i].failed);
        assert_int_equal(report.diverged, listings[i].diverged);
        assert_int_equal(report.divergences.count, listings[i].diverged > 0);
        assert_int_equal(report.recovered, listings[i].recovered);
        assert_true(report.recoveries.count == 0 ||
                    is_found(&report.recoveries, "ok - route-unknown", "no longer diverges"));
        check_report_release(&report);
        strings_release(&diverges);
    }
}

/* ---- silence ---- */

/* Asked as nobody's own server that declares nothing: then no single case gates it. */
static void check_stranger(const char *defect, const char *folder, struct check_report *report)
{
    char error[512], *path = server_link(defect);
    struct server_info info;
    assert_int_equal(server_describe(&info, defect, path, error, sizeof(error)), 0);
    info.own_core = info.own_app = info.described = false;
    strings_release(&info.routes);
    struct check_options options = {.cases = folder, .short_form = true, .address = "127.0.0.1"};
    char *unreadable = NULL;
    assert_int_equal(check_servers(&info, 1, &options, report, &unreadable), 0);
    server_info_release(&info);
    free(path);
}

/* Three forms or four of each, so more exchanges than are played at a time:
 * a server that is waited for in each batch costs some time-outs. */
static char *make_many_cases(void)
{
    char *folder = make_folder("many"), *target = case_path("route-plaintext");
    for (int i = 0; i < EXCHANGE_PARALLEL; i++) {
        char *path = text_format("%s/copy-%d.case", folder, i);
        link_once(target, path);
        free(path);
    }
    free(target);
    return folder;
}

static void test_silence_fails_soon(void **state)
{
    (void)state;
    static const struct {
        const char *defect, *says;
        int limit_ms; /* on a machine that has other things to do: three time-outs at most */
    } table[] = {
        {"mute", "got not one byte", EXCHANGE_MUTE_MS + 2 * EXCHANGE_TIMEOUT_MS},
        {"hangs-up", "got not one byte", EXCHANGE_MUTE_MS + 2 * EXCHANGE_TIMEOUT_MS},
        {"hushed", "got nothing on any connection", EXCHANGE_HUSH_MS + EXCHANGE_TIMEOUT_MS},
    };
    char *folder = make_many_cases();
    for (size_t i = 0; i < COUNT(table); i++) {
        struct check_report report;
        int64_t started_ns = monotonic_ns();
        check_stranger(table[i].defect, folder, &report);
        int took_ms = (int)((monotonic_ns() - started_ns) / NS_PER_MS);
        print_message("# %s: %d ms\n", table[i].defect, took_ms);
        print_all(&report.failures);
        assert_int_equal(report.failed, 1);
        assert_true(is_found(&report.failures, "silence", table[i].says));
        assert_true(took_ms < table[i].limit_ms);
        check_report_release(&report);
    }
    free(folder);
}

/* ---- lateness ---- */

static size_t count_saying(const struct strings *findings, const char *says)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++)
        count += strstr(findings->items[i], says) != NULL;
    return count;
}

/* Copies of a case that hangs in every form: asked again one
 * by one, they would cost their time-out each. */
static void test_late_again_is_given_up(void **state)
{
    enum { COPIES = 8, FORMS = 3 };
    (void)state;
    struct check_report report;
    char *folder = make_folder("late"), *target = case_path("connection-close");
    for (int i = 0; i < COPIES; i++) {
        char *path = text_format("%s/copy-%d.case", folder, i);
        link_once(target, path);
        free(path);
    }
    int64_t started_ns = monotonic_ns();
    check_defect("keeps-open", folder, true, &report);
    int took_ms = (int)((monotonic_ns() - started_ns) / NS_PER_MS);
    size_t again = count_saying(&report.failures, ", asked again"),
           left = count_saying(&report.failures, ", not asked again");
    print_message("# %d ms, %zu asked again, %zu not\n", took_ms, again, left);
    assert_int_equal(report.failed, COPIES * FORMS);
    assert_int_equal(again + left, report.failed);
    assert_in_range(again, 1, AGAIN_MOST);
    assert_true(took_ms < EXCHANGE_TIMEOUT_MS + AGAIN_MOST * AGAIN_SHORT_MS + 5000);
    check_report_release(&report);
    free(target);
    free(folder);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        {.name = "a foreign server fails by its declared routes alone",
         .test_func = test_foreign_route_gates},
        {.name = "other header fields of a foreign server are a difference",
         .test_func = test_foreign_fields_differ_only},
        {.name = "cases that a server says it fails are counted apart",
         .test_func = test_divergences},
        {.name = "a foreign server that breaks the process contract differs",
         .test_func = test_foreign_process_differs_only},
        {.name = "a server that says nothing fails, and soon",
         .test_func = test_silence_fails_soon},
        {.name = "what is late again is given up after a bounded time",
         .test_func = test_late_again_is_given_up},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("check_foreign", tests, make_room, remove_room);
}
