/* The report for people who read it beside the code: as complete as the page, with its plots as
 * files. */
#include "present/present.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/flags.h"
#include "analyse/words.h"
#include "present/at_rate.h"
#include "present/conditions.h"
#include "present/connections.h"
#include "present/consistency.h"
#include "present/divergences.h"
#include "present/format.h"
#include "present/latency.h"
#include "present/plot.h"
#include "present/scale.h"

struct document {
    FILE *out;
    const char *folder;
    const struct result *result;
    const struct summary *summary;
};

static bool has_figures(const struct row *row)
{
    return row->kind == ROW_RANKED || row->kind == ROW_GLANCE || row->kind == ROW_ROOF;
}

static void put_text(const struct document *d, const char *text)
{
    escape_markdown(d->out, text ? text : "–");
}

static void put_cell(const struct document *d, const char *text)
{
    fputs(" ", d->out);
    put_text(d, text);
    fputs(" |", d->out);
}

static void put_list(const struct document *d, const struct strings *list)
{
    for (size_t i = 0; i < list->count; i++) {
        fputs("- ", d->out);
        put_text(d, list->items[i]);
        putc('\n', d->out);
    }
    putc('\n', d->out);
}

static bool has_upstream(const struct document *d, const struct table *table)
{
    return d->result->workloads[table->workload].workload.upstream != NULL;
}

static void put_row(const struct document *d, const struct table *table, const struct row *row)
{
    struct cells cells;
    cells_make(&cells, d->result, table, row);
    fputs("|", d->out);
    put_cell(d, row->kind == ROW_ROOF ? "roof" : cells.place);
    put_cell(d, cells.label);
    put_cell(d, cells.ratio);
    put_cell(d, cells.cost);
    put_cell(d, cells.per_core);
    if (has_upstream(d, table))
        put_cell(d, cells.upstream);
    put_cell(d, cells.throughput);
    put_cell(d, cells.throughput_range);
    put_cell(d, cells.roof);
    put_cell(d, cells.p50);
    put_cell(d, cells.p99);
    put_cell(d, cells.pss);
    put_cell(d, cells.rounds);
    put_cell(d, cells.state);
    putc('\n', d->out);
}

static void put_table(const struct document *d, const struct table *table)
{
    bool upstream = has_upstream(d, table);
    fprintf(
        d->out,
        "| place | model | CPU per request, × reference | cost (ratio × the reference's median) "
        "| req/s per core (derived) |%s "
        "throughput | range | of the roof "
        "| closed-loop p50 | p99 | PSS | rounds used | state |\n"
        "|---|---|---:|---:|---:|%s---:|---:|---:|---:|---:|---:|---:|---|\n",
        upstream ? " the upstream's CPU per request (in no cost) |" : "", upstream ? "---:|" : "");
    for (size_t i = 0; i < table->count; i++)
        if (has_figures(&table->rows[i]))
            put_row(d, table, &table->rows[i]);
    putc('\n', d->out);
}

static void put_reasons(const struct document *d, const struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        if (!has_figures(row) || row->reason_count == 0)
            continue;
        char *why = flags_words(d->result, row);
        fputs("- ", d->out);
        put_text(d, words_arm(d->result, row));
        fputs(": ", d->out);
        put_text(d, why);
        putc('\n', d->out);
        free(why);
    }
    putc('\n', d->out);
}

static void put_plots(const struct document *d, size_t workload)
{
    for (size_t kind = 0; kind < PLOT_KINDS; kind++) {
        char *path = plot_path("", d->result, workload, kind);
        char *title = plot_title(d->result, workload, kind);
        plot_link(d->out, d->folder, path, title);
        free(title);
        free(path);
    }
    putc('\n', d->out);
}

static void put_upstream(const struct document *d, const struct table *table)
{
    char *sentence = upstream_sentence(d->result, table);
    if (sentence) {
        put_text(d, sentence);
        fputs("\n\n", d->out);
    }
    free(sentence);
}

static void put_workload(const struct document *d, const struct table *table)
{
    const struct workload *workload = &d->result->workloads[table->workload].workload;
    fputs("### ", d->out);
    put_text(d, workload->name);
    fputs(table->ranked ? "\n\n" : " (shown, not ranked)\n\n", d->out);
    put_text(d, workload->summary);
    if (workload->isolates) {
        fputs(". Isolates: ", d->out);
        put_text(d, workload->isolates);
    }
    fputs(".\n\n", d->out);
    put_upstream(d, table);
    put_table(d, table);
    put_reasons(d, table);
    put_plots(d, table->workload);
}

static void put_absent(const struct document *d)
{
    size_t count = 0;
    for (size_t t = 0; t < d->summary->count; t++)
        for (size_t i = 0; i < d->summary->tables[t].count; i++) {
            const struct table *table = &d->summary->tables[t];
            const struct row *row = &table->rows[i];
            if (has_figures(row))
                continue;
            if (count++ == 0)
                fputs("| model | workload | state | why |\n|---|---|---|---|\n", d->out);
            char *why = words_why(d->result, table, row);
            fputs("|", d->out);
            put_cell(d, words_arm(d->result, row));
            put_cell(d, words_workload(d->result, table->workload));
            put_cell(d, row->kind == ROW_INVALID ? "invalid" : "not measured");
            put_cell(d, why);
            putc('\n', d->out);
            free(why);
        }
    fputs(count ? "\n" : "None: every row that was measured has a valid number.\n\n", d->out);
}

static void put_memory(const struct document *d)
{
    fputs("| model | workload | RSS at start | peak | at end | PSS at end "
          "|\n|---|---|---:|---:|---:|---:|\n",
          d->out);
    for (size_t t = 0; t < d->summary->count; t++)
        for (size_t i = 0; i < d->summary->tables[t].count; i++) {
            const struct table *table = &d->summary->tables[t];
            const struct row *row = &table->rows[i];
            struct cells cells;
            if (!has_figures(row) || isnan(row->rss_end_bytes))
                continue;
            cells_make(&cells, d->result, table, row);
            fputs("|", d->out);
            put_cell(d, cells.label);
            put_cell(d, words_workload(d->result, table->workload));
            put_cell(d, cells.rss_start);
            put_cell(d, cells.rss_peak);
            put_cell(d, cells.rss_end);
            put_cell(d, cells.pss);
            putc('\n', d->out);
        }
    putc('\n', d->out);
}

static void put_fact(const struct document *d, const char *key, const char *value)
{
    fputs("|", d->out);
    put_cell(d, key);
    put_cell(d, value ? value : "could not be read");
    putc('\n', d->out);
}

static void put_conditions(const struct document *d)
{
    const struct result *r = d->result;
    char *again = words_again(r);
    char *load = conditions_load(r), *generator = conditions_generator(r);
    fputs("| | |\n|---|---|\n", d->out);
    put_fact(d, "again", again);
    put_fact(d, "suite", r->suite_version);
    put_fact(d, "revision", r->revision);
    put_fact(d, "started", r->started_utc);
    put_fact(d, "finished", conditions_end(r));
    if (conditions_reference(r))
        put_fact(d, "reference", conditions_reference(r));
    put_fact(d, "load", load);
    put_fact(d, "server on CPU", r->server_cpus);
    put_fact(d, "load on CPU", r->load_cpus);
    put_fact(d, "load generator", generator);
    put_fact(d, "host", r->host_name);
    put_fact(d, "host fingerprint", r->host_fingerprint);
    for (size_t i = 0; i < r->workload_count; i++)
        put_fact(d, r->workloads[i].workload.name,
                 r->workloads[i].requests_hash ? r->workloads[i].requests_hash
                                               : "no hash of its requests");
    for (size_t i = 0; i < r->fact_count; i++)
        if (!words_is_of_run(&r->facts[i]))
            put_fact(d, r->facts[i].key, r->facts[i].value);
    putc('\n', d->out);
    free(load);
    free(generator);
    free(again);
}

static void put_divergences(const struct document *d, const struct arm *arm)
{
    struct strings lines = {0};
    char *title = divergences_title(arm);
    if (title) {
        fputs("  - ", d->out);
        put_text(d, title);
        fputs(":\n", d->out);
        divergences_lines(arm, &lines);
    }
    for (size_t i = 0; i < lines.count; i++) {
        fputs("    - ", d->out);
        put_text(d, lines.items[i]);
        putc('\n', d->out);
    }
    strings_release(&lines);
    free(title);
}

static void put_server(const struct document *d, const struct arm *arm)
{
    char *argv = strings_join(&arm->argv, " "),
         *libraries = strings_join(&arm->server.libraries, ", ");
    fputs("- **", d->out);
    put_text(d, arm->id);
    fputs("** ", d->out);
    if (own_name(arm)) {
        fputs("(calls itself ", d->out);
        put_text(d, own_name(arm));
        fputs(") ", d->out);
    }
    if (arm->server.external)
        fputs("(external) ", d->out);
    if (arm->server.summary) {
        put_text(d, arm->server.summary);
        fputs("; ", d->out);
    }
    put_text(d, argv);
    fprintf(d->out, "; CPU %s; sha256 %.16s", arm->cpus ? arm->cpus : "–",
            arm->sha256 ? arm->sha256 : "–");
    fputs(*libraries ? "; " : "", d->out);
    put_text(d, libraries);
    fputs(arm->server.homepage ? "; " : "", d->out);
    put_text(d, arm->server.homepage ? arm->server.homepage : "");
    putc('\n', d->out);
    for (size_t i = 0; i < arm->server.differs.count; i++) {
        fputs("  - differs: ", d->out);
        put_text(d, arm->server.differs.items[i]);
        putc('\n', d->out);
    }
    put_divergences(d, arm);
    for (size_t i = 0; i < arm->differences.count; i++) {
        fputs("  - the check listed: ", d->out);
        put_text(d, arm->differences.items[i]);
        putc('\n', d->out);
    }
    free(libraries);
    free(argv);
}

static const char how_to_read[] =
    "Each ratio is server CPU per request against the reference, less is better; both servers were "
    "alive at the same\n"
    "moment on the same CPU and under the same load. Brackets hold the true ratio (exact interval "
    "of the median over\n"
    "blocks). `=`: cannot be told apart. `≈`: the interval overlaps the next row's. `≥`: a lower "
    "bound, something\n"
    "other than the server was the limit. *external*: no model of this suite, but a reference or "
    "a server of the user's\nown. Closed-loop response time is not a user's latency.\n\n";

static void put_tables(const struct document *d)
{
    fputs("## Workload by workload\n\n", d->out);
    for (size_t t = 0; t < d->summary->count; t++)
        put_workload(d, &d->summary->tables[t]);
    fputs("## Without a valid number\n\n", d->out);
    put_absent(d);
    fputs("## Memory\n\n", d->out);
    put_memory(d);
}

static void put_document(const struct document *d)
{
    const struct result *r = d->result;
    fputs("# ", d->out);
    put_text(d, r->experiment.name);
    fputs(" on ", d->out);
    put_text(d, r->host_name);
    fputs(", ", d->out);
    put_text(d, r->started_utc);
    fputs("\n\n**", d->out);
    put_text(d, d->summary->headline);
    fprintf(d->out, "**\n\n%s", d->summary->count > 0 ? how_to_read : "");
    if (d->summary->count > 0 || d->summary->findings.count > 0) {
        fputs("## What the run shows\n\n", d->out);
        put_list(d, &d->summary->findings);
    }
    fputs("## Before you use it\n\n", d->out);
    put_list(d, &d->summary->cautions);
    consistency_markdown(d->out, d->folder, r, d->summary);
    connections_markdown(d->out, r, d->summary);
    at_rate_markdown(d->out, r, d->summary);
    latency_markdown(d->out, d->folder, r, d->summary);
    scale_markdown(d->out, d->folder, r, d->summary);
    if (d->summary->count > 0)
        put_tables(d);
    fputs("## Conditions of the measurement\n\n", d->out);
    put_conditions(d);
    fputs("### The servers\n\n", d->out);
    for (size_t i = 0; i < r->arm_count; i++)
        put_server(d, &r->arms[i]);
    fputs("\nThe method and its sources: docs/method.md. The data: rounds.jsonl and result.json "
          "beside this file.\n",
          d->out);
}

int present_markdown(const char *folder, const struct result *result, const struct summary *summary,
                     char **error)
{
    char *path = text_format("%s/report.md", folder), *text = NULL;
    size_t size = 0;
    struct document document = {open_memstream(&text, &size), folder, result, summary};
    put_document(&document);
    fclose(document.out);
    int failed = plot_write(path, text);
    if (failed)
        *error = text_format("%s: %s", path, strerror(errno));
    free(text);
    free(path);
    return failed;
}
