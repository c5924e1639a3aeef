#include "check/divergence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "present/divergences.h"

static char plain[] = "plain", odd[] = "odd", odder[] = "odder", x[] = "x";
static struct test_case items[] = {{.name = plain, .gate = true}, {.name = odd}, {.name = odder}};
static const struct test_cases cases = {items, 3};

static const struct {
    const char *name, *line, *says; /* NULL: accepted */
} descriptions[] = {
    {"a case with a reason is accepted", "odd a library does it", NULL},
    {"one of its forms, too", "odd/bytes a library does it", NULL},
    {"a name that is no case is refused", "old a library does it", "there is no case \"old\""},
    {"a form that is none is refused", "odd/twice a library does it", "forms are whole"},
    {"an empty form is refused", "odd/ a library does it", "forms are whole"},
    {"the question of a route is refused", "plain a library does it", "does not have the route"},
    {"a lack of reason is refused", "odd", "the reason is missing"},
    {"white space is no reason", "odd  ", "the reason is missing"},
    {"nothing is refused", "", "there is no case \"\""},
};

static void descriptions_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof descriptions / sizeof *descriptions; i++) {
        struct strings lines = {0};
        struct divergences divergences;
        char *error = NULL;

        print_message("# %s\n", descriptions[i].name);
        strings_add(&lines, "odder for another reason");
        strings_add(&lines, descriptions[i].line);
        int status = divergences_read(&divergences, &lines, &cases, &error);
        assert_int_equal(status, descriptions[i].says ? -1 : 0);
        if (descriptions[i].says)
            assert_non_null(strstr(error, descriptions[i].says));
        else
            divergences_release(&divergences);
        free(error);
        strings_release(&lines);
    }
}

static void a_name_covers_its_forms(void **state)
{
    struct strings lines = {0};
    struct divergences divergences;
    char *error = NULL;

    (void)state;
    strings_add(&lines, "odd in all forms");
    strings_add(&lines, "odder/split in one");
    strings_add(&lines, "odder/bytes in another");
    assert_int_equal(divergences_read(&divergences, &lines, &cases, &error), 0);
    for (int form = 0; form < FORM_COUNT; form++) {
        const char *reason = divergences_reason(&divergences, "odder", (enum form)form);
        assert_string_equal(divergences_reason(&divergences, "odd", (enum form)form),
                            "in all forms");
        if (form == FORM_SPLIT)
            assert_string_equal(reason, "in one");
        else if (form == FORM_BYTES)
            assert_string_equal(reason, "in another");
        else
            assert_null(reason);
    }
    assert_null(divergences_reason(&divergences, "plain", FORM_WHOLE));
    divergences_release(&divergences);
    strings_release(&lines);
}

static void people_read_a_line_for_each_reason(void **state)
{
    struct arm arm = {.id = x, .divergences = 3};
    struct strings lines = {0};

    (void)state;
    strings_add(&arm.server.diverges, "odd its library skips it");
    strings_add(&arm.server.diverges, "plain its library closes");
    strings_add(&arm.server.diverges, "odder/split its library skips it");
    char *title = divergences_title(&arm);
    assert_string_equal(title, "x fails 3 conformance cases, as it says");
    divergences_lines(&arm, &lines);
    assert_int_equal(lines.count, 2);
    assert_string_equal(lines.items[0], "its library skips it: odd, odder/split");
    assert_string_equal(lines.items[1], "its library closes: plain");
    arm.divergences = 0;
    assert_null(divergences_title(&arm));
    free(title);
    strings_release(&lines);
    strings_release(&arm.server.diverges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptions_are_read_or_refused),
        cmocka_unit_test(a_name_covers_its_forms),
        cmocka_unit_test(people_read_a_line_for_each_reason),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
