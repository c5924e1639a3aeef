/* The measured part of a document, and what is printed there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "data/strings.h"
#include "present/profile.h"

static void only_what_stands_between_the_marks_is_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *document, *name, *result;
    } table[] = {
        {"a\n<!-- measured: epoll -->\nold\n<!-- end -->\nb\n", "epoll",
         "a\n<!-- measured: epoll -->\nNEW\n<!-- end -->\nb\n"},
        {"<!-- measured: epoll -->\n<!-- end -->\n", "epoll",
         "<!-- measured: epoll -->\nNEW\n<!-- end -->\n"},
        {"<!-- measured: uring -->\n1\n<!-- end -->\n<!-- measured: epoll -->\n2\n<!-- end -->\n",
         "epoll",
         "<!-- measured: uring -->\n1\n<!-- end -->\n<!-- measured: epoll -->\nNEW\n<!-- end "
         "-->\n"},
        {"nothing here\n", "epoll", NULL},
        {"<!-- measured: epoll -->\nno end\n", "epoll", NULL},
        {"<!-- measured: mhd-thread -->\n<!-- end -->\n", "mhd", NULL},
        {"<!-- measured: epoll -->\n<!-- measured: uring -->\n1\n<!-- end -->\n", "epoll", NULL},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char *result = marks_replace(table[i].document, table[i].name, "NEW\n");
        if (table[i].result)
            assert_string_equal(result, table[i].result);
        else
            assert_null(result);
        free(result);
    }
}

static void the_tables_name_counts_reasons_and_who_counted(void **state)
{
    (void)state;
    struct profile profile = {.build = xstrdup("gcc 12"), .tools = xstrdup("valgrind-3.19.0")};
    struct counts none = {0}, instructions = {0}, calls = {0};
    counts_add(&instructions, "parse", 3000);
    counts_add(&instructions, "rare", 20);
    counts_add(&calls, "sendto", 10);
    counts_add(&calls, "epoll_wait", 1);
    struct profile_row *row = profile_add(&profile, "epoll", "plaintext");
    costs_find(&row->instructions, &none, &instructions, 10);
    costs_find(&row->calls, &none, &calls, 10);
    row = profile_add(&profile, "uring", "json");
    costs_find(&row->instructions, &none, &instructions, 10);
    row->calls.missing = xstrdup("ptrace is forbidden");

    char *table = profile_table(&profile, "epoll");
    assert_string_equal(
        table, "| workload | user instructions a request | system calls a request | by name | the "
               "largest functions |\n|---|---:|---:|---|---|\n"
               "| plaintext | 302 | 1.10 | sendto 1.00, epoll_wait 0.10 | `parse` 300 |\n"
               "\nCounted by valgrind-3.19.0; built by gcc 12.\n");
    free(table);
    table = profile_table(&profile, "uring");
    assert_non_null(strstr(table, "| json | 302 | n/a |  | `parse` 300 |"));
    assert_non_null(strstr(table, "\nn/a: json: ptrace is forbidden.\n"));
    free(table);
    assert_null(profile_table(&profile, "thread"));
    table = profile_overview(&profile);
    assert_non_null(strstr(table, "| model | plaintext | json |\n|---|---:|---:|\n"
                                  "| epoll | 302 · 1.10 | – |\n"
                                  "| uring | – | 302 · n/a |\n"));
    free(table);
    counts_release(&instructions);
    counts_release(&calls);
    profile_release(&profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_stands_between_the_marks_is_replaced),
        cmocka_unit_test(the_tables_name_counts_reasons_and_who_counted),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
