/* Does the loop keep time and account for every request? Against a server in a thread; all at rates
 * that a busy machine can follow. */
/* run-tests: timeout 120 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine_server.h"

#include "engine_room.h"

/* Of all, also of those that a gap of the generator set aside. */
static uint64_t least_service_ns(const struct record *record)
{
    uint64_t service_ns = UINT64_MAX, disturbed_ns = UINT64_MAX;

    if (record->service.total > 0)
        service_ns = tally_quantile_ns(&record->service, 0);
    if (record->disturbed.total > 0) /* with what it waited for a connection */
        disturbed_ns = tally_quantile_ns(&record->disturbed, 0);
    return service_ns < disturbed_ns ? service_ns : disturbed_ns;
}

static void run_against(struct room *room, const struct asked *asked, struct server *server)
{
    room_open(room, asked, &server->port, 1);
    assert_int_equal(room_run(room), 0);
}

/* Each of its arrivals is sent and answered, and nothing else. */
static void a_whole_run_counts_each_arrival_once(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct asked asked;
    } table[] = {
        {"poisson over eight connections", {.schedule = "poisson:500:300ms", .connections = 8}},
        {"even gaps over one", {.schedule = "constant:300:300ms", .connections = 1}},
        {"a ramp and a burst",
         {.schedule = "ramp:100-900:200ms,burst:900:100ms", .connections = 16}},
        {"nothing is sent while it idles",
         {.schedule = "constant:200:100ms,idle:200ms,constant:200:100ms", .connections = 4}},
        {"HEAD is answered without a body",
         {.schedule = "poisson:300:300ms",
          .connections = 4,
          .request = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"}},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct server *server = server_start_with((struct habits){0});
        struct room room;
        print_message("# %s\n", table[i].sentence);
        run_against(&room, &table[i].asked, server);
        const struct record *record = &room.trial.targets[0].record;
        assert_int_equal(room.trial.end, TRIAL_WHOLE);
        assert_int_equal(record->offered, room_arrivals(&room));
        assert_int_equal(record->completed, record->offered);
        assert_int_equal(record->sent, record->offered);
        assert_int_equal(record->statuses[2], record->offered);
        assert_int_equal(server->requests, record->offered + table[i].asked.connections);
        assert_int_equal(server->connections, table[i].asked.connections);
        assert_int_equal(record->connects, 0);
        assert_string_equal(record->first_fault, "");
        assert_int_equal(record->bytes_out, record->offered * room.requests[0].distinct[0].len);
        assert_int_equal(room.trial.measured_ns, room.schedule.duration_ns);
        assert_true(record->looked_at >= table[i].asked.connections);
        server_stop_it(server);
        room_close(&room);
    }
}

static void pipelined_requests_are_done_when_their_last_answer_is_there(void **state)
{
    (void)state;
    struct server *server = server_start_with((struct habits){.service_ns = 2000000});
    char *three = text_format("%s%s%s", GET, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", GET);
    struct asked asked = {.schedule = "constant:20:500ms", .connections = 2, .request = three};
    struct room room;

    run_against(&room, &asked, server);
    const struct record *record = &room.trial.targets[0].record;
    assert_int_equal(record->completed, room_arrivals(&room));
    assert_int_equal(record->statuses[2], 3 * record->completed);
    assert_int_equal(server->requests, 3 * (record->completed + asked.connections));
    assert_in_range(least_service_ns(record), 3 * 2000000, 500000000);
    server_stop_it(server);
    room_close(&room);
    free(three);
}

static void a_long_body_comes_whole(void **state)
{
    (void)state;
    struct server *server = server_start_with((struct habits){.long_bytes = 3000000});
    struct asked asked = {.schedule = "constant:20:300ms", .connections = 3};
    struct room room;

    run_against(&room, &asked, server);
    const struct record *record = &room.trial.targets[0].record;
    assert_int_equal(record->completed, room_arrivals(&room));
    assert_true(record->bytes_in > record->completed * 3000000);
    assert_true(record->bytes_in < record->completed * 3000100);
    assert_string_equal(record->first_fault, "");
    server_stop_it(server);
    room_close(&room);
}

/* What is sent before the window is the server's, not the record's. */
static void a_warm_up_is_sent_and_not_recorded(void **state)
{
    (void)state;
    struct asked asked = {.schedule = "poisson:300:400ms", .connections = 4};
    uint64_t offered[2], seen[2];

    for (unsigned i = 0; i < 2; i++) {
        struct server *server = server_start_with((struct habits){0});
        struct room room;
        asked.warmup_ns = i * INT64_C(400000000);
        run_against(&room, &asked, server);
        const struct record *record = &room.trial.targets[0].record;
        assert_int_equal(record->offered, room_arrivals(&room));
        assert_int_equal(record->completed, record->offered);
        offered[i] = record->offered;
        seen[i] = server->requests;
        server_stop_it(server);
        room_close(&room);
    }
    assert_int_equal(offered[0], offered[1]);
    assert_in_range(seen[1] - seen[0], 120 - 55, 120 + 55); /* five standard deviations */
}

/* On the one connection an arrival waits until the server has answered those before it, and then
 * for its own answer: with the server's own word for when that was, the mean of what all requests
 * took. The first answers are those before the window. */
static double mean_by_arithmetic_ns(const struct room *room, const int64_t *answered_ns)
{
    struct arrivals arrivals;
    struct arrival arrival;
    double sum_ns = 0;
    unsigned count = 0;

    arrivals_init(&arrivals, &room->schedule, room->trial.seed);
    for (; arrivals_next(&arrivals, &arrival); count++) {
        int64_t due_ns = room->trial.start_monotonic_ns + arrival.due_ns;
        sum_ns += (double)(answered_ns[count + 2] - due_ns);
    }
    return sum_ns / count;
}

/* From due to answered, of all: with lateness, and with those that are in no latency. */
static double whole_mean_ns(const struct record *record)
{
    return (double)(record->response.sum + record->disturbed.sum + record->lateness.sum) /
           (double)record->completed;
}

static void who_waits_for_a_connection_waits_as_arithmetic_says(void **state)
{
    (void)state;
    static const struct {
        const char *sentence, *schedule;
        double least_ns; /* that they take, on a machine that is never late */
    } table[] = {
        {"more than it can serve", "constant:100:600ms", 135e6},
        {"two thirds of it, at random", "poisson:44:1s", 19e6},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct server *server = server_start_with((struct habits){.service_ns = 15000000});
        struct asked asked = {.schedule = table[i].schedule, .connections = 1};
        struct room room;
        run_against(&room, &asked, server);
        const struct record *record = &room.trial.targets[0].record;
        double mean_ns = whole_mean_ns(record);
        double least_ns = mean_by_arithmetic_ns(&room, server->began_ns);
        double most_ns = mean_by_arithmetic_ns(&room, server->answered_ns);
        print_message("# %s: %.2f ms in the mean, by arithmetic %.2f to %.2f ms\n",
                      table[i].sentence, mean_ns * 1e-6, least_ns * 1e-6, most_ns * 1e-6);
        assert_int_equal(record->completed, room_arrivals(&room));
        assert_in_range(least_service_ns(record), 14900000, 600000000);
        assert_true(mean_ns > table[i].least_ns);
        /* The generator has seen it after it was there, but for two gaps of its loop not later. */
        assert_true(mean_ns >= least_ns);
        assert_true(mean_ns <= most_ns + 1e6 + 2 * (double)room.trial.audit.longest_gap_ns);
        assert_true(record->backlog_most >= 2);
        server_stop_it(server);
        room_close(&room);
    }
}

/* Which of two servers each arrival goes to is a stream of random numbers of its own. */
static uint64_t first_ones_share(const struct room *room)
{
    uint64_t arrivals = room_arrivals(room), share = 0;
    struct random random;

    random_init(&random, room->trial.seed, RANDOM_TARGETS);
    while (arrivals-- > 0)
        share += random_below(&random, 2) == 0;
    return share;
}

static void two_servers_get_half_each_and_by_the_seed(void **state)
{
    (void)state;
    struct asked asked = {.schedule = "poisson:600:500ms", .connections = 4};

    for (unsigned i = 0; i < 2; i++) {
        struct server *servers[2] = {server_start_with((struct habits){0}),
                                     server_start_with((struct habits){0})};
        uint16_t ports[2] = {servers[0]->port, servers[1]->port};
        struct room room;
        room_open(&room, &asked, ports, 2);
        room.trial.seed = 7 + i;
        room.trial.warmup_ns = i * INT64_C(100000000);
        assert_int_equal(room_run(&room), 0);
        const struct record *one = &room.trial.targets[0].record,
                            *other = &room.trial.targets[1].record;
        assert_int_equal(one->offered, first_ones_share(&room));
        assert_int_equal(one->offered + other->offered, room_arrivals(&room));
        assert_int_equal(one->completed + other->completed, room_arrivals(&room));
        assert_in_range(one->offered, 150 - 62, 150 + 62); /* five standard deviations */
        assert_int_equal(servers[0]->connections, 4);
        assert_int_equal(servers[1]->connections, 4);
        room_close(&room);
        server_stop_it(servers[0]);
        server_stop_it(servers[1]);
    }
}

static void a_connection_is_left_after_its_number_of_requests(void **state)
{
    (void)state;
    static const unsigned most[] = {1, 3};

    for (unsigned i = 0; i < 2; i++) {
        struct server *server = server_start_with((struct habits){0});
        struct asked asked = {
            .schedule = "poisson:300:500ms", .connections = 4, .requests_per_connection = most[i]};
        struct room room;
        run_against(&room, &asked, server);
        const struct record *record = &room.trial.targets[0].record;
        unsigned requests = server->requests, connections = server->connections;
        assert_int_equal(record->completed, room_arrivals(&room));
        assert_in_range(connections, requests / most[i], requests / most[i] + 4);
        assert_int_equal(record->connects, connections - 4);
        assert_int_equal(record->reconnects, 0);
        assert_true(server->from_others >= record->connects);
        assert_string_equal(record->first_fault, "");
        server_stop_it(server);
        room_close(&room);
    }
}

static void closed_connections_are_made_again_by_the_next_load(void **state)
{
    (void)state;
    struct server *server = server_start_with((struct habits){0});
    struct asked asked = {.schedule = "constant:200:200ms,close:300ms,constant:200:200ms",
                          .connections = 4};
    struct room room;

    run_against(&room, &asked, server);
    const struct record *record = &room.trial.targets[0].record;
    assert_int_equal(record->completed, room_arrivals(&room));
    assert_int_equal(server->connections, 8);
    assert_int_equal(record->connects, 4);
    assert_int_equal(record->reconnects, 0);
    server_stop_it(server);
    room_close(&room);
}

/* Nothing to do for most of a second: it may not spin through
 * it, and the audit says where the time went. */
static void nobody_spins_while_nothing_is_due(void **state)
{
    (void)state;
    struct server *server = server_start_with((struct habits){0});
    struct asked asked = {.schedule = "constant:100:100ms,idle:900ms", .connections = 2};
    struct room room;

    run_against(&room, &asked, server);
    const struct audit *audit = &room.trial.audit;
    assert_true(audit->slept_ns > 700000000 - audit->long_gaps_ns);
    assert_true(audit->wall_ns < 300000000 + audit->long_gaps_ns);
    assert_true(audit->cpu_ns < 300000000);
    assert_true(audit->cpu_ns <= audit->wall_ns + 20000000);
    assert_true(audit->turns > 100);
    server_stop_it(server);
    room_close(&room);
}

/* Nor does it sleep while something is due within milliseconds, or when all is over. */
static void nobody_sleeps_between_requests(void **state)
{
    (void)state;
    struct server *server = server_start_with((struct habits){0});
    struct asked asked = {.schedule = "constant:400:200ms", .connections = 2};
    struct room room;

    run_against(&room, &asked, server);
    assert_int_equal(room.trial.audit.slept_ns, 0);
    server_stop_it(server);
    room_close(&room);
}

struct seen {
    unsigned calls;
    int64_t last_ns, least_ns;
};

static void note_progress(void *argument, const struct trial *trial, int64_t now_ns)
{
    struct seen *seen = argument;

    assert_true(trial->start_monotonic_ns > 0);
    if (seen->calls++ > 0 && now_ns - seen->last_ns < seen->least_ns)
        seen->least_ns = now_ns - seen->last_ns;
    seen->last_ns = now_ns;
}

static void progress_is_told_twice_a_second_at_most(void **state)
{
    (void)state;
    struct server *server = server_start_with((struct habits){0});
    struct asked asked = {.schedule = "poisson:100:1200ms", .connections = 2};
    struct seen seen = {.least_ns = INT64_MAX};
    struct room room;

    room_open(&room, &asked, &server->port, 1);
    room.options.progress = note_progress;
    room.options.argument = &seen;
    assert_int_equal(room_run(&room), 0);
    assert_in_range(seen.calls, 2, 3);
    assert_true(seen.least_ns >= 500000000);
    server_stop_it(server);
    room_close(&room);
}

/* This process is the server, too. */
static void cpu_time_of_processes_is_taken_over_the_window(void **state)
{
    (void)state;
    pid_t gone = fork();

    if (gone == 0)
        _exit(0);
    assert_int_equal(waitpid(gone, NULL, 0), gone);
    pid_t pids[2] = {getpid(), gone};
    for (unsigned count = 0; count <= 2; count++) {
        struct server *server = server_start_with((struct habits){0});
        struct asked asked = {.schedule = "poisson:2000:300ms", .connections = 2};
        struct room room;
        room_open(&room, &asked, &server->port, 1);
        room.options.pids[0] = pids;
        room.options.pid_count[0] = count;
        assert_int_equal(room_run(&room), 0);
        int64_t cpu_ns = room.trial.targets[0].cpu_ns;
        if (count == 1)
            assert_in_range(cpu_ns, 10000000, 1000000000);
        else
            assert_true(cpu_ns == MISSING);
        server_stop_it(server);
        room_close(&room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_run_counts_each_arrival_once),
        cmocka_unit_test(pipelined_requests_are_done_when_their_last_answer_is_there),
        cmocka_unit_test(a_long_body_comes_whole),
        cmocka_unit_test(a_warm_up_is_sent_and_not_recorded),
        cmocka_unit_test(who_waits_for_a_connection_waits_as_arithmetic_says),
        cmocka_unit_test(two_servers_get_half_each_and_by_the_seed),
        cmocka_unit_test(a_connection_is_left_after_its_number_of_requests),
        cmocka_unit_test(closed_connections_are_made_again_by_the_next_load),
        cmocka_unit_test(nobody_spins_while_nothing_is_due),
        cmocka_unit_test(nobody_sleeps_between_requests),
        cmocka_unit_test(progress_is_told_twice_a_second_at_most),
        cmocka_unit_test(cpu_time_of_processes_is_taken_over_the_window),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
