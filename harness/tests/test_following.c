/* Who a server is may change while it is followed; what is known
 * of it is then still true, or MISSING with its reason. */
#include "followed_room.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>

#include "data/result.h"
#include "measure/clock.h"

enum { NOBODY = 65534, PATIENCE_MS = 5000 };

static void what_it_holds_and_uses_is_read(void **state)
{
    (void)state;
    struct following_reading before = read_now();
    actor_do(&actor, 'h');
    actor_do(&actor, 'b');
    struct following_reading after = read_now();
    assert_true(after.rss_bytes - before.rss_bytes >= ACTOR_HOLDS_BYTES * 3 / 4);
    assert_in_range(after.cpu_ns - before.cpu_ns, ACTOR_BURN_MS * NS_PER_MS,
                    10 * ACTOR_BURN_MS * NS_PER_MS);
    assert_false(before.went || after.went);
    assert_true(after.came_since_ns == MISSING);
    assert_string_equal(after.why, "");
}

static void threads_and_descriptors_are_counted(void **state)
{
    (void)state;
    struct following_counts before = count_now();
    actor_do(&actor, 't');
    actor_do(&actor, 'o');
    struct following_counts after = count_now();
    assert_int_equal(before.threads, 1);
    assert_int_equal(after.threads, 2);
    assert_int_equal(after.descriptors - before.descriptors, ACTOR_OPENS);
}

static void descriptors_are_as_many_by_their_size_as_by_their_list(void **state)
{
    (void)state;
    if (!following.has_size)
        skip(); /* before Linux 6.2 there is the list alone */
    int64_t by_size = count_now().descriptors;
    following.has_size = false;
    int64_t by_list = count_now().descriptors;
    assert_int_equal(by_size, by_list);
    assert_true(by_list > 2);
}

/* The bound is kept however long a list is: what it cost decides when there may be another. */
static void a_list_of_descriptors_is_not_made_again_at_once(void **state)
{
    (void)state;
    following.has_size = false;
    int64_t before_ns = monotonic_ns();
    struct following_counts first = count_now();
    int64_t after_ns = monotonic_ns(), rest_ns = following.list.cost_ns * FOLLOWING_REST;
    assert_in_range(following.list.until_ns, before_ns + rest_ns, after_ns + rest_ns);
    following.list.until_ns = monotonic_ns() + 60 * NS_PER_S;
    struct following_counts second = count_now();
    assert_true(first.descriptors > 0 && second.descriptors == MISSING);
    assert_non_null(strstr(second.why_descriptors, "to count them takes"));
    assert_int_equal(second.threads, 1);
    following.list.until_ns = 0;
    assert_int_equal(count_now().descriptors, first.descriptors);
}

static void who_is_forked_is_found_and_said(void **state)
{
    (void)state;
    struct following_reading before = read_now();
    int64_t complete_ns = following.complete_ns;
    actor_do(&actor, 'f');
    following_look(&following);
    struct following_reading found = read_now(), later = read_now();
    assert_int_equal(following.count, 2);
    assert_true(found.came_since_ns == complete_ns && later.came_since_ns == MISSING);
    assert_true(found.rss_bytes - before.rss_bytes >= ACTOR_HOLDS_BYTES * 3 / 4);
    assert_true(found.cpu_ns - before.cpu_ns >= ACTOR_BURN_MS * NS_PER_MS);
    assert_false(found.went);
}

static void nobody_is_looked_for_where_nobody_was_born(void **state)
{
    (void)state;
    following_look(&following);
    following.look.cost_ns = -1; /* which a look would set */
    int64_t youngest = following.youngest;
    for (int i = 0; i < 100 && following.look.cost_ns < 0; i++) {
        following.look.until_ns = 0;
        following_look(&following);
    }
    /* Others may fork meanwhile: then it has looked, because of them. */
    assert_true(following.look.cost_ns < 0 || following.youngest != youngest);
    actor_do(&actor, 'f');
    following.look.until_ns = 0;
    following_look(&following);
    assert_int_equal(following.count, 2);
}

/* Of many that were born meanwhile, threads among them, it
 * finds those that are the server's, whichever way it looks. */
static void it_is_found_among_others(void **state)
{
    (void)state;
    static const int others[] = {5, 200};
    for (int i = 0; i < 2; i++) {
        following_look(&following);
        for (int j = 0; j < others[i]; j++) {
            pid_t other = fork();
            if (other == 0)
                _exit(0);
            waitpid(other, NULL, 0);
        }
        actor_do(&actor, 't');
        actor_do(&actor, 'f');
        following.look.until_ns = 0;
        following_look(&following);
        assert_int_equal(following.count, i + 2);
    }
}

/* A dear look rests; then nothing is said to be complete that was not looked at. */
static void a_look_that_rests_does_not_call_it_complete(void **state)
{
    (void)state;
    actor_do(&actor, 'f');
    int64_t complete_ns = following.complete_ns;
    following.look.until_ns = monotonic_ns() + 60 * NS_PER_S;
    following_look(&following);
    assert_int_equal(following.count, 1);
    assert_int_equal(following.complete_ns, complete_ns);
    following.look.until_ns = 0;
    following_look(&following);
    assert_int_equal(following.count, 2);
    assert_int_equal(read_now().came_since_ns, complete_ns);
    assert_true(following.complete_ns > complete_ns);
}

static void who_ends_is_said_and_what_it_used_stays(void **state)
{
    (void)state;
    actor_do(&actor, 'f');
    following_look(&following);
    struct following_reading before = read_now();
    actor_do(&actor, 'k');
    struct following_reading after = read_now();
    assert_int_equal(following.count, 1);
    assert_true(after.went && after.cpu_ns >= before.cpu_ns);
    assert_true(before.rss_bytes - after.rss_bytes >= ACTOR_HOLDS_BYTES * 3 / 4);
    count_now(); /* its parent was told of its time, which is known */
    assert_false(read_now().went);
}

static void a_child_that_nobody_saw_is_told_by_its_parents_clock(void **state)
{
    (void)state;
    read_now();
    actor_do(&actor, 'c');
    count_now();
    struct following_reading told = read_now();
    assert_true(told.went);
    assert_true(told.rss_bytes > 0 && told.cpu_ns != MISSING);
    count_now();
    assert_false(read_now().went);
}

static void a_server_that_has_ended_is_missing_with_its_reason(void **state)
{
    (void)state;
    assert_true(read_now().rss_bytes > 0);
    kill(actor.pid, SIGKILL);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)actor.pid, &info, WEXITED | WNOWAIT),
                     0);                      /* still a zombie */
    assert_int_equal(count_now().threads, 0); /* though the kernel says that it has one */
    struct following_reading reading = read_now();
    struct following_counts counts = count_now();
    assert_true(reading.rss_bytes == MISSING && reading.cpu_ns == MISSING && reading.went);
    assert_string_equal(reading.why, "the server has ended");
    assert_true(counts.threads == MISSING && counts.descriptors == MISSING);
    assert_string_equal(counts.why_threads, "the server has ended");
}

static void workers_outlive_their_root(void **state)
{
    (void)state;
    actor_do(&actor, 'f');
    following_look(&following);
    kill(actor.pid, SIGKILL);
    waitpid(actor.pid, NULL, 0);
    struct following_reading reading = read_now();
    following_look(&following);
    assert_int_equal(following.count, 1);
    assert_true(reading.went && reading.rss_bytes >= ACTOR_HOLDS_BYTES / 2);
    assert_int_equal(count_now().threads, 1);
}

static void one_that_is_stopped_is_read_as_it_is(void **state)
{
    (void)state;
    siginfo_t info;
    struct following_reading before = read_now();
    kill(actor.pid, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)actor.pid, &info, WSTOPPED | WNOWAIT), 0);
    struct following_reading stopped = read_now();
    struct following_reading still = read_now();
    struct following_counts counts = count_now();
    kill(actor.pid, SIGCONT);
    assert_int_equal(still.cpu_ns, stopped.cpu_ns);
    assert_true(stopped.cpu_ns >= before.cpu_ns && stopped.rss_bytes > 0 && !stopped.went);
    assert_true(counts.threads == 1 && counts.descriptors > 0);
    actor_do(&actor, 'b');
    assert_true(read_now().cpu_ns - still.cpu_ns >= ACTOR_BURN_MS * NS_PER_MS);
}

static void one_that_becomes_another_program_stays_the_same_process(void **state)
{
    (void)state;
    actor_do(&actor, 'h');
    actor_do(&actor, 'b');
    struct following_reading before = read_now();
    actor_do(&actor, 'x');
    following_look(&following);
    struct following_reading after = read_now();
    assert_int_equal(following.count, 1);
    assert_false(after.went);
    assert_true(after.cpu_ns >= before.cpu_ns);
    assert_true(after.rss_bytes > 0 && after.rss_bytes < before.rss_bytes);
    assert_int_equal(count_now().threads, 1);
}

/* ---- what may not be read ---- */

/* What somebody else sees of the actor: run in a child, whose findings come back as one line. */
static void seen_by(void (*become)(void), char *line, size_t size)
{
    int channel[2];
    assert_int_equal(pipe(channel), 0);
    pid_t child = fork();
    if (child == 0) {
        struct following other;
        become();
        following_open(&other, actor.pid);
        struct following_reading reading;
        struct following_counts counts;
        other.has_size = false; /* the list needs permission, the size does not */
        following_read(&other, true, &reading);
        following_count(&other, &counts);
        dprintf(channel[1], "%s|%s|%s|%d", reading.rss_bytes == MISSING ? "no" : "rss", reading.why,
                counts.why_descriptors, counts.threads == 1);
        _exit(0);
    }
    close(channel[1]);
    ssize_t len = 0, got;
    while ((got = read(channel[0], line + len, size - 1 - (size_t)len)) > 0)
        len += got;
    line[len] = '\0';
    close(channel[0]);
    waitpid(child, NULL, 0);
}

static void become_nobody(void)
{
    if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        _exit(1);
}

static void what_another_user_may_not_read_is_missing_with_its_reason(void **state)
{
    (void)state;
    char line[512], *descriptors;
    if (getuid() != 0) {
        print_message("# not run: only root can become another user\n");
        skip();
    }
    seen_by(become_nobody, line, sizeof(line));
    descriptors = strstr(line, "fd: Permission denied");
    assert_memory_equal(line, "rss||", 5); /* statm is everybody's: proc(5) */
    assert_non_null(descriptors);
    assert_string_equal(strrchr(line, '|'), "|1");
}

/* proc(5), hidepid=2, in a mount namespace of its own. */
static void hide_processes(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("proc", "/proc", "proc", 0, "hidepid=2") != 0)
        _exit(1);
    become_nobody();
}

static void what_cannot_even_be_seen_is_missing_with_its_reason(void **state)
{
    (void)state;
    char line[512] = "";
    if (getuid() == 0)
        seen_by(hide_processes, line, sizeof(line));
    if (getuid() != 0 || line[0] == '\0') {
        print_message("# not run: /proc cannot be mounted anew here\n");
        skip();
    }
    assert_memory_equal(line, "no|/proc/", 9);
    assert_non_null(strstr(line, "statm: "));
}

#define WITH_ACTOR(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ACTOR(what_it_holds_and_uses_is_read),
        WITH_ACTOR(threads_and_descriptors_are_counted),
        WITH_ACTOR(descriptors_are_as_many_by_their_size_as_by_their_list),
        WITH_ACTOR(a_list_of_descriptors_is_not_made_again_at_once),
        WITH_ACTOR(who_is_forked_is_found_and_said),
        WITH_ACTOR(nobody_is_looked_for_where_nobody_was_born),
        WITH_ACTOR(it_is_found_among_others),
        WITH_ACTOR(a_look_that_rests_does_not_call_it_complete),
        WITH_ACTOR(who_ends_is_said_and_what_it_used_stays),
        WITH_ACTOR(a_child_that_nobody_saw_is_told_by_its_parents_clock),
        WITH_ACTOR(a_server_that_has_ended_is_missing_with_its_reason),
        WITH_ACTOR(workers_outlive_their_root),
        WITH_ACTOR(one_that_is_stopped_is_read_as_it_is),
        WITH_ACTOR(one_that_becomes_another_program_stays_the_same_process),
        WITH_ACTOR(what_another_user_may_not_read_is_missing_with_its_reason),
        WITH_ACTOR(what_cannot_even_be_seen_is_missing_with_its_reason),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("following", tests, NULL, NULL);
}
