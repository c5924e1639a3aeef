#include "present/profile.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "present/format.h"

enum { FUNCTIONS_SHOWN = 8, CALLS_SHOWN = 8 };
static const double LEAST_FUNCTION = .01; /* of the total */
static const double LEAST_CALL = .0005;   /* a request: less would be printed as 0.000 */

static void put_functions(FILE *out, const struct costs *costs)
{
    for (size_t i = 0; i < costs->count && i < FUNCTIONS_SHOWN; i++)
        if (costs->items[i].each >= LEAST_FUNCTION * costs->total)
            fprintf(out, "  %7.0f  %4.1f %%  %s\n", costs->items[i].each,
                    100 * costs->items[i].each / costs->total, costs->items[i].name);
}

/* A share of a call that is one for many requests needs a digit more. */
static int call_digits(double calls)
{
    return calls < .0995 ? 3 : 2;
}

/* "recvfrom 1.00, sendto 1.00, epoll_wait 0.016" */
static void put_calls(FILE *out, const struct costs *costs)
{
    const char *separator = "";
    for (size_t i = 0; i < costs->count && i < CALLS_SHOWN; i++) {
        if (costs->items[i].each < LEAST_CALL)
            break;
        fprintf(out, "%s%s %.*f", separator, costs->items[i].name,
                call_digits(costs->items[i].each), costs->items[i].each);
        separator = ", ";
    }
}

/* What is not asked for has an empty reason. */
static void put_totals(FILE *out, const struct profile_row *row)
{
    if (row->instructions.missing)
        fprintf(out, "instructions n/a (%s)", row->instructions.missing);
    else
        fprintf(out, "%.0f instructions", row->instructions.total);
    if (row->calls.missing && *row->calls.missing)
        fprintf(out, ", system calls n/a (%s)", row->calls.missing);
    else if (!row->calls.missing)
        fprintf(out, ", %.*f system calls", call_digits(row->calls.total), row->calls.total);
    fputs(" a request\n", out);
}

void profile_text(FILE *out, const struct profile_row *row)
{
    fprintf(out, "%s %s: ", row->server, row->workload);
    put_totals(out, row);
    put_functions(out, &row->instructions);
    if (row->calls.count > 0) {
        fputs("  ", out);
        put_calls(out, &row->calls);
        fputc('\n', out);
    }
    fflush(out);
}

/* ---- JSON ---- */

static json_t *costs_json(const struct costs *costs, const char *names)
{
    if (costs->missing)
        return json_pack("{s:n, s:s}", "total", "missing", costs->missing);
    json_t *items = json_array();
    for (size_t i = 0; i < costs->count; i++)
        json_array_append_new(items, json_pack("{s:s, s:f}", "name", costs->items[i].name,
                                               "per_request", costs->items[i].each));
    return json_pack("{s:f, s:o}", "total", costs->total, names, items);
}

void profile_json(FILE *out, const struct profile *profile)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < profile->count; i++) {
        const struct profile_row *row = &profile->rows[i];
        json_array_append_new(rows, json_pack("{s:s, s:s, s:o, s:o}", "server", row->server,
                                              "workload", row->workload, "instructions",
                                              costs_json(&row->instructions, "functions"),
                                              "system_calls", costs_json(&row->calls, "calls")));
    }
    json_t *root = json_pack("{s:s, s:s, s:o}", "build", profile->build, "counted_by",
                             profile->tools, "rows", rows);
    json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    fputc('\n', out);
    json_decref(root);
}

/* ---- Markdown ---- */

static void put_total(FILE *out, const struct costs *costs, int digits)
{
    if (costs->missing)
        fputs("n/a", out);
    else
        fprintf(out, "%.*f", digits, costs->total);
}

static void put_function_names(FILE *out, const struct costs *costs)
{
    const char *separator = "";
    for (size_t i = 0; i < costs->count && i < FUNCTIONS_SHOWN; i++) {
        if (costs->items[i].each < LEAST_FUNCTION * costs->total)
            break;
        fprintf(out, "%s`%s` %.0f", separator, costs->items[i].name, costs->items[i].each);
        separator = ", ";
    }
}

static void put_row(FILE *out, const struct profile_row *row)
{
    fprintf(out, "| %s | ", row->workload);
    put_total(out, &row->instructions, 0);
    fputs(" | ", out);
    put_total(out, &row->calls, call_digits(row->calls.total));
    fputs(" | ", out);
    put_calls(out, &row->calls);
    fputs(" | ", out);
    put_function_names(out, &row->instructions);
    fputs(" |\n", out);
}

/* Each reason once. */
static void put_reasons(FILE *out, const struct profile *profile, const char *server)
{
    struct strings said = {0};
    for (size_t i = 0; i < profile->count; i++) {
        const struct profile_row *row = &profile->rows[i];
        const char *reasons[] = {row->instructions.missing, row->calls.missing};
        for (size_t k = 0; k < 2; k++) {
            if (!reasons[k] || (server && strcmp(row->server, server) != 0))
                continue;
            char *line = text_format("%s: %s", server ? row->workload : row->server, reasons[k]);
            if (!strings_contain(&said, line))
                strings_add(&said, line);
            free(line);
        }
    }
    for (size_t i = 0; i < said.count; i++) {
        fputs(i == 0 ? "\nn/a: " : "; ", out);
        escape_markdown(out, said.items[i]);
    }
    if (said.count > 0)
        fputs(".\n", out);
    strings_release(&said);
}

static void put_counted_by(FILE *out, const struct profile *profile)
{
    fputs("\nCounted by ", out);
    escape_markdown(out, profile->tools);
    fputs("; built by ", out);
    escape_markdown(out, profile->build);
    fputs(".\n", out);
}

char *profile_table(const struct profile *profile, const char *server)
{
    char *text = NULL;
    size_t size = 0, rows = 0;
    FILE *out = open_memstream(&text, &size);
    fputs("| workload | user instructions a request | system calls a request | by name "
          "| the largest functions |\n|---|---:|---:|---|---|\n",
          out);
    for (size_t i = 0; i < profile->count; i++) {
        if (strcmp(profile->rows[i].server, server) != 0)
            continue;
        put_row(out, &profile->rows[i]);
        rows++;
    }
    put_reasons(out, profile, server);
    put_counted_by(out, profile);
    fclose(out);
    if (rows > 0)
        return text;
    free(text);
    return NULL;
}

static void collect(const struct profile *profile, struct strings *servers,
                    struct strings *workloads)
{
    for (size_t i = 0; i < profile->count; i++) {
        if (!strings_contain(servers, profile->rows[i].server))
            strings_add(servers, profile->rows[i].server);
        if (!strings_contain(workloads, profile->rows[i].workload))
            strings_add(workloads, profile->rows[i].workload);
    }
}

static void put_cell(FILE *out, const struct profile *profile, const char *server,
                     const char *workload)
{
    for (size_t i = 0; i < profile->count; i++) {
        const struct profile_row *row = &profile->rows[i];
        if (strcmp(row->server, server) != 0 || strcmp(row->workload, workload) != 0)
            continue;
        fputs(" ", out);
        put_total(out, &row->instructions, 0);
        fputs(" · ", out);
        put_total(out, &row->calls, call_digits(row->calls.total));
        fputs(" |", out);
        return;
    }
    fputs(" – |", out); /* a route that the server lacks */
}

char *profile_overview(const struct profile *profile)
{
    char *text = NULL;
    size_t size = 0;
    struct strings servers = {0}, workloads = {0};
    collect(profile, &servers, &workloads);
    FILE *out = open_memstream(&text, &size);
    fputs("User instructions · system calls a request.\n\n| model |", out);
    for (size_t k = 0; k < workloads.count; k++)
        fprintf(out, " %s |", workloads.items[k]);
    fputs("\n|---|", out);
    for (size_t k = 0; k < workloads.count; k++)
        fputs("---:|", out);
    fputc('\n', out);
    for (size_t i = 0; i < servers.count; i++) {
        fprintf(out, "| %s |", servers.items[i]);
        for (size_t k = 0; k < workloads.count; k++)
            put_cell(out, profile, servers.items[i], workloads.items[k]);
        fputc('\n', out);
    }
    put_reasons(out, profile, NULL);
    put_counted_by(out, profile);
    fclose(out);
    strings_release(&servers);
    strings_release(&workloads);
    return text;
}

void profile_markdown(FILE *out, const struct profile *profile)
{
    const char *server = "";
    for (size_t i = 0; i < profile->count; i++) {
        if (strcmp(profile->rows[i].server, server) == 0)
            continue;
        server = profile->rows[i].server;
        char *table = profile_table(profile, server);
        fprintf(out, "## %s\n\n%s\n", server, table);
        free(table);
    }
    char *overview = profile_overview(profile);
    fprintf(out, "## all\n\n%s", overview);
    free(overview);
}
