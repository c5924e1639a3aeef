/*
 * What the tests of the conformance driver against servers with one defect
 * each share: the case that is there for a defect must catch it, and the
 * server without defect must pass all of them. Needs cmocka.h before it.
 */
#ifndef TESTS_DEFECTS_ROOM_H
#define TESTS_DEFECTS_ROOM_H

#include <assert.h>
#include <string.h>

#include "tests/check_room.h"

static bool is_case(const struct defect *defect)
{
    return strcmp(defect->caught_by, "crossing") != 0 && strcmp(defect->caught_by, "process") != 0;
}

static bool is_caught(const struct defect *defect, const char *folder)
{
    struct check_report report;
    check_defect(defect->name, folder, true, &report);
    bool found = is_found(&report.failures, defect->caught_by, defect->says);
    if (!found)
        print_all(&report.failures);
    else
        assert_true(report.failed > 0);
    check_report_release(&report);
    return found;
}

/* Whether a close meets a client that still sends is a race, so that this one may be tried again:
 * on a busy machine all may have been sent before. */
static bool is_race(const struct defect *defect)
{
    return strcmp(defect->name, "no-linger") == 0;
}

static void test_case_catches(void **state)
{
    enum { TRIES = 3 };
    const struct defect *defect = *state;
    const char *name = is_case(defect) ? defect->caught_by : "route-unknown";
    int tries = is_race(defect) ? TRIES : 1;
    char *folder = make_folder(name);
    char *relative = text_format("/%s", name);
    case_link(relative, name);
    bool found = false;
    while (!found && tries-- > 0)
        found = is_caught(defect, folder);
    assert_true(found);
    free(relative);
    free(folder);
}

/* The server without defect is not accused by any of the cases. */
static void expect_baseline(const struct defect *defects, size_t count)
{
    struct check_report report;
    char *folder = make_folder("all");
    case_link("/all", "route-unknown");
    for (size_t i = 0; i < count; i++)
        if (is_case(&defects[i]))
            case_link("/all", defects[i].caught_by);
    check_defect("none", folder, true, &report);
    print_all(&report.failures);
    assert_int_equal(report.failed, 0);
    assert_int_equal(report.failures.count, 0);
    assert_true(report.passed >
                14 * 3); /* most cases in three forms or four, and crossing clients */
    check_report_release(&report);
    free(folder);
}

#endif
