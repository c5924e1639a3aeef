/* What the numbers rest on: the run, the host, the servers and what they do differently. */
#include "present/html_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"
#include "data/phases.h"
#include "present/conditions.h"
#include "present/divergences.h"
#include "present/format.h"

static const char *or_none(const char *text)
{
    return text ? text : "–";
}

void html_title(FILE *out, const struct page *page)
{
    escape_html(out, or_none(page->result->experiment.name));
    fputs(" on ", out);
    escape_html(out, or_none(page->result->host_name));
    fputs(" – Backbench", out);
}

/* "2025-06-07T08:09:10Z" as people write it. */
static void put_when(FILE *out, const char *utc)
{
    fputs("<time>", out);
    if (utc && strlen(utc) >= 16 && utc[10] == 'T') {
        char *day = text_format("%.10s %.5s UTC", utc, utc + 11);
        escape_html(out, day);
        free(day);
    } else
        escape_html(out, or_none(utc));
    fputs("</time>", out);
}

void html_run(FILE *out, const struct page *page)
{
    const struct result *result = page->result;
    fputs("<span>", out);
    escape_html(out, or_none(result->experiment.name));
    fputs("</span> <span>", out);
    escape_html(out, or_none(result->host_name));
    fputs("</span> ", out);
    put_when(out, result->started_utc);
    fputs(" <span>revision ", out);
    escape_html(out, or_none(result->revision));
    fputs("</span>", out);
}

static void put_list(FILE *out, const struct strings *list)
{
    fputs("<ul>\n", out);
    for (size_t i = 0; i < list->count; i++) {
        fputs("<li>", out);
        escape_html_sentence(out, list->items[i]);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

void html_findings(FILE *out, const struct page *page)
{
    if (page->summary->findings.count > 0)
        put_list(out, &page->summary->findings);
    else
        fputs("<p>Nothing beyond the headline.</p>\n", out);
}

void html_cautions(FILE *out, const struct page *page)
{
    if (page->summary->cautions.count > 0)
        put_list(out, &page->summary->cautions);
    else
        fputs("<p>Nothing: no row is censored, invalid or missing.</p>\n", out);
}

static void put_fact(FILE *out, const char *key, const char *value)
{
    fputs("<tr><th scope=\"row\">", out);
    escape_html(out, key);
    fputs("</th><td>", out);
    escape_html(out, value ? value : "could not be read");
    fputs("</td></tr>\n", out);
}

static void put_owned_fact(FILE *out, const char *key, char *value)
{
    put_fact(out, key, value);
    free(value);
}

/* block: what there are so many of. */
static void put_round_set(FILE *out, const char *key, const struct round_set *set,
                          const char *block)
{
    if (set->workloads.count == 0)
        return;
    char *names = strings_join(&set->workloads, ", ");
    put_owned_fact(out, key,
                   text_format("%s: %u %s%s, %u s after %u s of warm-up", names, set->blocks, block,
                               set->blocks == 1 ? "" : "s", set->window_s, set->warmup_s));
    free(names);
}

static void put_round_sets(FILE *out, const struct experiment *experiment)
{
    put_round_set(out, "paired rounds", &experiment->paired, "block");
    put_round_set(out, "solo rounds", &experiment->solo, "block");
    put_round_set(out, "single looks", &experiment->glance, "block");
    put_round_set(out, "paired rounds at a rate", &experiment->paced.set, "block");
    put_round_set(out, "latency by rate", &experiment->curve.set, "block");
    put_round_set(out, "confirming a rate", &experiment->slo.set, "trial");
    put_round_set(out, "sweep", &experiment->scale.set, "block");
    put_round_set(out, "connections taken up", &experiment->stairs.set, "block");
    put_round_set(out, "phases of load and rest", &experiment->phases.set, "block");
    if (experiment->phases.set.workloads.count > 0)
        put_owned_fact(out, "phases", phases_text(&experiment->phases.phases));
}

static void put_run_facts(FILE *out, const struct result *result)
{
    put_owned_fact(out, "again", words_again(result));
    put_fact(out, "suite", result->suite_version);
    put_fact(out, "revision", result->revision);
    put_fact(out, "started", result->started_utc);
    put_fact(out, "finished", conditions_end(result));
    if (conditions_reference(result))
        put_fact(out, "reference", conditions_reference(result));
    put_owned_fact(out, "load", conditions_load(result));
    put_round_sets(out, &result->experiment);
    put_fact(out, "server on CPU", result->server_cpus);
    put_fact(out, "load on CPU", result->load_cpus);
    put_owned_fact(out, "load generator", conditions_generator(result));
    put_fact(out, "host fingerprint", result->host_fingerprint);
}

void html_conditions(FILE *out, const struct page *page)
{
    const struct result *result = page->result;
    fputs("<div class=\"two\"><table class=\"facts\"><caption>The run</caption><tbody>\n", out);
    put_run_facts(out, result);
    for (size_t i = 0; i < result->workload_count; i++)
        put_owned_fact(
            out, result->workloads[i].workload.name,
            text_format("requests sha256 %.16s", or_none(result->workloads[i].requests_hash)));
    fputs("</tbody></table>\n<table class=\"facts\"><caption>The host</caption><tbody>\n", out);
    put_fact(out, "name", result->host_name);
    for (size_t i = 0; i < result->fact_count; i++) {
        if (words_is_of_run(&result->facts[i]))
            continue;
        char *key = xstrdup(result->facts[i].key);
        for (char *c = key; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        put_fact(out, key, result->facts[i].value);
        free(key);
    }
    fputs("</tbody></table></div>\n", out);
}

static void put_divergences(FILE *out, const struct arm *arm)
{
    struct strings lines = {0};
    char *title = divergences_title(arm);
    if (!title)
        return;
    fputs("<details><summary>", out);
    escape_html(out, title);
    fputs("</summary>", out);
    divergences_lines(arm, &lines);
    put_list(out, &lines);
    fputs("</details>\n", out);
    strings_release(&lines);
    free(title);
}

static void put_server(FILE *out, const struct arm *arm)
{
    char *argv = strings_join(&arm->argv, " "),
         *libraries = strings_join(&arm->server.libraries, ", ");
    fputs("<article><h3>", out);
    escape_html(out, arm->id);
    if (arm->server.model) {
        fputs(" <span>", out);
        escape_html(out, arm->server.model);
        fputs("</span>", out);
    }
    if (own_name(arm)) {
        fputs(" <span>calls itself ", out);
        escape_html(out, own_name(arm));
        fputs("</span>", out);
    }
    if (arm->server.external)
        fputs(" <span>external</span>", out);
    fputs("</h3>\n", out);
    if (arm->server.summary) {
        fputs("<p>", out);
        escape_html(out, arm->server.summary);
        fputs("</p>\n", out);
    }
    fputs("<p><code>", out);
    escape_html(out, argv);
    fprintf(out, "</code></p>\n<p class=\"fine\">CPU ");
    escape_html(out, or_none(arm->cpus));
    fprintf(out, ", sha256 %.16s%s", or_none(arm->sha256), *libraries ? ", " : "");
    escape_html(out, libraries);
    if (arm->server.homepage) {
        fputs(", ", out);
        escape_html(out, arm->server.homepage);
    }
    fputs("</p>\n", out);
    if (arm->server.differs.count > 0) {
        fputs("<p>Differs from the shared core:</p>", out);
        put_list(out, &arm->server.differs);
    }
    put_divergences(out, arm);
    if (arm->differences.count > 0) {
        fputs("<p>The check before the run listed:</p>", out);
        put_list(out, &arm->differences);
    }
    fputs("</article>\n", out);
    free(libraries);
    free(argv);
}

void html_servers(FILE *out, const struct page *page)
{
    for (size_t i = 0; i < page->result->arm_count; i++)
        put_server(out, &page->result->arms[i]);
}
