/*
 * What a user wants to be stopped by: backbench.ini in the folder
 * that the command is started from, or a file that is named.
 *
 *   [gate]
 *   metrics = cost p50 p99 memory      ; these alone gate; without it, those of metric.h that do
 *   workloads = plaintext json         ; of these alone; without it, of all
 *   cost = 2%                          ; the smallest change of a metric worth a word, .1% to 100%
 *
 * What measures only some of the metrics, as a run does, passes over the others.
 *
 * And what a user accepts for a while: a file of its own, so that a change of it shows in a review.
 *
 *   [epoll plaintext cost]             ; server, workload, metric; * for any server or workload
 *   until = 2026-12-31                 ; the last day
 *   reason = the parser now checks UTF-8
 */
#ifndef DATA_GATE_H
#define DATA_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "data/metric.h"
#include "data/strings.h"

struct gate {
    bool gates[METRICS];
    bool is_named;            /* a user named those that do */
    double margins[METRICS];  /* as shares */
    struct strings workloads; /* empty: all */
};
void gate_init(struct gate *gate); /* as without a file */
/* 0, or -1 with "FILE:LINE: sentence": an unknown section, metric or key, a margin that is none.
 * Frees nothing of gate; release it in either case. */
int gate_read(struct gate *gate, const char *path, char **error);
/* What gate_read makes the same gate of, but for is_named, which
 * is then true; one metric at least gates. The caller frees. */
char *gate_text(const struct gate *gate);
/* gate_read of such a text, which sentences call by name. */
int gate_read_text(struct gate *gate, const char *text, const char *name, char **error);
/* Those of a list alone gate, as by the key `metrics`. 0, or
 * -1 with a sentence, of what stands nowhere in a file. */
int gate_name_metrics(struct gate *gate, const char *names, char **error);
bool gate_takes(const struct gate *gate, enum metric metric, const char *workload);
void gate_release(struct gate *gate);

enum { GATE_DAY_SIZE = 11 }; /* "2026-12-31" */
struct acceptance {
    char *server, *workload; /* "*": any; owned */
    enum metric metric;
    char until[GATE_DAY_SIZE];
    char *reason;
    unsigned line; /* of the file, of its section */
};
struct acceptances {
    struct acceptance *items;
    size_t count;
};
/* 0, or -1 with "FILE:LINE: sentence": one without a day that exists, or without a reason, or the
 * same one twice. Release it in either case. */
int acceptances_read(struct acceptances *acceptances, const char *path, char **error);
/* Could something of this server and workload be accepted by it? */
bool acceptance_is_about(const struct acceptance *acceptance, const char *server,
                         const char *workload);
/* What acceptances_read makes the same of, each on its line; the caller frees. And acceptances_read
 * of such a text, which sentences call by name. */
char *acceptances_text(const struct acceptances *acceptances);
int acceptances_read_text(struct acceptances *acceptances, const char *text, const char *name,
                          char **error);
void acceptances_release(struct acceptances *acceptances);

#endif
