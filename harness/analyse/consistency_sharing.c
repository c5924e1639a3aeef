/* Whose PSS moved for others' sake: a caution. */
#include "analyse/consistency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/words.h"

/* In PSS a page counts by its share of all that have it mapped (proc_pid_smaps(5)),
 * in RSS as a whole: where only PSS moves, others came or went, or a page is no
 * longer shared. Fewer than 16 pages are not worth a word. */
static const double LEAST_BYTES = 64.0 * 1024, RSS_SHARE = 0.5;

static bool is_sharing(double pss_bytes, double rss_bytes)
{
    return fabs(pss_bytes) >= LEAST_BYTES && fabs(rss_bytes) < RSS_SHARE * fabs(pss_bytes);
}

static bool after_burst(const struct consistency_row *row)
{
    return is_sharing(row->burst_kept_bytes, row->burst_rss_bytes);
}

static bool after_close(const struct consistency_row *row)
{
    return is_sharing(row->close_kept_bytes, row->close_rss_bytes);
}

static void put_move(FILE *out, double bytes, const char *after)
{
    char by[WORDS_MAX];
    words_bytes(by, bytes);
    fprintf(out, " by %s%s after %s", bytes > 0 ? "+" : "", by, after);
}

/* " by +132 KiB after the burst and by -80 KiB after all connections were closed" */
static void put_moves(FILE *out, const struct consistency_row *row)
{
    if (after_burst(row))
        put_move(out, row->burst_kept_bytes, "the burst");
    if (after_burst(row) && after_close(row))
        fputs(" and", out);
    if (after_close(row))
        put_move(out, row->close_kept_bytes, "all connections were closed");
}

/* Those that it is true of, and of the first by how much. */
static void put_sentence(FILE *out, const struct consistency_row *first, const char **names,
                         size_t count)
{
    bool one = count == 1;
    words_few(out, names, count);
    if (one)
        fputs(": its PSS moved", out);
    else
        fprintf(out, ": their PSS moved (%s:", names[0]);
    put_moves(out, first);
    fprintf(out,
            "%s while %s RSS moved by less than half of that: other processes that share %s or "
            "libraries came or went, or %s own stopped sharing.",
            one ? "" : ")", one ? "its" : "their", one ? "its program" : "their programs",
            one ? "its" : "their");
}

void consistency_sharing(const struct consistency *consistency, const struct result *result,
                         struct strings *cautions)
{
    const char **names = xcalloc(consistency->count + 1, sizeof *names);
    const struct consistency_row *first = NULL;
    char *text = NULL;
    size_t count = 0, size = 0;
    for (size_t i = 0; i < consistency->count; i++) {
        const struct consistency_row *row = &consistency->rows[i];
        if (!after_burst(row) && !after_close(row))
            continue;
        first = first ? first : row;
        names[count++] = result->arms[row->arm].id;
    }
    if (first) {
        FILE *out = open_memstream(&text, &size);
        put_sentence(out, first, names, count);
        fclose(out);
        strings_add(cautions, text);
    }
    free(text);
    free(names);
}
