/*
 * What a comparison of two, a base and a head, comes to: a row for each
 * server, workload and metric, a word for each, and what follows for whoever
 * waits for an exit code. compare.h fills it from two stored results; duel.h,
 * instructions.h and duel_consistency.h from a duel. Pure: rows in, words and a
 * code out; docs/compare.md and docs/duel.md explain both to a reviewer.
 */
#ifndef ANALYSE_DECISION_H
#define ANALYSE_DECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "analyse/stats.h"
#include "data/gate.h"
#include "data/metric.h"
#include "data/strings.h"

/* The better comes first; DECISION_REGRESSED and what stands
 * before it are known, what follows is not. */
enum decision_word {
    DECISION_IMPROVED,
    DECISION_EQUIVALENT,
    DECISION_SMALL, /* a difference, below what is worth a word */
    DECISION_REGRESSED,
    DECISION_SUSPECT,      /* it differs, by more than the margin; two
                            * runs alone cannot say whose doing that is */
    DECISION_INCONCLUSIVE, /* the readings scatter too much for their number */
    DECISION_RATIO_ONLY,   /* of other machines: each against its own reference, for information */
    DECISION_INVALID,      /* no number that could be used, and why says it */
    DECISION_INCOMPARABLE, /* other work was done, and why names what */
    DECISION_WORDS,
};
const char *decision_word(enum decision_word word); /* "REGRESSED" */

struct decision_row {
    char *server, *workload; /* owned */
    enum metric metric;
    uint32_t rate_rps;               /* that it was asked at; 0: it has none */
    double base, head;               /* medians, in the metric's unit; NAN */
    unsigned base_count, head_count; /* readings behind them */
    struct estimate ratio; /* head / base, or of each over its own reference; value NAN: none */
    double margin;         /* as a share */
    /* The smallest change for the worse that would have been told apart here, as a share; NAN. */
    double smallest;
    bool gates;
    /* Its program is the same in both: what it moved by is the machine's doing. */
    bool is_unchanged;
    enum decision_word word;
    char *why;      /* a clause; NULL: the figures say it. Owned */
    char *accepted; /* why a user accepts it; NULL: nobody does. Owned */
    /* Of a duel: */
    bool is_confirmed; /* REGRESSED on fresh blocks, too; the ratio is theirs */
    bool is_unlooked;  /* INCONCLUSIVE, as too few blocks were measured for a look */
    bool is_counted;   /* no interval is needed: what is counted has none */
    /* INCONCLUSIVE: that many more would probably decide it; 0: unknown, or no question. */
    unsigned more_blocks;
};

struct decision {
    char *base, *head; /* what they are called; owned */
    const struct gate *gate;
    struct decision_row *rows;
    size_t count;
    struct strings notes; /* what must be known of all of it, a sentence each */
    /* Of a duel, a sentence or two each; NULL: none. Owned */
    char *self_check; /* how the base came out against a copy of itself */
    char *resolution; /* the smallest changes that this machine tells apart in so many blocks */
    /* Of either kind: who fails by itself, and how; what is left to compare is no fair picture. */
    char *broken;
    bool is_head_broken; /* it is the head, so that it fails */
    /* The base differs from its own copy, and did so again on fresh
     * blocks: nothing can be said. Each row's why says how. */
    bool disagrees;
    char *headline;     /* the decision in a sentence or two; decision_conclude makes it */
    unsigned exit_code; /* likewise */
};

/* Copies the names; the gate is borrowed, and used as rows are added. */
void decision_init(struct decision *decision, const char *base, const char *head,
                   const struct gate *gate);
/* Zeroed but for copies of these, the metric's margin and gate, ratio and medians NAN, INVALID.
 * Holds until the next is added. */
struct decision_row *decision_add(struct decision *decision, const char *server,
                                  const char *workload, enum metric metric);
/* Is a ratio above 1 for the worse? */
bool decision_is_worse(const struct decision_row *row);
/* Does it gate, unaccepted, with this word, for the worse? */
bool decision_row_is_bad(const struct decision_row *row, enum decision_word word);
/* The rule of stats.h about the row's ratio, whose margin is set; and smallest. Never SUSPECT or
 * what follows it, but for INCONCLUSIVE. What is counted needs no interval: a change of its margin
 * or more is REGRESSED or IMPROVED, a smaller one EQUIVALENT, no ratio INVALID. */
void decision_judge(struct decision_row *row);
/* The smallest change for the worse that the row's interval alone could tell from none, as a share,
 * be it worth a word or not; NAN without an interval. */
double decision_resolution(const struct decision_row *row);
/* Marks the rows that are worse and accepted, and notes what of the file is over (today:
 * "2026-11-22"), or fits no row that is worse. path: how the notes call the file. */
void decision_accept(struct decision *decision, const struct acceptances *acceptances,
                     const char *path, const char *today);
/* Headline and exit code, and a note of each workload of the gate that no row is of. strict: a
 * gating metric that is INCONCLUSIVE is no pass.
 * 1: a gating metric is REGRESSED, and nobody accepts that. 4: nothing could
 * be compared, or the machine disagrees with itself. 3: a gating metric is
 * SUSPECT, for the worse; or none of them says anything; or no row is of a
 * workload that the gate names; or, strict, one is INCONCLUSIVE. Else 0. */
void decision_conclude(struct decision *decision, bool strict);
/* There is no base: a headline that says why, and 0 where that
 * is allowed, else 4. Instead of decision_conclude. */
void decision_without_base(struct decision *decision, const char *why, bool is_allowed);
void decision_release(struct decision *decision);

/* "+4.1 % [+3.6, +4.5]", of any ratio; "–" for none. As many decimals as its interval needs. */
enum { DECISION_CHANGE_MAX = 72 };
void decision_change(char words[DECISION_CHANGE_MAX], const struct estimate *ratio);
void decision_share(char words[DECISION_CHANGE_MAX], double share); /* "1 %", "12.5 %"; "–" */
/* "4.62 µs", "3.4 MiB", "212,000/s"; "–" */
void decision_figure(char words[DECISION_CHANGE_MAX], enum metric metric, double value);
/* "5 EQUIVALENT, 1 SMALL", of how many rows have each word. */
void decision_put_words(FILE *out, const size_t counts[DECISION_WORDS]);
/* "epoll on plaintext: CPU per request at 20,000/s"; the caller frees. */
char *decision_subject(const struct decision_row *row);

#endif
