/* What is accepted for a while, as a file says it, and what a wrong one is answered. */
#include "own_folder.h"

#include "data/gate.h"

/* What an error says behind the file's name. */
static const char *behind(const char *error, const char *name)
{
    const char *below = below_folder(error);
    assert_memory_equal(below, name, strlen(name));
    return below + strlen(name);
}

static void reads_what_is_accepted(void **state)
{
    (void)state;
    struct acceptances accepted;
    char *error = NULL;
    char *path = put_text("accepted.ini",
                          "; until the next release\n"
                          "[epoll plaintext cost]\n"
                          "until = 2026-12-31\n"
                          "reason = the parser now checks UTF-8, twice\n"
                          "\n"
                          "[ *  *\tp99 ]\n"
                          "  reason = timers\n"
                          "  until = 2028-02-29\n"
                          "[a-server-with-a-name-that-is-longer-than-most * throughput]\n"
                          "until=0001-01-01\n"
                          "reason=r\n"
                          "[epoll plaintext memory]\n" /* another metric is another section */
                          "until = 2026-12-31\n"
                          "reason = a larger table\n"
                          "[epoll plaintext p99-solo]\n" /* of duels alone */
                          "until = 2026-12-31\n"
                          "reason = a larger table\n",
                          0644);

    if (acceptances_read(&accepted, path, &error) != 0)
        fail_msg("%s", error);
    assert_int_equal(accepted.count, 5);
    const struct acceptance *one = accepted.items;
    assert_string_equal(one->server, "epoll");
    assert_string_equal(one->workload, "plaintext");
    assert_int_equal(one->metric, METRIC_COST);
    assert_string_equal(one->until, "2026-12-31");
    assert_string_equal(one->reason, "the parser now checks UTF-8, twice");
    assert_int_equal(one->line, 2);
    one++;
    assert_string_equal(one->server, "*");
    assert_string_equal(one->workload, "*");
    assert_int_equal(one->metric, METRIC_P99);
    assert_string_equal(one->until, "2028-02-29");
    assert_string_equal(one->reason, "timers");
    assert_int_equal(one->line, 6);
    one++;
    assert_string_equal(one->server, "a-server-with-a-name-that-is-longer-than-most");
    assert_int_equal(one->metric, METRIC_THROUGHPUT);
    assert_int_equal(one->line, 9);
    one++;
    assert_int_equal(one->metric, METRIC_MEMORY);
    one++;
    assert_int_equal(one->metric, METRIC_P99_SOLO);
    acceptances_release(&accepted);
    free(path);
}

static void a_file_without_sections_accepts_nothing(void **state)
{
    (void)state;
    struct acceptances accepted;
    char *error = NULL, *path = put_text("accepted.ini", "; none\n", 0644);

    assert_int_equal(acceptances_read(&accepted, path, &error), 0);
    assert_int_equal(accepted.count, 0);
    acceptances_release(&accepted);
    free(path);
}

static void a_day_is_one_of_the_calendar(void **state)
{
    (void)state;
    static const struct {
        const char *day, *says; /* NULL: it is one */
    } table[] = {
        {"2026-01-31", NULL},
        {"2026-02-28", NULL},
        {"2024-02-29", NULL},
        {"2000-02-29", NULL},
        {"2026-12-31", NULL},
        {"2026-02-30", "is a day that does not exist"},
        {"2026-02-29", "is a day that does not exist"},
        {"2100-02-29", "is a day that does not exist"},
        {"2026-04-31", "is a day that does not exist"},
        {"2026-06-31", "is a day that does not exist"},
        {"2026-09-31", "is a day that does not exist"},
        {"2026-11-31", "is a day that does not exist"},
        {"2026-12-32", "is a day that does not exist"},
        {"2026-01-00", "is a day that does not exist"},
        {"2026-00-10", "is a day that does not exist"},
        {"2026-13-10", "is a day that does not exist"},
        {"31.12.2026", "is no day: write one as 2026-12-31"},
        {"2026-12-3", "is no day: write one as 2026-12-31"},
        {"2026-12-311", "is no day: write one as 2026-12-31"},
        {"2026-12-31 12:00", "is no day: write one as 2026-12-31"},
        {"26-12-31", "is no day: write one as 2026-12-31"},
        {"-026-12-31", "is no day: write one as 2026-12-31"},
        {"2026/12/31", "is no day: write one as 2026-12-31"},
        {"never", "is no day: write one as 2026-12-31"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct acceptances accepted;
        char *text = text_format("[epoll json cost]\nreason = r\nuntil = %s\n", table[i].day);
        char *error = NULL, *path = put_text("accepted.ini", text, 0644);
        int status = acceptances_read(&accepted, path, &error);
        print_message("# %s\n", table[i].day);
        assert_int_equal(status, table[i].says ? -1 : 0);
        if (table[i].says) {
            char *says = text_format(":3: until = %s %s", table[i].day, table[i].says);
            assert_string_equal(behind(error, "accepted.ini"), says);
            free(says);
        } else
            assert_string_equal(accepted.items[0].until, table[i].day);
        acceptances_release(&accepted);
        free(error);
        free(path);
        free(text);
    }
}

#define WHOLE "until = 2026-12-31\nreason = r\n"
#define FORM                                                                                       \
    " is not a server, a workload and a metric: write them as [epoll plaintext cost], and * for "  \
    "any server or workload"

static const struct {
    const char *text, *says;
} refused_acceptances[] = {
    {WHOLE, ":1: \"until\" stands before any section: put one as [epoll plaintext cost] above it"},
    {"[epoll cost]\n" WHOLE, ":1: [epoll cost] names no workload: [epoll * cost] is for any of "
                             "them"},
    {"[epoll]\n" WHOLE, ":1: [epoll]" FORM},
    {"[epoll json]\n" WHOLE, ":1: [epoll json]" FORM},
    {"[epoll json cost p99]\n" WHOLE, ":1: [epoll json cost p99]" FORM},
    {"[]\n" WHOLE, ":1: []" FORM},
    {"[epoll json costs]\n" WHOLE, ":1: unknown metric \"costs\": did you mean \"cost\"?"},
    {"[epoll json *]\n" WHOLE, ":1: unknown metric \"*\": known are cost, p50, p99, memory, "
                               "saturated, throughput, p99-solo, memory-idle, instructions, "
                               "consistency"},
    {"[epoll json cost\n" WHOLE, ":1: the section's ] is missing"},
    {"[epoll json cost] until = 2026-12-31\n", ":1: behind the section's ] stands more: begin a "
                                               "new line"},
    {"[epoll json cost]\n" WHOLE "\n[epoll  json  cost]\n" WHOLE,
     ":5: [epoll json cost] stands twice, first on line 1"},
    {"[a b p50]\n" WHOLE "[* b p99]\n" WHOLE "[* b p99]\n" WHOLE,
     ":7: [* b p99] stands twice, first on line 4"},
    {"[epoll json cost]\nuntil = 2026-12-31\nuntil = 2026-12-31\n", ":3: until is said twice"},
    {"[epoll json cost]\nreason = a\nreason = b\n", ":3: reason is said twice"},
    {"[epoll json cost]\nuntil =\n", ":2: until has no value: write a day as 2026-12-31"},
    {"[epoll json cost]\nreason =  \n", ":2: reason says nothing: write why it is accepted"},
    {"[epoll json cost]\nreason = ; why\n", ":2: reason says nothing: write why it is accepted"},
    {"[epoll json cost]\nuntill = 2026-12-31\n", ":2: unknown key \"untill\": did you mean "
                                                 "\"until\"?"},
    {"[epoll json cost]\nmargin = 5%\n", ":2: unknown key \"margin\": known are until, reason"},
    {"\n[epoll json cost]\nreason = r\n\n\n", ":2: [epoll json cost] has no until: add the last "
                                              "day, as in until = 2026-12-31"},
    {"\n[epoll json cost]\nuntil = 2026-12-31\n\n[epoll json p99]\n" WHOLE,
     ":2: [epoll json cost] has no reason: add why it is accepted, as in reason = the parser now "
     "checks UTF-8"},
    {"[epoll json cost]\n[epoll json p99]\n" WHOLE, ":1: [epoll json cost] has no until: add the "
                                                    "last day, as in until = 2026-12-31"},
    {"[epoll json cost]\n" WHOLE "nonsense\n", ":4: neither [section], nor key = value, nor ; "
                                               "comment"},
};

static void each_mistake_in_what_is_accepted_is_named_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_acceptances / sizeof *refused_acceptances; i++) {
        struct acceptances accepted;
        char *error = NULL, *path = put_text("accepted.ini", refused_acceptances[i].text, 0644);
        if (acceptances_read(&accepted, path, &error) != -1)
            fail_msg("%s: is taken", refused_acceptances[i].text);
        assert_string_equal(behind(error, "accepted.ini"), refused_acceptances[i].says);
        acceptances_release(&accepted);
        free(error);
        free(path);
    }
}

static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct acceptances accepted;
    char *error = NULL;

    assert_int_equal(acceptances_read(&accepted, "/nowhere/x.ini", &error), -1);
    assert_string_equal(error, "/nowhere/x.ini cannot be read: No such file or directory");
    acceptances_release(&accepted);
    free(error);
}

static void the_text_of_what_is_accepted_is_read_as_the_same(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "; none\n",
        "[epoll json cost]\nuntil = 2026-12-31\nreason = the parser now checks UTF-8\n",
        "\n\n; why\n[* json p99]\n\nreason=;no comment\nuntil=2024-02-29\n"
        "[epoll * memory]\nuntil = 2026-01-31\nreason = = a; b \"c\" ; and a comment\n",
        "[a b p50] ; near\n" WHOLE "[a b p99]\n" WHOLE "\n[* * cost]\n" WHOLE,
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct acceptances accepted, again;
        char *error = NULL, *path = put_text("accepted.ini", texts[i], 0644);
        assert_int_equal(acceptances_read(&accepted, path, &error), 0);
        char *text = acceptances_text(&accepted);
        print_message("# %s\n", texts[i]);
        assert_int_equal(acceptances_read_text(&again, text, "here", &error), 0);
        assert_int_equal(again.count, accepted.count);
        for (size_t at = 0; at < again.count; at++) {
            const struct acceptance *a = &accepted.items[at], *b = &again.items[at];
            assert_string_equal(b->server, a->server);
            assert_string_equal(b->workload, a->workload);
            assert_int_equal(b->metric, a->metric);
            assert_string_equal(b->until, a->until);
            assert_string_equal(b->reason, a->reason);
            assert_int_equal(b->line, a->line);
        }
        acceptances_release(&accepted);
        acceptances_release(&again);
        free(text);
        free(path);
    }
}

static void a_mistake_in_a_text_is_named_with_its_line(void **state)
{
    (void)state;
    struct acceptances accepted;
    char *error = NULL;

    assert_int_equal(acceptances_read_text(&accepted, "\n[a b cost]\n", "here", &error), -1);
    assert_string_equal(error, "here:2: [a b cost] has no until: add the last day, as in until = "
                               "2026-12-31");
    acceptances_release(&accepted);
    free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(reads_what_is_accepted),
        IN_FOLDER(a_file_without_sections_accepts_nothing),
        IN_FOLDER(a_day_is_one_of_the_calendar),
        IN_FOLDER(each_mistake_in_what_is_accepted_is_named_with_its_line),
        IN_FOLDER(the_text_of_what_is_accepted_is_read_as_the_same),
        cmocka_unit_test(a_mistake_in_a_text_is_named_with_its_line),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("gate_acceptances", tests, NULL, NULL);
}
