/* What the loop makes of servers that hang, die, reset, close
 * and lie, and of an end before its time. */
/* run-tests: timeout 120 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <netdb.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "engine_server.h"

#include "engine_room.h"
#include "pace/screen_parts.h"
#include "pace/verdict.h"

/* Requests are counted from 1, the first four of them before the window. */
static void each_fault_is_counted_and_told(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct habits habits;
        enum fault fault;
        bool fails;     /* the request has no answer; else it is answered, but wrong */
        bool ends;      /* the connection does not outlive it, */
        bool by_server; /* and it was the server that ended it */
        const char *words;
    } table[] = {
        {"a reset instead of an answer",
         {.resets_each = 10},
         FAULT_READ,
         true,
         true,
         true,
         "reset"},
        {"the end within an answer",
         {.cuts_each = 10},
         FAULT_READ,
         true,
         true,
         true,
         "within an answer"},
        {"another status",
         {.fails_each = 10},
         FAULT_STATUS,
         false,
         false,
         false,
         "status 500, not 2xx"},
        {"no HTTP", {.mumbles_each = 10}, FAULT_ANSWER, true, true, false, ""},
        {"more than was asked for",
         {.adds_each = 10},
         FAULT_ANSWER,
         false,
         true,
         false,
         "more bytes"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct server *server = server_start_with(table[i].habits);
        struct asked asked = {.schedule = "poisson:500:300ms", .connections = 4};
        struct room room;
        print_message("# %s\n", table[i].sentence);
        room_open(&room, &asked, &server->port, 1);
        assert_int_equal(room_run(&room), 0);
        const struct record *record = &room.trial.targets[0].record;
        uint64_t expected = (record->offered + 4) / 10;
        assert_int_equal(room.trial.end, TRIAL_WHOLE);
        assert_int_equal(record->offered, room_arrivals(&room));
        assert_int_equal(record->faults[table[i].fault], expected);
        for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
            assert_true(kind == table[i].fault || record->faults[kind] == 0);
        assert_int_equal(record->failed, table[i].fails ? expected : 0);
        assert_int_equal(record->completed, record->offered - record->failed);
        assert_in_range(record->connects, table[i].ends ? expected - 4 : 0,
                        table[i].ends ? expected : 0);
        assert_int_equal(record->reconnects, table[i].by_server ? record->connects : 0);
        assert_non_null(strstr(record->first_fault, table[i].words));
        server_stop_it(server);
        room_close(&room);
    }
}

/* No fault, but the connection that the server ended is made again, and told so. */
static void closing_between_answers_is_a_reconnect_and_no_fault(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct habits habits;
    } table[] = {
        {"it says so in the answer", {.says_close_each = 5}},
        {"it says so, and leaves it to the client", {.says_close_each = 5, .lets_close = true}},
        {"it closes without a word", {.closes_each = 5}},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct server *server = server_start_with(table[i].habits);
        struct asked asked = {.schedule = "constant:400:250ms", .connections = 4};
        struct room room;
        print_message("# %s\n", table[i].sentence);
        room_open(&room, &asked, &server->port, 1);
        assert_int_equal(room_run(&room), 0);
        const struct record *record = &room.trial.targets[0].record;
        assert_int_equal(record->completed, room_arrivals(&room));
        assert_string_equal(record->first_fault, "");
        assert_in_range(record->reconnects, record->completed / 5 - 4, record->completed / 5 + 1);
        assert_int_equal(server->connections, 4 + record->reconnects);
        server_stop_it(server);
        room_close(&room);
    }
}

static void wrong_bytes_of_the_right_length_are_seen_on_the_sample(void **state)
{
    (void)state;
    struct server *server = server_start_with((struct habits){.errs_each = 3});
    struct asked asked = {.schedule = "poisson:300:300ms", .connections = 8};
    struct room room;

    room_open(&room, &asked, &server->port, 1);
    room.expectation.body = xstrdup("Hello, World!");
    room.expectation.body_len = 13;
    assert_int_equal(room_run(&room), 0);
    const struct record *record = &room.trial.targets[0].record;
    assert_int_equal(record->looked_at, 8);
    assert_int_equal(record->faults[FAULT_BODY],
                     2); /* the third and the sixth, before the window */
    assert_non_null(strstr(record->first_fault, "before the window"));
    assert_int_equal(record->completed, room_arrivals(&room));
    server_stop_it(server);
    room_close(&room);
}

/* Each arrival has waited from when it was due until the end. */
static void what_a_hung_server_holds_is_recorded_with_its_age(void **state)
{
    (void)state;
    struct server *server = server_start_with((struct habits){.hangs_after = 50});
    struct asked asked = {.schedule = "constant:200:500ms", .connections = 4};
    struct room room;

    room_open(&room, &asked, &server->port, 1);
    assert_int_equal(room_run(&room), 0);
    const struct record *record = &room.trial.targets[0].record;
    assert_int_equal(room.trial.end, TRIAL_WHOLE);
    assert_int_equal(record->completed, 46);
    assert_int_equal(record->censored, record->offered - 46);
    assert_int_equal(record->backlog_end, record->censored - 4);
    /* The youngest was due just before the window's end; draining lasts two seconds and a gap. */
    uint64_t gap_ns = (uint64_t)room.trial.audit.longest_gap_ns;
    assert_in_range(tally_quantile_ns(&record->ages, 0), 1990000000, 2300000000 + gap_ns);
    assert_in_range(tally_quantile_ns(&record->ages, 1), 2240000000, 2600000000 + gap_ns);
    double mean_ns = tally_mean_ns(&record->ages); /* even gaps: between youngest and oldest */
    assert_true(mean_ns > 2.1e9 && mean_ns < 2.45e9 + (double)gap_ns);
    server_stop_it(server);
    room_close(&room);
}

static void a_full_backlog_ends_it_at_once(void **state)
{
    (void)state;
    struct server *server = server_start_with((struct habits){.hangs_after = 50});
    struct asked asked = {
        .schedule = "poisson:400:20s", .connections = 4, .max_backlog_ns = 500000000};
    struct room room;

    room_open(&room, &asked, &server->port, 1);
    int64_t before_ns = server_now_ns();
    assert_int_equal(room_run(&room), 0);
    const struct record *record = &room.trial.targets[0].record;
    assert_int_equal(room.trial.end, TRIAL_OVERLOADED);
    /* Half a second until it is full, and two for the four that are on their way. */
    assert_true(server_now_ns() - before_ns < 4000000000);
    assert_int_equal(record->completed, 46);
    assert_int_equal(record->dropped, 1);
    assert_int_equal(record->backlog_most, 201); /* half a second of 400/s, and one */
    assert_int_equal(record->censored, 201 + 4);
    assert_in_range(room.trial.measured_ns, 400000000, 2000000000);
    assert_non_null(strstr(room.trial.why, "201 requests waited"));
    server_stop_it(server);
    room_close(&room);
}

struct interrupter {
    struct room *room;
    struct server *server;
    int64_t at_ns;
};

static void *interrupt_later(void *argument)
{
    struct interrupter *later = argument;
    server_await_answers(later->server, 4 + 15); /* each connection is asked first */
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    later->room->interrupted = true;
    later->at_ns = server_now_ns();
    return NULL;
}

/* While it loads the server, and while it sleeps. */
static void an_interrupt_ends_it_and_keeps_what_was_measured(void **state)
{
    (void)state;
    static const char *const schedules[] = {"constant:200:20s", "constant:200:100ms,idle:20s"};

    for (unsigned i = 0; i < 2; i++) {
        struct server *server = server_start_with((struct habits){0});
        struct asked asked = {.schedule = schedules[i], .connections = 4};
        struct room room;
        struct interrupter later = {&room, server, 0};
        pthread_t thread;
        room_open(&room, &asked, &server->port, 1);
        assert_int_equal(pthread_create(&thread, NULL, interrupt_later, &later), 0);
        assert_int_equal(room_run(&room), 0);
        pthread_join(thread, NULL);
        assert_int_equal(room.trial.end, TRIAL_INTERRUPTED);
        assert_true(server_now_ns() - later.at_ns < 3000000000); /* the schedule lasts 20 s */
        assert_in_range(room.trial.targets[0].record.completed, 15,
                        i == 0 ? room.trial.measured_ns / 5000000 + 1 : 20);
        assert_in_range(room.trial.measured_ns, 150000000, 10000000000);
        server_stop_it(server);
        room_close(&room);
    }
}

/* ---- before the window ---- */

static uint16_t port_of_nobody(void)
{
    struct server *server = server_start_with((struct habits){0});
    uint16_t port = server->port;

    server_stop_it(server);
    return port;
}

static void where_nobody_listens_is_said_at_once(void **state)
{
    (void)state;
    uint16_t port = port_of_nobody();
    struct asked asked = {.schedule = "poisson:100:20s", .connections = 4};
    struct room room;

    room_open(&room, &asked, &port, 1);
    assert_int_equal(room_run(&room), -1);
    assert_int_equal(room.exit_code, 5);
    assert_non_null(strstr(room.error, "nothing listens at 127.0.0.1:"));
    assert_non_null(strstr(room.error, "Connection refused"));
    room_close(&room);
}

static void a_name_that_does_not_exist_is_said(void **state)
{
    (void)state;
    uint16_t port = 80;
    struct asked asked = {.schedule = "poisson:100:20s", .connections = 4};
    struct room room;
    char *error = NULL;

    room_open(&room, &asked, &port, 1);
    url_release(&room.trial.targets[0].url);
    assert_int_equal(url_read(&room.trial.targets[0].url, "http://no.such.host.invalid/", &error),
                     0);
    assert_int_equal(room_run(&room), -1);
    assert_true(room.exit_code == 2 || room.exit_code == 5); /* 5: no name server was reached */
    assert_non_null(strstr(room.error, "no.such.host.invalid cannot be resolved"));
    room_close(&room);
}

/* ::1 is tried first where localhost has it, and nobody listens there. */
static void all_addresses_of_a_name_are_tried(void **state)
{
    (void)state;
    static const struct {
        const char *sentence, *host;
        bool is_v6;
    } table[] = {
        {"a name", "localhost", false},
        {"an address in brackets", "[::1]", true},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct server *server = server_try_with((struct habits){.is_v6 = table[i].is_v6});
        struct asked asked = {.schedule = "poisson:100:100ms", .connections = 2};
        struct room room;
        char *error = NULL;
        print_message("# %s%s\n", table[i].sentence, server ? "" : ": no IPv6 here");
        if (!server)
            continue;
        char *url = text_format("http://%s:%u/", table[i].host, server->port);
        char *address = text_format(table[i].is_v6 ? "[::1]:%u" : "127.0.0.1:%u", server->port);
        room_open(&room, &asked, &server->port, 1);
        url_release(&room.trial.targets[0].url);
        assert_int_equal(url_read(&room.trial.targets[0].url, url, &error), 0);
        assert_int_equal(room_run(&room), 0);
        assert_string_equal(room.trial.targets[0].address, address);
        assert_int_equal(room.trial.targets[0].record.completed, room_arrivals(&room));
        server_stop_it(server);
        room_close(&room);
        free(address);
        free(url);
    }
}

static void a_wrong_first_answer_ends_it_before_the_window(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct habits habits;
        enum trial_end end;
        const char *words;
        int exit_code; /* 0: the engine ran */
    } table[] = {
        {"404",
         {.speaks = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"},
         TRIAL_REFUSED,
         "status 404",
         0},
        {"what is not HTTP",
         {.speaks = "SSH-2.0-x\r\n"},
         TRIAL_REFUSED,
         "before the window: an answer is not HTTP/1: it does not begin with HTTP/1.",
         0},
        {"a close without a word", {.drops_all_at = 1}, TRIAL_REFUSED, "without an answer", 0},
        {"a reset", {.resets_each = 1}, TRIAL_REFUSED, "reset", 0},
        {"TLS", {.speaks = "\x15\x03\x01\x02\x02\x46"}, TRIAL_WHOLE, "speaks TLS", 2},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct server *server = server_start_with(table[i].habits);
        struct asked asked = {.schedule = "poisson:100:20s", .connections = 4};
        struct room room;
        print_message("# %s\n", table[i].sentence);
        room_open(&room, &asked, &server->port, 1);
        int failed = room_run(&room);
        assert_int_equal(failed, table[i].exit_code ? -1 : 0);
        if (failed)
            assert_int_equal(room.exit_code, table[i].exit_code);
        else
            assert_int_equal(room.trial.end, table[i].end);
        assert_non_null(strstr(failed ? room.error : room.trial.why, table[i].words));
        verdict_judge(&room.trial);
        assert_int_equal(!failed && strstr(screen_advice(&room.trial, 0), "speaks TLS"),
                         !table[i].habits.speaks); /* those say not one byte */
        assert_int_equal(room.trial.targets[0].record.offered, 0);
        assert_int_equal(room.trial.measured_ns, 0);
        server_stop_it(server);
        room_close(&room);
    }
}

static void more_connections_than_descriptors_are_refused_with_the_number_that_fits(void **state)
{
    (void)state;
    struct server *server = server_start_with((struct habits){0});
    struct asked asked = {.schedule = "poisson:100:20s", .connections = 4};
    struct rlimit limit;
    struct room room;
    char *words;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    words = text_format("-c %llu is the most", (unsigned long long)limit.rlim_max - 32);
    room_open(&room, &asked, &server->port, 1);
    room.trial.targets[0].connections = (unsigned)limit.rlim_max - 31;
    assert_int_equal(room_run(&room), -1);
    assert_int_equal(room.exit_code, 5);
    assert_non_null(strstr(room.error, words));
    free(words);
    words = text_format("ulimit -n %llu)", (unsigned long long)limit.rlim_max + 1);
    assert_non_null(strstr(room.error, words));
    assert_int_equal(server->connections, 0);
    free(words);
    server_stop_it(server);
    room_close(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_counted_and_told),
        cmocka_unit_test(closing_between_answers_is_a_reconnect_and_no_fault),
        cmocka_unit_test(wrong_bytes_of_the_right_length_are_seen_on_the_sample),
        cmocka_unit_test(what_a_hung_server_holds_is_recorded_with_its_age),
        cmocka_unit_test(a_full_backlog_ends_it_at_once),
        cmocka_unit_test(an_interrupt_ends_it_and_keeps_what_was_measured),
        cmocka_unit_test(where_nobody_listens_is_said_at_once),
        cmocka_unit_test(a_name_that_does_not_exist_is_said),
        cmocka_unit_test(all_addresses_of_a_name_are_tried),
        cmocka_unit_test(a_wrong_first_answer_ends_it_before_the_window),
        cmocka_unit_test(more_connections_than_descriptors_are_refused_with_the_number_that_fits),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
