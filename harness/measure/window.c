#include "measure/window.h"

#include <poll.h>

#include "measure/clock.h"
#include "measure/footprint.h"

/* SLICE_MS: how late an interrupt is noticed when no signal wakes poll; FOOTPRINT_MS: how long
 * before the end PSS is read, so that it is read under load and the last samples still follow. */
enum { SLICE_MS = 100, HANGUP_MS = 2, FOOTPRINT_MS = 250, PULSE_MS = 1000 };

struct watch {
    struct window *window;
    int64_t start_ns, end_ns, cpu_ns, pulse_ns;
    bool measured; /* all generators have */
    bool footprints_read, mark_taken;
};

static bool start_all(struct window *window, unsigned *failed, char *error, size_t size)
{
    *failed = 0;
    if (window->paced != NULL)
        return paced_start(&window->arms[0].load, window->paced, error, size) == 0;
    for (unsigned i = 0; i < window->arm_count; i++) {
        struct window_arm *arm = &window->arms[i];
        arm->options.duration_s = window->duration_s;
        if (load_start(&arm->load, &arm->options, error, size) == 0)
            continue;
        *failed = i;
        return false;
    }
    return true;
}

static void kill_all(struct window *window)
{
    for (unsigned i = 0; i < window->arm_count; i++)
        load_kill(&window->arms[i].load);
}

/* True once all generators have ended. */
static bool poll_all(struct watch *watch)
{
    struct window *window = watch->window;
    bool ended = true, measured = true;
    for (unsigned i = 0; i < window->arm_count; i++) {
        struct load *load = &window->arms[i].load;
        bool over = load_poll(load);
        ended = ended && over;
        measured = measured && (over || load_reported(load));
    }
    if (measured && !watch->measured)
        window->cpu_harness_ns = clock_read_ns(CLOCK_PROCESS_CPUTIME_ID) - watch->cpu_ns;
    watch->measured = measured;
    return ended;
}

static enum window_end find_trouble(const struct watch *watch, unsigned *failed)
{
    const struct window *window = watch->window;
    if (*window->interrupted)
        return WINDOW_INTERRUPTED;
    int64_t late_ns = monotonic_ns() - watch->end_ns;
    for (unsigned i = 0; i < window->arm_count; i++) {
        const struct load *load = &window->arms[i].load;
        int64_t limit_ms =
            load_reported(load) ? WINDOW_LATE_MS + WINDOW_LISTING_MS : WINDOW_LATE_MS;
        *failed = i;
        if (server_ended(window->arms[i].server))
            return WINDOW_DIED;
        if (window->arms[i].upstream != NULL && server_ended(window->arms[i].upstream))
            return WINDOW_UPSTREAM;
        if (!load->ended && late_ns > limit_ms * NS_PER_MS)
            return WINDOW_LATE;
    }
    return WINDOW_DONE;
}

int64_t window_kernel_bytes(void)
{
    struct footprint_kernel kernel;
    return footprint_read_kernel(&kernel) ? footprint_kernel_sum(&kernel) : MISSING;
}

static bool is_near_the_end(const struct watch *watch)
{
    return monotonic_ns() >= watch->end_ns - FOOTPRINT_MS * NS_PER_MS;
}

static void pulse(struct watch *watch)
{
    struct window *window = watch->window;
    int64_t now_ns = monotonic_ns();
    if (window->pulse == NULL || now_ns < watch->pulse_ns)
        return;
    watch->pulse_ns = now_ns + PULSE_MS * NS_PER_MS;
    window->pulse(window->pulse_argument);
}

static void read_footprints(struct watch *watch)
{
    struct window *window = watch->window;
    watch->footprints_read = true;
    window->kernel_bytes = window->reads_kernel ? window_kernel_bytes() : MISSING;
    sampler_check_trees(window->sampler);
    for (unsigned i = 0; i < window->arm_count; i++) {
        struct window_arm *arm = &window->arms[i];
        const struct sample_arm *sampled = &window->sampler->arms[i];
        arm->footprint_known =
            footprint_read_resident(sampled->pids, sampled->pid_count, &arm->resident);
    }
}

static void sample(struct watch *watch)
{
    struct window *window = watch->window;
    if (window->marks != NULL && !watch->mark_taken && is_near_the_end(watch)) {
        watch->mark_taken = true;
        marks_take(window->marks, monotonic_ns() - watch->start_ns);
    }
    if (window->sampler == NULL)
        return;
    sampler_tick(window->sampler);
    if (window->phase_watch != NULL)
        phase_watch_tick(window->phase_watch);
    pulse(watch);
    if (!watch->footprints_read && is_near_the_end(watch))
        read_footprints(watch);
}

/* Until the next sample is due, or a generator reports, or a slice has passed. */
static void sleep_a_little(const struct watch *watch)
{
    const struct window *window = watch->window;
    struct pollfd fds[SAMPLE_ARMS];
    int64_t until_ns = monotonic_ns() + SLICE_MS * NS_PER_MS;
    unsigned hangups = 0;
    if (window->sampler != NULL && !sampler_done(window->sampler) &&
        window->sampler->next_ns < until_ns)
        until_ns = window->sampler->next_ns;
    if (window->phase_watch != NULL && phase_watch_due_ns(window->phase_watch) < until_ns)
        until_ns = phase_watch_due_ns(window->phase_watch);
    for (unsigned i = 0; i < window->arm_count; i++) {
        const struct load *load = &window->arms[i].load;
        bool is_silent = load->ended || load->pid == 0; /* another's generator drives it, too */
        fds[i] = (struct pollfd){is_silent ? -1 : load->data_fd, POLLIN, 0};
    }
    int64_t left_ns = until_ns - monotonic_ns();
    struct timespec timeout = {.tv_nsec = left_ns > 0 ? left_ns : 0};
    if (ppoll(fds, window->arm_count, &timeout, NULL) <= 0)
        return;
    for (unsigned i = 0; i < window->arm_count; i++)
        hangups += (fds[i].revents & POLLHUP) != 0;
    if (hangups > 0) /* it has written all and is about to end: do not spin on the closed pipe */
        sleep_until_ns(monotonic_ns() + HANGUP_MS * NS_PER_MS);
}

/* What was measured in hours is worth the moment in which the generator tells it. */
static void await_report(struct watch *watch)
{
    struct load *load = &watch->window->arms[0].load;
    int64_t until_ns = monotonic_ns() + WINDOW_REPORT_MS * NS_PER_MS;
    if (!watch->footprints_read)
        read_footprints(watch);
    phase_watch_cut(watch->window->phase_watch); /* before all connections are closed */
    load_interrupt(load);
    while (!load_poll(load) && monotonic_ns() < until_ns)
        sleep_a_little(watch);
}

/* Phases end as much later as the generator opened them; how
 * much of a course is of the window its report will tell. */
static int64_t last_sample_ns(const struct watch *watch)
{
    return watch->end_ns + (watch->window->phase_watch != NULL ? WINDOW_LATE_MS * NS_PER_MS : 0);
}

enum window_end window_run(struct window *window, unsigned *failed, char *error, size_t size)
{
    struct watch watch = {.window = window};
    window->kernel_bytes = MISSING;
    if (!start_all(window, failed, error, size)) {
        kill_all(window);
        return WINDOW_NOT_STARTED;
    }
    watch.start_ns = window->arms[0].load.started_ns;
    watch.end_ns = watch.start_ns + window->duration_s * NS_PER_S;
    watch.pulse_ns = watch.start_ns + window->warmup_s * NS_PER_S + PULSE_MS * NS_PER_MS;
    if (window->sampler != NULL) {
        pid_t loads[SAMPLE_ARMS] = {0};
        for (unsigned i = 0; i < window->arm_count; i++)
            loads[i] = window->arms[window->paced != NULL ? 0 : i].load.pid;
        sampler_start(window->sampler, loads, watch.start_ns + window->warmup_s * NS_PER_S,
                      last_sample_ns(&watch));
    }
    if (window->phase_watch != NULL)
        window->phase_watch->start_ns = watch.start_ns + window->warmup_s * NS_PER_S;
    if (window->started != NULL)
        window->started(window->started_argument);
    watch.cpu_ns = clock_read_ns(CLOCK_PROCESS_CPUTIME_ID);
    while (!poll_all(&watch)) {
        enum window_end trouble = find_trouble(&watch, failed);
        if ((trouble == WINDOW_INTERRUPTED || trouble == WINDOW_LATE) &&
            window->phase_watch != NULL)
            await_report(&watch);
        if (trouble != WINDOW_DONE) {
            kill_all(window);
            return trouble;
        }
        sample(&watch);
        sleep_a_little(&watch);
    }
    return WINDOW_DONE;
}
