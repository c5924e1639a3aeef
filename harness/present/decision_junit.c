/*
 * JUnit's XML, as Jenkins' xUnit plugin checks it (github.com/jenkinsci/xunit-plugin,
 * src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd), and GitLab and
 * others read it. What fails the gate is a failure; what could not be judged, or not be blamed on
 * the change, is skipped with its reason; all else passes. What a duel found out about the machine
 * is a suite of its own, which is skipped where the machine disagrees with itself. A decision that
 * no row explains has a case of its own, so that no reader takes it for a pass.
 */
#include "present/decision.h"

#include <stdlib.h>

#include "present/decision_parts.h"

/* In an attribute a parser takes ends of lines and tabs for
 * blanks unless they are references: XML 1.0, section 3.3.3. */
static void put_escaped(FILE *out, const char *text)
{
    char *clean = decision_clean(text, "\t\r\n");
    for (const char *at = clean; *at; at++) {
        if (*at == '<' || *at == '>' || *at == '&' || *at == '"' || *at == '\t' || *at == '\r' ||
            *at == '\n')
            fprintf(out, "&#%d;", *at);
        else
            putc(*at, out);
    }
    free(clean);
}

static bool is_skipped(const struct decision_row *row)
{
    return decision_row_is_unknown(row) || row->word == DECISION_RATIO_ONLY ||
           row->word == DECISION_SUSPECT;
}

struct tally {
    size_t cases, failures, errors, skipped;
};

static struct tally tally_of(const struct decision_row *const *rows, size_t count)
{
    struct tally tally = {.cases = count};
    for (size_t i = 0; i < count; i++) {
        tally.failures += decision_row_fails(rows[i]);
        tally.skipped += is_skipped(rows[i]);
    }
    return tally;
}

/* element: NULL for what passed; else it has a type. */
static void put_case(FILE *out, const char *class, const char *name, const char *element,
                     const char *type, const char *words)
{
    fputs("    <testcase classname=\"", out);
    put_escaped(out, class);
    fputs("\" name=\"", out);
    put_escaped(out, name);
    fputs("\">\n", out);
    if (element)
        fprintf(out, "      <%s type=\"%s\" message=\"", element, type);
    else
        fputs("      <system-out>", out);
    put_escaped(out, words);
    fputs(element ? "\"/>\n" : "</system-out>\n", out);
    fputs("    </testcase>\n", out);
}

static void put_row(FILE *out, const struct decision_row *row)
{
    char *label = decision_metric_label(row), *words = decision_row_words(row);
    const char *element = decision_row_fails(row) ? "failure" : is_skipped(row) ? "skipped" : NULL;
    put_case(out, row->server, label, element, decision_word(row->word), words);
    free(words);
    free(label);
}

static void begin_suite(FILE *out, const char *name, const struct tally *tally)
{
    fputs("  <testsuite name=\"", out);
    put_escaped(out, name);
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
            tally->cases, tally->failures, tally->errors, tally->skipped);
}

static void put_suite(FILE *out, const struct decision_row *const *rows, size_t count)
{
    struct tally tally = tally_of(rows, count);
    begin_suite(out, rows[0]->workload, &tally);
    for (size_t i = 0; i < count; i++)
        put_row(out, rows[i]);
    fputs("  </testsuite>\n", out);
}

static struct tally machine_tally(const struct decision *decision)
{
    return (struct tally){.cases = (decision->self_check != NULL) + (decision->resolution != NULL),
                          .skipped = decision->self_check && decision->disagrees};
}

static void put_machine(FILE *out, const struct decision *decision)
{
    struct tally tally = machine_tally(decision);
    if (tally.cases == 0)
        return;
    begin_suite(out, "this machine", &tally);
    if (decision->self_check)
        put_case(out, "this machine", "self-check", decision->disagrees ? "skipped" : NULL,
                 decision_word(DECISION_INVALID), decision->self_check);
    if (decision->resolution)
        put_case(out, "this machine", "resolution", NULL, NULL, decision->resolution);
    fputs("  </testsuite>\n", out);
}

/* ---- what no row says ---- */

static struct tally decision_tally(const struct decision *decision)
{
    bool is_refused = decision_is_refused(decision), fails = decision->exit_code == 1;
    return (struct tally){
        .cases = is_refused, .failures = is_refused && fails, .errors = is_refused && !fails};
}

static void put_decision(FILE *out, const struct decision *decision)
{
    struct tally tally = decision_tally(decision);
    if (tally.cases == 0)
        return;
    char *name = text_format("%s against %s", decision->head, decision->base);
    begin_suite(out, "decision", &tally);
    put_case(out, "decision", name, tally.failures ? "failure" : "error",
             decision->broken ? "BROKEN" : "REFUSED", decision->headline);
    fputs("  </testsuite>\n", out);
    free(name);
}

void present_decision_junit(FILE *out, const struct decision *decision)
{
    struct decision_view view;
    decision_view_init(&view, decision);
    decision_view_by_workload(&view);
    struct tally rows = tally_of(view.rows, view.count), whole = decision_tally(decision);
    size_t cases = rows.cases + whole.cases + machine_tally(decision).cases;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"", out);
    put_escaped(out, decision->headline);
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", cases,
            rows.failures + whole.failures, whole.errors);
    put_decision(out, decision);
    for (size_t i = 0; i < view.count; i += decision_view_workload(&view, i))
        put_suite(out, view.rows + i, decision_view_workload(&view, i));
    put_machine(out, decision);
    fputs("</testsuites>\n", out);
    decision_view_release(&view);
}
