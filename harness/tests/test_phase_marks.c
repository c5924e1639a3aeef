/* Each part of a mark moves with what it says it is of, or is
 * MISSING with a reason; and the others stand. */
#include "measure/marks.h"

#include "following_room.h"

#include "measure/clock.h"
#include "own_folder.h"

enum { QUARTER = ACTOR_HOLDS_BYTES / 4 };

static struct actor actor;
static struct following following;
static struct phase_marks taken;
static struct marks marks;

static void begin_in(const char *cgroups)
{
    actor_start(&actor);
    following_open(&following, actor.pid);
    marks_open(&marks, &taken, &following, cgroups);
}

static void end(void)
{
    following_close(&following);
    actor_end(&actor);
}

static const struct phase_mark *mark(int64_t at_ns)
{
    marks_take(&marks, at_ns);
    return &taken.items[taken.count - 1];
}

static void memory_is_of_the_server(void **state)
{
    (void)state;
    begin_in(NULL);
    const struct phase_mark *before = mark(0);
    actor_do(&actor, 'h');
    const struct phase_mark *after = mark(5);
    end();
    assert_int_equal(taken.count, 2);
    assert_int_equal(before->at_ns, 0);
    assert_int_equal(after->at_ns, 5);
    assert_true(after->rss_bytes - before->rss_bytes >= 3 * QUARTER);
    assert_true(after->pss_bytes - before->pss_bytes >= 3 * QUARTER);
    assert_true(after->uss_bytes - before->uss_bytes >= 3 * QUARTER);
    assert_true(after->rss_bytes >= after->pss_bytes && after->pss_bytes >= after->uss_bytes);
    assert_true(after->page_tables_bytes >= before->page_tables_bytes &&
                before->page_tables_bytes > 0);
    for (int part = MARK_RSS; part <= MARK_KERNEL_SOCKETS; part++)
        assert_null(marks_why(&marks, (enum mark_part)part));
}

static void a_peak_is_since_the_mark_before(void **state)
{
    (void)state;
    begin_in(NULL);
    const struct phase_mark *flat = mark(0);
    actor_do(&actor, 'h');
    actor_do(&actor, 'u');
    const struct phase_mark *risen = mark(1), *later = mark(2);
    end();
    assert_true(risen->peak_bytes - flat->peak_bytes >= 3 * QUARTER);
    assert_true(risen->rss_bytes - flat->rss_bytes <= QUARTER);
    assert_true(risen->peak_bytes - later->peak_bytes >= 3 * QUARTER);
    assert_true(later->peak_bytes >= later->rss_bytes);
}

static void threads_descriptors_and_workers_are_counted(void **state)
{
    (void)state;
    begin_in(NULL);
    const struct phase_mark *before = mark(0);
    actor_do(&actor, 't');
    actor_do(&actor, 'o');
    actor_do(&actor, 'f');
    const struct phase_mark *after = mark(1);
    struct following_reading reading;
    following_read(&following, true, &reading);
    end();
    assert_int_equal(before->threads, 1);
    assert_int_equal(after->threads, 3);
    assert_true(after->descriptors - before->descriptors >= ACTOR_OPENS);
    assert_true(after->rss_bytes - before->rss_bytes >= 3 * QUARTER);
    assert_true(reading.came_since_ns !=
                MISSING); /* that a mark found them is not hidden from the course */
}

static void descriptors_are_listed_for_a_mark_though_the_course_waits(void **state)
{
    (void)state;
    begin_in(NULL);
    following.has_size = false;
    const struct phase_mark *first = mark(0), *second = mark(1);
    end();
    assert_true(first->descriptors > 2);
    assert_int_equal(second->descriptors, first->descriptors);
}

static void a_server_that_has_ended_leaves_the_systems_parts(void **state)
{
    (void)state;
    begin_in(NULL);
    const struct phase_mark *alive = mark(0);
    kill(actor.pid, SIGKILL);
    siginfo_t info;
    waitid(P_PID, (id_t)actor.pid, &info, WEXITED | WNOWAIT);
    struct phase_mark *dead = &taken.items[1];
    marks_take(&marks, 1);
    for (int part = 0; part < MARK_PARTS; part++) {
        bool is_systems = mark_parts[part].scope == MARK_OF_SYSTEM;
        assert_true((*mark_part_of(dead, (enum mark_part)part) != MISSING) == is_systems);
        assert_true((marks_why(&marks, (enum mark_part)part) == NULL) == is_systems);
    }
    assert_true(alive->rss_bytes > 0 && alive->threads == 1); /* what was read before stands */
    end();
}

/* What 128 of them hold is not what the server holds. */
static void more_processes_than_are_followed_leave_the_systems_parts(void **state)
{
    (void)state;
    struct crowd crowd;
    begin_in(NULL);
    mark(0);
    crowd_start(&crowd, actor.pid);
    following_close(&following);
    following_open(&following, actor.pid);
    struct phase_mark crowded = *mark(1);
    crowd_end(&crowd);
    struct phase_mark alone = *mark(2), later = *mark(3);
    end();
    for (int part = MARK_RSS; part <= MARK_KERNEL_SOCKETS; part++) {
        bool is_systems = mark_parts[part].scope == MARK_OF_SYSTEM;
        assert_true((*mark_part_of(&crowded, (enum mark_part)part) != MISSING) == is_systems);
        if (!is_systems)
            assert_string_equal(marks_why(&marks, (enum mark_part)part),
                                "the server has more than 128 processes");
    }
    assert_true(alone.pss_bytes > 0 && alone.threads == 1 && alone.descriptors > 0);
    assert_true(alone.peak_bytes == MISSING); /* not known since the mark before */
    assert_true(later.peak_bytes >= later.rss_bytes);
}

/* A look that was dear rests, but not before a mark. */
static void who_has_come_is_in_it_though_the_course_looks_no_more(void **state)
{
    (void)state;
    begin_in(NULL);
    following.look.until_ns = monotonic_ns() + 60 * NS_PER_S;
    actor_do(&actor, 'f');
    const struct phase_mark *both = mark(0);
    end();
    assert_int_equal(both->threads, 2);
}

static void no_more_marks_than_there_is_room_for(void **state)
{
    (void)state;
    begin_in(NULL);
    for (int i = 0; i < PHASES_MOST + 5; i++)
        marks_take(&marks, i);
    end();
    assert_int_equal(taken.count, PHASES_MOST + 1);
    assert_int_equal(taken.items[PHASES_MOST].at_ns, PHASES_MOST);
    assert_true(marks.cost_ns > 0);
}

static void each_part_has_a_name_and_a_place_of_its_own(void **state)
{
    (void)state;
    struct phase_mark all;
    phase_mark_init(&all);
    for (int part = 0; part < MARK_PARTS; part++) {
        assert_non_null(mark_parts[part].key);
        assert_non_null(mark_parts[part].what);
        assert_true(*mark_part_of(&all, (enum mark_part)part) == MISSING);
        *mark_part_of(&all, (enum mark_part)part) = part;
    }
    for (int part = 0; part < MARK_PARTS; part++)
        assert_int_equal(*mark_part_of(&all, (enum mark_part)part), part);
    assert_ptr_equal(mark_part_of(&all, MARK_CGROUP), &all.cgroup_bytes);
    assert_string_equal(mark_parts[MARK_KERNEL_SLAB].key, "kernel_slab_bytes");
}

/* ---- a cgroup: a folder of files that looks like one ---- */

static char *cgroup_file(const char *name)
{
    char text[512], *line, *path = text_format("/proc/%d/cgroup", (int)actor.pid);
    FILE *file = fopen(path, "r");
    free(path);
    assert_non_null(file);
    while ((line = fgets(text, sizeof(text), file)) != NULL && strncmp(line, "0::", 3) != 0)
        continue;
    fclose(file);
    if (line == NULL)
        return NULL;
    text[strcspn(text, "\n")] = '\0';
    return text_format("%s/%s", strcmp(text, "0::/") == 0 ? "" : text + 4, name);
}

/* False: this kernel has no cgroup v2 at all. */
static bool put_in_group(const char *name, const char *text)
{
    char *below = cgroup_file(name);
    if (below != NULL)
        free(put_text(below + (below[0] == '/'), text, 0644));
    free(below);
    return below != NULL;
}

static void put_member(pid_t also)
{
    char *members = also > 0 ? text_format("%d\n%d\n", (int)actor.pid, (int)also)
                             : text_format("%d\n", (int)actor.pid);
    put_in_group("cgroup.procs", members);
    free(members);
}

/* False: see put_in_group. */
static bool begin_in_group(void)
{
    free(put_text("cgroup.controllers", "memory\n", 0644));
    begin_in(folder);
    put_member(0);
    return put_in_group("memory.current", "5000000\n") &&
           put_in_group("cgroup.stat", "nr_descendants 0\nnr_dying_descendants 0\n") &&
           put_in_group("memory.stat",
                        "anon 1000000\nfile 7\nkernel 300000\nkernel_stack 16384\nsock 4096\n");
}

static void a_group_that_holds_the_server_alone_is_read(void **state)
{
    (void)state;
    bool has_groups = begin_in_group();
    const struct phase_mark *in_group = mark(0);
    put_in_group("memory.stat",
                 "kernel_stack 16384\npagetables 8192\npercpu 256\nsock 4096\nslab 32768\n");
    const struct phase_mark *older = mark(1);
    end();
    if (!has_groups)
        skip();
    assert_null(marks_why(&marks, MARK_CGROUP));
    assert_int_equal(in_group->cgroup_bytes, 5000000);
    assert_int_equal(in_group->cgroup_kernel_bytes, 304096);
    assert_int_equal(older->cgroup_kernel_bytes,
                     16384 + 8192 + 256 + 4096 + 32768); /* before Linux 5.18 */
}

static void a_group_is_not_read_where_it_is_not_the_servers_alone(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *why;
    } cases[] = {
        {"cgroup.stat", "nr_descendants 2\n", "not alone in its cgroup"},
        {"cgroup.procs", "1\n", "not alone in its cgroup"},
        {"memory.stat", "anon 7\n", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        bool has_groups = begin_in_group();
        put_in_group(cases[i].file, cases[i].text);
        const struct phase_mark *mark_of = mark(0);
        end();
        if (!has_groups)
            skip();
        assert_true(mark_of->cgroup_kernel_bytes == MISSING);
        assert_true((mark_of->cgroup_bytes == MISSING) == (cases[i].why[0] != '\0'));
        assert_non_null(strstr(marks_why(&marks, MARK_CGROUP_KERNEL), cases[i].why));
        assert_true(mark_of->rss_bytes > 0);
    }
}

static void a_second_process_in_the_group_that_is_no_worker_is_somebody_else(void **state)
{
    (void)state;
    bool has_groups = begin_in_group();
    put_member(getpid());
    const struct phase_mark *shared = mark(0);
    put_member(0);
    const struct phase_mark *alone = mark(1);
    end();
    if (!has_groups)
        skip();
    assert_true(shared->cgroup_bytes == MISSING);
    assert_int_equal(alone->cgroup_bytes, 5000000);
}

static void without_groups_that_count_memory_the_reason_is_said(void **state)
{
    (void)state;
    begin_in(folder);
    mark(0);
    assert_true(taken.items[0].cgroup_bytes == MISSING);
    assert_non_null(strstr(marks_why(&marks, MARK_CGROUP), "no cgroup v2 is mounted at /tmp/"));
    free(put_text("cgroup.controllers", "", 0644));
    marks_open(&marks, &taken, &following, folder);
    mark(0);
    end();
    assert_true(taken.items[0].cgroup_bytes == MISSING);
    assert_non_null(strstr(marks_why(&marks, MARK_CGROUP), "cgroup"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_of_the_server),
        cmocka_unit_test(a_peak_is_since_the_mark_before),
        cmocka_unit_test(threads_descriptors_and_workers_are_counted),
        cmocka_unit_test(descriptors_are_listed_for_a_mark_though_the_course_waits),
        cmocka_unit_test(a_server_that_has_ended_leaves_the_systems_parts),
        cmocka_unit_test(more_processes_than_are_followed_leave_the_systems_parts),
        cmocka_unit_test(who_has_come_is_in_it_though_the_course_looks_no_more),
        cmocka_unit_test(no_more_marks_than_there_is_room_for),
        cmocka_unit_test(each_part_has_a_name_and_a_place_of_its_own),
        IN_FOLDER(a_group_that_holds_the_server_alone_is_read),
        IN_FOLDER(a_group_is_not_read_where_it_is_not_the_servers_alone),
        IN_FOLDER(a_second_process_in_the_group_that_is_no_worker_is_somebody_else),
        IN_FOLDER(without_groups_that_count_memory_the_reason_is_said),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("phase marks", tests, NULL, NULL);
}
