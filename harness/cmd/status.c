#include "cmd/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "analyse/consistency.h"
#include "analyse/words.h"
#include "cmd/progress.h"
#include "data/phases.h"
#include "measure/clock.h"

enum { COLUMNS = 80, TIME_SIZE = 32 };

static const double TERMINAL_EVERY_S = 1, PLAIN_EVERY_S = 600, JUDGE_EVERY_S = 10;

/* The phase that it is in now; the last one where it is past all. */
static const struct phase *phase_now(const struct round *so_far)
{
    int64_t left_ns = so_far->duration_ns;
    size_t i = 0;
    while (i + 1 < so_far->phases.count &&
           left_ns >= so_far->phases.items[i].duration_s * NS_PER_S) {
        left_ns -= so_far->phases.items[i].duration_s * NS_PER_S;
        i++;
    }
    return &so_far->phases.items[i];
}

static void load_words(char words[WORDS_MAX], const struct round *so_far)
{
    const struct phase *phase = phase_now(so_far);
    if (phase_sends(phase->kind)) {
        words_count(words, phase->rate_rps);
        strcat(words, "/s");
    } else {
        snprintf(words, WORDS_MAX, "%s", phase_kind_name(phase->kind));
    }
}

/* "  RSS 2.2 MiB (+12 KiB)"; empty where it cannot be read. */
static void memory_words(char *text, size_t size, const struct memory *memory)
{
    char now[WORDS_MAX], more[WORDS_MAX];
    double grown = (double)(memory->rss_bytes - memory->rss_start_bytes);
    text[0] = '\0';
    if (memory->rss_bytes == MISSING || memory->rss_start_bytes == MISSING)
        return;
    words_bytes(now, (double)memory->rss_bytes);
    words_bytes(more, fabs(grown));
    snprintf(text, size, "  RSS %s (%s%s)", now, grown < 0 ? "-" : "+", more);
}

void status_text(char text[STATUS_TEXT_SIZE], const char *server, const struct round *so_far,
                 enum flatness_kind kind, const char *end)
{
    char load[WORDS_MAX], memory[3 * WORDS_MAX], elapsed[TIME_SIZE], total[TIME_SIZE];
    load_words(load, so_far);
    memory_words(memory, sizeof(memory), &so_far->memory);
    double seen_s =
        fmin((double)so_far->duration_ns / 1e9, so_far->window_s); /* no more is asked for */
    snprintf(text, STATUS_TEXT_SIZE, "%.80s  %s of %s%s  %s  %s so far  until %s", server,
             duration_text(elapsed, sizeof(elapsed), seen_s),
             duration_text(total, sizeof(total), so_far->window_s), memory, load,
             flatness_name(kind), end);
}

static enum flatness_kind judge(const struct round *so_far)
{
    struct flatness flatness;
    consistency_judge(&flatness, so_far, CONSISTENCY_MEMORY);
    return flatness.kind;
}

/* Another day than today's is named, too. */
static void end_words(char text[TIME_SIZE], const struct round *so_far)
{
    time_t now = time(NULL), end = now + so_far->window_s - so_far->duration_ns / NS_PER_S;
    struct tm today, then;
    localtime_r(&now, &today);
    localtime_r(&end, &then);
    strftime(text, TIME_SIZE, today.tm_yday == then.tm_yday ? "%H:%M" : "%a %H:%M", &then);
}

static int terminal_columns(void)
{
    struct winsize size = {0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : COLUMNS;
}

void status_tell(struct status *status, const char *server, const struct round *so_far,
                 bool terminal)
{
    char text[STATUS_TEXT_SIZE], end[TIME_SIZE];
    double now_s = monotonic_s();
    if (status->told_s == 0 && !terminal)
        status->told_s = now_s; /* that it begins was said */
    if (now_s - status->told_s < (terminal ? TERMINAL_EVERY_S : PLAIN_EVERY_S))
        return;
    status->told_s = now_s;
    if (status->judged_s == 0 || now_s - status->judged_s >= JUDGE_EVERY_S) {
        status->judged_s = now_s;
        status->kind = judge(so_far);
    }
    end_words(end, so_far);
    status_text(text, server, so_far, status->kind, end);
    if (terminal) /* one that wraps could not be taken back */
        fprintf(stderr, "\r\033[K  %.*s", terminal_columns() - 3, text);
    else
        fprintf(stderr, "  %s\n", text);
    fflush(stderr);
}
