/*
 * Two stored results, a base and a head, as the rows of a decision. They
 * share no blocks and no hour, so what differs between them is the servers'
 * doing and the machine's, and they cannot tell which. Three levels:
 *
 *   of one machine   each server's own readings of base and head, as a shift (shift.h). A
 *                    difference beyond the margin is SUSPECT. Where at least SESSIONS_LEAST earlier
 *                    sessions of this machine say how far apart two of them lie, it is REGRESSED or
 *                    IMPROVED beyond their reach (sessions.h), and INCONCLUSIVE within them
 *
 *   of two machines  each server over its own run's reference: RATIO ONLY, for information
 *
 *   of other work    INCOMPARABLE, and why names the field: other requests, workers, connections or
 *                    rates
 *
 * Servers are the same if their arms have one name; who is in
 * one of the two alone is named in the notes. Pure.
 */
#ifndef ANALYSE_COMPARE_H
#define ANALYSE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/decision.h"
#include "data/result.h"

/* Were both measured on what passes for one machine? */
bool compare_is_same_machine(const struct result *base, const struct result *head);
/* Is it of the same machine, experiment and work, so that it
 * may serve as head's base or as one more session? */
bool compare_is_session(const struct result *result, const struct result *head);

/* Is it the same to the byte? What it moved by is the machine's
 * doing, or that of libraries: its rows gate nothing. */
bool compare_is_same_program(const struct arm *base, const struct arm *head);

/* Adds the rows, workload by workload in head's order, and the notes. sessions: others like base,
 * base not among them; may be NULL where session_count is 0. */
void compare_results(struct decision *decision, const struct result *base,
                     const struct result *head, const struct result *sessions,
                     size_t session_count);

/* Parts of compare_results: who fails its check in the head alone (decision->broken), of one
 * machine; and the sentences of what only one of them has. */
void compare_checks(struct decision *decision, const struct result *base,
                    const struct result *head);
void compare_notes(struct decision *decision, const struct result *base, const struct result *head);

#endif
