#include "cmd/status.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

/* "RSS 2.2 MiB (+12 KiB under load)", in a rest "RSS 2.2 MiB"; empty where it cannot be read. */
static void memory_words(char *text, size_t size, const struct memory *memory, double loaded_bytes)
{
    char now[WORDS_MAX], more[WORDS_MAX];
    double grown = (double)memory->rss_bytes - loaded_bytes;
    text[0] = '\0';
    if (memory->rss_bytes == MISSING)
        return;
    words_bytes(now, (double)memory->rss_bytes);
    words_bytes(more, fabs(grown));
    if (isnan(loaded_bytes))
        snprintf(text, size, "RSS %s", now);
    else
        snprintf(text, size, "RSS %s (%s%s under load)", now, grown < 0 ? "-" : "+", more);
}

static char *elapsed_words(const struct round *so_far)
{
    char elapsed[TIME_SIZE], total[TIME_SIZE];
    double seen_s =
        fmin((double)so_far->duration_ns / 1e9, so_far->window_s); /* no more is asked for */
    return text_format("%s of %s", duration_text(elapsed, sizeof(elapsed), seen_s),
                       duration_text(total, sizeof(total), so_far->window_s));
}

/* Whole, or not at all. */
static void add_piece(char **text, size_t columns, const char *piece)
{
    if (*piece == '\0' || strlen(*text) + strlen("  ") + strlen(piece) > columns)
        return;
    char *longer = text_format("%s  %s", *text, piece);
    free(*text);
    *text = longer;
}

char *status_text(const char *server, const struct round *so_far, const struct status *status,
                  const char *end, size_t columns)
{
    char load[WORDS_MAX], memory[3 * WORDS_MAX], *text = text_format("%.*s", (int)columns, server);
    char *verdict = text_format("%s so far", flatness_name(status->kind)),
         *until = text_format("until %s", end), *elapsed = elapsed_words(so_far);
    load_words(load, so_far);
    memory_words(memory, sizeof(memory), &so_far->memory,
                 phase_now(so_far)->kind == PHASE_LOAD ? status->loaded_bytes : NAN);
    const char *const pieces[] = {verdict, memory, until, elapsed, load};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
        add_piece(&text, columns, pieces[i]);
    free(elapsed);
    free(until);
    free(verdict);
    return text;
}

static void judge(struct status *status, const struct round *so_far)
{
    struct flatness flatness;
    struct consistency_course course;
    consistency_judge(&flatness, so_far, CONSISTENCY_MEMORY);
    status->kind = flatness.kind;
    consistency_course_make(&course, so_far, CONSISTENCY_MEMORY);
    status->loaded_bytes = course.course.count > 0 ? course.low[0] : NAN;
    consistency_course_release(&course);
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

/* Columns of the terminal behind two blanks, and one that stays free. */
static size_t room(void)
{
    struct winsize size = {0};
    bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    size_t columns = is_known ? size.ws_col : COLUMNS;
    return columns > 3 ? columns - 3 : 0;
}

void status_tell(struct status *status, const char *server, const struct round *so_far,
                 bool terminal)
{
    char end[TIME_SIZE];
    double now_s = monotonic_s();
    if (status->told_s == 0 && !terminal)
        status->told_s = now_s; /* that it begins was said */
    if (now_s - status->told_s < (terminal ? TERMINAL_EVERY_S : PLAIN_EVERY_S))
        return;
    status->told_s = now_s;
    if (status->judged_s == 0 || now_s - status->judged_s >= JUDGE_EVERY_S) {
        status->judged_s = now_s;
        judge(status, so_far);
    }
    end_words(end, so_far);
    /* one that wraps could not be taken back */
    char *text = status_text(server, so_far, status, end, terminal ? room() : INT_MAX);
    fprintf(stderr, terminal ? "\r\033[K  %s" : "  %s\n", text);
    free(text);
    fflush(stderr);
}
