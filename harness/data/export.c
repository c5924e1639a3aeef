#include "data/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/hgrm.h"
#include "data/result_json.h"

/* ---- rounds.csv ---- */

static const char *const columns[] = {
    "number",
    "attempt",
    "arm",
    "server",
    "workload",
    "role",
    "with",
    "glance",
    "scale",
    "probe",
    "load.kind",
    "load.rate_rps",
    "connections",
    "idle_connections",
    "threads",
    "workers",
    "block",
    "position",
    "cpus",
    "started_utc",
    "monotonic_ns",
    "outcome",
    "reasons",
    "curve",
    "trial.p",
    "trial.limit_ns",
    "trial.confirms",
    "trial.n_count",
    "trial.missed_count",
    "trial.disturbed_count",
    "trial.disturbed_missed_count",
    "phases",
    "confirms_growth",
    "stairs",
};
static const struct {
    const char *name;
    double quantile;
} quantiles[] = {{"hist.p50_ns", .5}, {"hist.p90_ns", .9}, {"hist.p99_ns", .99}};
enum {
    COLUMNS = sizeof columns / sizeof *columns,
    QUANTILES = sizeof quantiles / sizeof *quantiles,
};

/* RFC 4180, 2: quotes where a comma, a quote or the end of a line stands in it. */
static void put_text(FILE *out, const char *text)
{
    if (!text || !strpbrk(text, ",\"\r\n")) {
        fprintf(out, "%s,", text ? text : "");
        return;
    }
    putc('"', out);
    for (; *text; text++)
        fputs(*text == '"' ? "\"\"" : (char[]){*text, '\0'}, out);
    fputs("\",", out);
}

static void put_number(FILE *out, int64_t number)
{
    if (number != MISSING)
        fprintf(out, "%" PRId64, number);
    putc(',', out);
}

static void put_columns(FILE *out)
{
    for (size_t i = 0; i < COLUMNS; i++)
        put_text(out, columns[i]);
    for (size_t i = 0; i < ROUND_NUMBERS; i++)
        put_text(out, round_numbers[i].field);
    put_text(out, "hist.values_count");
    for (size_t i = 0; i < QUANTILES; i++)
        put_text(out, quantiles[i].name);
    fputs("hist.max_ns\r\n", out);
}

static void put_reasons(FILE *out, const struct outcome *outcome)
{
    for (unsigned i = 0; i < outcome->count; i++)
        fprintf(out, "%s%s", i ? " " : "", reason_name(outcome->reasons[i].code));
    putc(',', out);
}

/* The cells of a trial are empty where the round is none. */
static void put_latency(FILE *out, const struct round *round)
{
    const struct slo_count *trial = &round->trial;

    put_text(out, round->curve ? "true" : "false");
    if (trial->slo.p == 0) {
        fputs(",,,,,,,", out);
        return;
    }
    fprintf(out, "%.12g,", trial->slo.p);
    put_number(out, trial->slo.limit_ns);
    put_text(out, trial->confirms ? "true" : "false");
    put_number(out, trial->n_count);
    put_number(out, trial->missed_count);
    put_number(out, trial->disturbed_count);
    put_number(out, trial->disturbed_missed_count);
}

/* As columns has them. */
static void put_place(FILE *out, const struct result *result, const struct round *round)
{
    const struct arm *arm = &result->arms[round->arm];
    const uint32_t load[] = {round->connections, round->idle_connections,
                             round->threads,     round->workers,
                             round->block,       round->position};

    fprintf(out, "%" PRIu32 ",%" PRIu32 ",", round->number, round->attempt);
    put_text(out, arm->id);
    put_text(out, arm->server.name);
    put_text(out, result->workloads[round->workload].workload.name);
    put_text(out, round_role_names[round->role]);
    put_text(out, round->role == ROLE_SOLO ? NULL : result->arms[round->with].id);
    put_text(out, round->glance ? "true" : "false");
    put_text(out, round->scale ? "true" : "false");
    put_text(out, round->probe ? "true" : "false");
    put_text(out, load_kind_names[round->load_kind]);
    put_number(out, round->load_kind == LOAD_OPEN ? round->rate_rps : MISSING);
    for (size_t i = 0; i < sizeof load / sizeof *load; i++)
        put_number(out, load[i]);
    put_text(out, round->cpus);
    put_text(out, round->started_utc);
    put_number(out, round->monotonic_ns);
    put_text(out, outcome_name(round->outcome.kind));
    put_reasons(out, &round->outcome);
    put_latency(out, round);
    put_text(out, round_has_phases(round) ? "true" : "false");
    put_text(out, round->confirms_growth ? "true" : "false");
    put_text(out, round_has_stairs(round) ? "true" : "false");
}

/* What lies above trusted_p is the generator's, so its cells stay empty. */
static void put_response(FILE *out, const struct round *round)
{
    const struct histogram *response = &round->response;
    if (response->total == 0) {
        for (size_t i = 0; i < QUANTILES + 1; i++)
            putc(',', out);
        fputs("\r\n", out);
        return;
    }
    put_number(out, (int64_t)response->total);
    for (size_t i = 0; i < QUANTILES; i++)
        put_number(out, quantiles[i].quantile > round->trusted_p
                            ? MISSING
                            : (int64_t)histogram_quantile_ns(response, quantiles[i].quantile));
    if (round->trusted_p == 1)
        fprintf(out, "%" PRIu64, histogram_max_ns(response));
    fputs("\r\n", out);
}

void export_rounds(FILE *out, const struct result *result)
{
    put_columns(out);
    for (size_t i = 0; i < result->round_count; i++) {
        struct round *round = &result->rounds[i];
        put_place(out, result, round);
        for (size_t n = 0; n < ROUND_NUMBERS; n++)
            put_number(out, *round_number_of(round, &round_numbers[n]));
        put_response(out, round);
    }
}

/* ---- files ---- */

static int cannot_write(const char *path, char **error)
{
    return text_error(error, "%s cannot be written: %s", path, strerror(errno));
}

static int write_rounds(const struct result *result, const char *path, char **error)
{
    FILE *out = fopen(path, "we");

    if (!out)
        return cannot_write(path, error);
    export_rounds(out, result);
    bool failed = fflush(out) != 0 || ferror(out);
    int status = failed ? cannot_write(path, error) : 0;
    fclose(out);
    return status;
}

static int write_hgrm(const struct histogram *response, const char *path, char **error)
{
    FILE *out = fopen(path, "we");

    if (!out)
        return cannot_write(path, error);
    int status = hgrm_write(out, response, HGRM_US);
    fclose(out);
    errno = -status;
    return status ? cannot_write(path, error) : 0;
}

static bool counts(const struct round *round, size_t arm, size_t workload)
{
    return round->arm == arm && round->workload == workload && round->role == ROLE_SOLO &&
           round->load_kind == LOAD_CLOSED && !round->scale && !round->probe &&
           !round_has_stairs(round) && round->outcome.kind != OUTCOME_INVALID;
}

/* The caller frees. */
static char *hgrm_path(const char *folder, const char *workload, const char *arm)
{
    char *path = text_format("%s/%s-%s.hgrm", folder, workload, arm);

    for (char *at = path + strlen(folder) + 1; *at; at++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", *at))
            *at = '_';
    return path;
}

static void merge_rounds(struct histogram *response, const struct result *result, size_t arm,
                         size_t workload)
{
    histogram_init(response);
    for (size_t i = 0; i < result->round_count; i++)
        if (counts(&result->rounds[i], arm, workload))
            histogram_merge(response, &result->rounds[i].response);
}

/* 1: written; 0: there is nothing to write. */
static int export_cell(const struct result *result, const char *folder, size_t arm, size_t workload,
                       char **error)
{
    struct histogram response;
    int status = 0;

    merge_rounds(&response, result, arm, workload);
    if (response.total > 0) {
        char *path =
            hgrm_path(folder, result->workloads[workload].workload.name, result->arms[arm].id);
        status = write_hgrm(&response, path, error) ? -1 : 1;
        free(path);
    }
    histogram_release(&response);
    return status;
}

static int export_cells(const struct result *result, const char *folder, size_t *written,
                        char **error)
{
    if (mkdir(folder, 0777) < 0 && errno != EEXIST)
        return cannot_write(folder, error);
    for (size_t workload = 0; workload < result->workload_count; workload++)
        for (size_t arm = 0; arm < result->arm_count; arm++) {
            int status = export_cell(result, folder, arm, workload, error);
            if (status < 0)
                return -1;
            *written += (size_t)status;
        }
    return 0;
}

int export_result(const struct result *result, const char *folder, size_t *histograms, char **error)
{
    char *rounds = text_format("%s/rounds.csv", folder);
    char *cells = text_format("%s/histograms", folder);
    int status = write_rounds(result, rounds, error);

    *histograms = 0;
    if (status == 0)
        status = export_cells(result, cells, histograms, error);
    if (status == 0 && *histograms == 0)
        rmdir(cells); /* unless there are some of before */
    free(rounds);
    free(cells);
    return status;
}
