/* Connections that are held idle: they cost nothing meanwhile, and nothing of it stays. */
#include "measure/holder.h"

#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/clock.h"
#include "measure/process_tree.h"
#include "server_room.h"

enum { MANY = 300, PATIENCE_MS = 3000 };

struct held {
    struct server server;
    struct holder holder;
};

static void hold_well(struct held *held, unsigned connections)
{
    char why[200], *error = NULL;
    struct server_options server_options = options_for("well");
    assert_int_equal(server_start(&held->server, &server_options, why, sizeof(why)), SERVER_OK);
    struct holder_options options = {
        .address = "127.0.0.1", .port = held->server.port, .connections = connections};
    if (holder_start(&held->holder, &options, &error) != 0)
        fail_msg("%s", error);
}

static void holding_uses_no_cpu(void **state)
{
    (void)state;
    struct held held;
    hold_well(&held, MANY);
    pid_t pid = held.holder.processes[0].pid;
    int64_t before_ns = 0, after_ns = process_clocks_ns(&pid, 1);
    /* it may still be on its way to sleep; one that looks around now and then never comes there */
    for (int i = 0; i < 10 && before_ns != after_ns; i++) {
        before_ns = after_ns;
        sleep_until_ns(monotonic_ns() + 200 * NS_PER_MS);
        after_ns = process_clocks_ns(&pid, 1);
    }
    holder_release(&held.holder);
    server_kill(&held.server);
    assert_int_equal(after_ns, before_ns);
}

static void two_holders_at_one_server_are_apart(void **state)
{
    (void)state;
    struct held first;
    struct holder second;
    char *error = NULL;
    hold_well(&first, 100);
    struct holder_options options = {
        .address = "127.0.0.1", .port = first.server.port, .connections = 50};
    assert_int_equal(holder_start(&second, &options, &error), 0);
    holder_release(&first.holder);
    unsigned first_count = holder_count(&first.holder), second_count = holder_count(&second);
    holder_release(&second);
    holder_release(&second); /* harmless */
    server_kill(&first.server);
    assert_int_equal(first_count, 0);
    assert_int_equal(second_count, 50);
}

/* Sockets whose own end is this port and which it has not
 * closed, whether the other end has or not. */
static unsigned open_at(uint16_t port)
{
    enum { ESTABLISHED = 1, CLOSE_WAIT = 8 }; /* the kernel's include/net/tcp_states.h */
    char line[512];
    unsigned count = 0, local_port, state;
    FILE *table = fopen("/proc/net/tcp", "r");
    while (table != NULL && fgets(line, sizeof(line), table) != NULL)
        count += sscanf(line, " %*d: %*8x:%4x %*8x:%*4x %2x", &local_port, &state) == 2 &&
                 local_port == port && (state == ESTABLISHED || state == CLOSE_WAIT);
    if (table != NULL)
        fclose(table);
    return count;
}

/* A process that lets another one go on after a while. */
static pid_t wake_later(pid_t sleeper)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    sleep_until_ns(monotonic_ns() + HOLDER_CLOSE_MS / 10 * NS_PER_MS);
    kill(sleeper, SIGCONT);
    _exit(0);
}

/* Of a server that sleeps just then nothing would be closed if nobody waited for it. */
static void when_release_returns_the_server_has_closed_too(void **state)
{
    (void)state;
    struct held held;
    hold_well(&held, MANY);
    unsigned before = open_at(held.server.port);
    kill(held.server.pid, SIGSTOP);
    pid_t waker = wake_later(held.server.pid);
    holder_release(&held.holder);
    unsigned after = open_at(held.server.port);
    waitpid(waker, NULL, 0);
    server_kill(&held.server);
    assert_true(waker > 0);
    assert_true(before >= MANY); /* and whoever asked whether it is ready */
    assert_int_equal(after, 0);
}

static volatile bool interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = true;
}

static void an_interrupt_ends_the_opening(void **state)
{
    (void)state;
    struct server server;
    struct holder holder;
    char why[200], *error = NULL;
    struct server_options server_options = options_for("hangs");
    struct sigaction action = {.sa_handler = interrupt}, old;
    assert_int_equal(server_start(&server, &server_options, why, sizeof(why)), SERVER_OK);
    struct holder_options options = {.address = "127.0.0.1",
                                     .port = server.port,
                                     .connections = MANY,
                                     .interrupted = &interrupted};
    interrupted = false;
    sigaction(SIGALRM, &action, &old);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 200000}, NULL);
    int64_t start_ns = monotonic_ns();
    int result = holder_start(&holder, &options, &error);
    int64_t took_ms = (monotonic_ns() - start_ns) / NS_PER_MS;
    sigaction(SIGALRM, &old, NULL);
    server_kill(&server);
    assert_int_equal(result, -1);
    assert_string_equal(error, "interrupted");
    assert_true(took_ms < HOLDER_TIMEOUT_MS / 2);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no process is left */
    free(error);
}

static void holders_die_with_the_harness(void **state)
{
    (void)state;
    struct held held;
    struct server_options server_options = options_for("well");
    char why[200];
    int channel[2];
    pid_t holder_pid = 0;
    assert_int_equal(pipe(channel), 0);
    assert_int_equal(server_start(&held.server, &server_options, why, sizeof(why)), SERVER_OK);
    pid_t harness = fork();
    if (harness == 0) {
        struct holder_options options = {
            .address = "127.0.0.1", .port = held.server.port, .connections = 50};
        char *error = NULL;
        if (holder_start(&held.holder, &options, &error) != 0 ||
            write(channel[1], &held.holder.processes[0].pid, sizeof(pid_t)) != sizeof(pid_t))
            _exit(1);
        for (;;)
            pause();
    }
    close(channel[1]);
    ssize_t got = read(channel[0], &holder_pid, sizeof(holder_pid));
    close(channel[0]);
    bool was_alive = alive(holder_pid);
    kill(harness, SIGKILL);
    waitpid(harness, NULL, 0);
    int64_t deadline_ns = monotonic_ns() + PATIENCE_MS * NS_PER_MS;
    while (alive(holder_pid) && monotonic_ns() < deadline_ns)
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
    bool is_alive = alive(holder_pid);
    server_kill(&held.server);
    process_kill_strays();
    assert_int_equal(got, sizeof(holder_pid));
    assert_true(was_alive);
    assert_false(is_alive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holding_uses_no_cpu),
        cmocka_unit_test(two_holders_at_one_server_are_apart),
        cmocka_unit_test(when_release_returns_the_server_has_closed_too),
        cmocka_unit_test(an_interrupt_ends_the_opening),
        cmocka_unit_test(holders_die_with_the_harness),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("holder_end", tests, open_all, close_all);
}
