#include "tests/known/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MOST = 1 << 19 };

static const char *path;
static struct line *lines;
static uint64_t count, late_sum_ns, lost_ns;
static int64_t late_most_ns, lost_most_ns, last_sent_ns;

void journal_open(const char *to)
{
    path = to;
    if (!path)
        return;
    lines = malloc(LINES_MOST * sizeof *lines);
    if (!lines)
        abort();
    memset(lines, 1, LINES_MOST * sizeof *lines); /* no page fault is met while it serves */
}

/* What is late behind another answer was lost once. */
static void count_lost(const struct line *line)
{
    int64_t from_ns = line->due_ns > last_sent_ns ? line->due_ns : last_sent_ns;
    int64_t away_ns = line->sent_ns - from_ns;
    lost_ns += (uint64_t)away_ns;
    if (away_ns > lost_most_ns)
        lost_most_ns = away_ns;
    last_sent_ns = line->sent_ns;
}

void journal_add(const struct line *line)
{
    int64_t late_ns = line->sent_ns - line->due_ns;
    late_sum_ns += (uint64_t)late_ns;
    if (late_ns > late_most_ns)
        late_most_ns = late_ns;
    count_lost(line);
    if (path && count < LINES_MOST)
        lines[count] = *line;
    count++;
}

static void write_lines(void)
{
    FILE *out = fopen(path, "w");
    if (!out) {
        perror(path);
        exit(1);
    }
    fputs("connection\tseen_ns\tbegun_ns\tdue_ns\tsent_ns\ttarget\n", out);
    for (uint64_t i = 0; i < count && i < LINES_MOST; i++)
        fprintf(out, "%" PRIu64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\n",
                lines[i].connection, lines[i].seen_ns, lines[i].begun_ns, lines[i].due_ns,
                lines[i].sent_ns, lines[i].target);
    if (fclose(out) != 0)
        exit(1);
}

void journal_close(void)
{
    if (path)
        write_lines();
    printf("answers %" PRIu64 "\nlate_mean_ns %" PRIu64 "\nlate_most_ns %" PRId64
           "\nlost_ns %" PRIu64 "\nlost_most_ns %" PRId64 "\n",
           count, count ? late_sum_ns / count : 0, late_most_ns, lost_ns, lost_most_ns);
    fflush(stdout);
    free(lines);
}
