/*
 * Counts the instructions of two programs as a duel does, again and again, and says what the gate
 * makes of each time: for calibrate_counts.py. `count_duel BASE HEAD FOLDER TIMES`, an empty FOLDER
 * for records; a JSON line each:
 *
 *   {"base": instructions a request, "head", "ratio": head over base, "verdict"}
 *
 * or, where one was not counted, {"missing": why}.
 */
#include <stdio.h>

#include "counted_duel.h"

#include "data/json_put.h"
#include "measure/server.h"

enum { TIMES_MOST = 1000 };

static json_t *said_of(const struct duel_run *run)
{
    json_t *json = json_object();
    struct decision decision;
    for (size_t i = 0; i < run->result.count_count; i++)
        if (run->result.counts[i].missing) {
            json_put_text(json, "missing", run->result.counts[i].missing);
            return json;
        }
    duel_run_decide(run, &decision);
    const struct decision_row *row = &decision.rows[0];
    json_put(json, "base", real_json(row->base));
    json_put(json, "head", real_json(row->head));
    json_put(json, "ratio", real_json(row->ratio.value));
    json_put_text(json, "verdict", decision_word(row->word));
    decision_release(&decision);
    return json;
}

/* 0, or its exit code after a sentence. */
static int count_once(const char *base, const char *head, const char *folder)
{
    struct duel_run run;
    char *error = duel_run_open(&run, folder, base, head);
    if (error) {
        fprintf(stderr, "count_duel: %s\n", error);
        exit(1);
    }
    int status = duel_run_count(&run);
    json_t *json = said_of(&run);
    json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    fflush(stdout);
    json_decref(json);
    duel_run_close(&run);
    return status;
}

int main(int argc, char **argv)
{
    unsigned times = 0;
    int status = 0;
    if (argc != 5 || !text_number(&times, argv[4], 1, TIMES_MOST)) {
        fprintf(stderr, "usage: count_duel BASE HEAD FOLDER TIMES\n");
        return 2;
    }
    server_become_reaper();
    for (unsigned i = 0; i < times && status == 0; i++) {
        char *folder = text_format("%s/%u", argv[3], i);
        status = count_once(argv[1], argv[2], folder);
        free(folder);
    }
    return status;
}
