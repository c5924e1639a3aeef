/* What grew, as sentences. */
#include "analyse/attribution.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analyse/words.h"

enum { PAGE_BYTES = 4096 };

/* Of the growth, or of whatever moved furthest where that and something else cancel out. */
bool attribution_is_small(const struct attribution *attribution, double bytes)
{
    double whole = fmax(fabs(attribution->explained_bytes), fabs(attribution->resident[0].bytes));
    return fabs(bytes) < fmax(PAGE_BYTES, ATTRIBUTION_LEAST_SHARE * whole);
}

static double total(const struct attribution *attribution)
{
    return isnan(attribution->resident_bytes) ? attribution->explained_bytes
                                              : attribution->resident_bytes;
}

/* "3.0 MiB heap", "1.0 MiB less heap"; against the whole, what goes along with it needs no word. */
static void put_part(FILE *out, const char *before, double bytes, const char *what, bool shrank)
{
    char words[WORDS_MAX];
    words_bytes(words, fabs(bytes));
    const char *way = (bytes < 0) == shrank ? "" : shrank ? "more " : "less ";
    fprintf(out, "%s%s %s%s", before, words, way, what);
}

static bool is_mapping(const struct attribution_part *part)
{
    return strcmp(part->key, "heap") != 0 && strcmp(part->key, "stacks") != 0;
}

static void put_parts(FILE *out, const struct attribution *attribution, bool shrank)
{
    const char *before = ": ";
    double rest = 0;
    bool any_mapping = false;
    for (size_t i = 0; i < MEMORY_KINDS; i++) {
        const struct attribution_part *part = &attribution->resident[i];
        if (attribution_is_small(attribution, part->bytes)) {
            rest += part->bytes;
            any_mapping |= is_mapping(part) && part->bytes != 0;
            continue;
        }
        put_part(out, before, part->bytes, part->what, shrank);
        any_mapping |= is_mapping(part);
        before = ", ";
    }
    if (fabs(rest) >= PAGE_BYTES)
        put_part(out, before, rest, "in all others", shrank);
    if (!any_mapping)
        fputs("; nothing in mappings", out);
}

static void put_unexplained(FILE *out, const struct attribution *attribution)
{
    char words[WORDS_MAX];
    if (isnan(attribution->unexplained_bytes) ||
        attribution_is_small(attribution, attribution->unexplained_bytes))
        return;
    words_bytes(words, attribution->unexplained_bytes);
    fprintf(out, "; %s are not explained, because it changed while it was read", words);
}

static void put_whole(FILE *out, const struct attribution *attribution, double bytes)
{
    char words[WORDS_MAX], each[WORDS_MAX];
    words_bytes(words, fabs(bytes));
    words_leak(each, bytes / attribution->requests);
    fprintf(out, bytes < 0 ? "it shrank by %s" : "it grew by %s", words);
    if (bytes > 0 && !isnan(attribution->requests))
        fprintf(out, ", %s", each);
}

static void put_resident(FILE *out, const struct attribution *attribution)
{
    double bytes = total(attribution);
    bool is_growth = fabs(bytes) >= ATTRIBUTION_LEAST_BYTES;
    char least[WORDS_MAX];
    words_bytes(least, ATTRIBUTION_LEAST_BYTES);
    if (!is_growth && fabs(attribution->resident[0].bytes) < ATTRIBUTION_LEAST_BYTES) {
        fprintf(out,
                "From the end of the first load to that of the last no kind of its memory "
                "grew by %s.",
                least);
        return;
    }
    fputs("From the end of the first load to that of the last ", out);
    if (is_growth)
        put_whole(out, attribution, bytes);
    else
        fprintf(out, "it changed by less than %s as a whole", least);
    put_parts(out, attribution, is_growth && bytes < 0);
    put_unexplained(out, attribution);
    putc('.', out);
}

/* ---- the kernel's part, in which some may grow and others shrink ---- */

static bool is_worth_a_word(const struct attribution_part *part)
{
    return fabs(part->bytes) >= (part->scope == ATTRIBUTION_OF_SERVER
                                     ? ATTRIBUTION_LEAST_BYTES
                                     : ATTRIBUTION_LEAST_SYSTEM_BYTES);
}

/* "+2.0 MiB slab of kmalloc-64" */
static bool put_kernel_of(FILE *out, const struct attribution *attribution,
                          enum attribution_scope scope, const char *before)
{
    bool any = false;
    for (size_t i = 0; i < attribution->kernel_count; i++) {
        const struct attribution_part *part = &attribution->kernel[i];
        char words[WORDS_MAX];
        if (part->scope != scope || !is_worth_a_word(part))
            continue;
        words_bytes(words, part->bytes);
        fprintf(out, "%s%s%s %s%s", any ? ", " : before, part->bytes > 0 ? "+" : "", words,
                part->is_slab ? "slab of " : "", part->what);
        any = true;
    }
    return any;
}

static void put_kernel(FILE *out, const struct attribution *attribution)
{
    if (put_kernel_of(out, attribution, ATTRIBUTION_OF_SERVER, " In the kernel, beside that: "))
        putc('.', out);
    if (!put_kernel_of(out, attribution, ATTRIBUTION_OF_SYSTEM,
                       " In the kernel, for the whole system and not for it alone: "))
        return;
    if (attribution->why_slab)
        fprintf(out, " (which caches: n/a, %s)", attribution->why_slab);
    putc('.', out);
}

char *attribution_sentence(const struct attribution *attribution)
{
    char *text = NULL;
    size_t size = 0;
    if (!attribution->round)
        return NULL;
    FILE *out = open_memstream(&text, &size);
    if (attribution->why) {
        fprintf(out, "Which kind of its memory grew is not known: %s.", attribution->why);
    } else {
        put_resident(out, attribution);
        put_kernel(out, attribution);
    }
    fclose(out);
    return text;
}
