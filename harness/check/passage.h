/*
 * Cases against one running server: which of them apply, in which forms, and what
 * their verdicts mean for this kind of server. Ours on the shared core must be
 * right in all; a ceiling only in answering its one question; of another server
 * the routes it declares gate, and everything else is listed as a difference.
 */
#ifndef CHECK_PASSAGE_H
#define CHECK_PASSAGE_H

#include "check/case.h"
#include "check/check.h"
#include "check/divergence.h"
#include "check/exchange.h"

struct passage {
    const struct server_info *server;
    const struct check_options *options;
    struct check_report *report;
    const struct divergences *divergences;
    const struct test_case *probe;
    struct target target;

    struct exchange *exchanges;
    size_t count;
    /* What to add where a server falls silent that may open few; empty: it may open enough. */
    char few_files[160];
    unsigned starved_percent; /* of the time in which they were played: see starvation.h */
};

/* A server that declares no routes is taken to have all, but
 * for the one that needs an upstream: it is given none. */
bool passage_has_route(const struct server_info *server, const char *route);

/* Adds the cases that the server has to answer in this form.
 * Long cases are added only by themselves. */
void passage_add(struct passage *passage, const struct test_cases *cases, enum form form,
                 bool long_cases);
/* The clients of crossing.h, in forms that take turns. */
void passage_add_crossing(struct passage *passage, const struct test_cases *crossing);
/* Is it one of the clients of crossing.h? */
bool passage_is_crossing(const struct exchange *exchange);
/* Is the server called wrong if this one failed: itself, or the route that is asked? */
bool passage_accuses(const struct passage *passage, const struct exchange *exchange);
/* Puts the verdicts into the report and the log: a line per
 * form, findings below. label: ", 2 workers" or "". */
void passage_judge(struct passage *passage, const char *label);
/* Another finding than an exchange's: name is the case's. */
void passage_find(struct passage *passage, const char *name, const char *finding);
/* The same of a server that is not bound to it: a difference. */
void passage_differ(struct passage *passage, const char *name, const char *finding);
void passage_release(struct passage *passage);

#endif
