/* The options of backbench duel. */
#ifndef CMD_DUEL_OPTIONS_H
#define CMD_DUEL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyse/duel.h"
#include "cmd/gating.h"
#include "cmd/run_options.h"
#include "data/strings.h"

/* How many blocks exactly, for who studies the method; 0: as many as the looks want. */
struct duel_blocks {
    unsigned pairs, witness;
};

/* Borrows from argv, but for the lists. */
struct duel_options {
    const char *base, *head; /* head NULL: the current folder */
    const char *repo, *build, *server, *work;
    struct strings workloads;
    uint32_t rate_rps; /* 0: DUEL_RATE_RPS, or less */
    double budget_s;
    struct gating gating;
    bool counts, counts_not; /* instructions, whatever the default is */
    bool is_saturated, without_witness;
    struct duel_blocks blocks;
    const char *resume; /* folder of a duel that was cut off, or of one that has ended; else NULL */
    /* What both commands have: where results go, CPUs, generators, the seed, dry_run, the words. */
    struct run_options run;
};

/* 0; -1 after --help; or an exit code after saying what is wrong. Initialised here, released in
 * every case. What gates is read by gating_prepare. */
int duel_options_parse(struct duel_options *options, int argc, char **argv);
/* What a duel measures with these; the gate is read. */
struct duel_rules duel_options_rules(const struct duel_options *options);
void duel_options_release(struct duel_options *options);

#endif
