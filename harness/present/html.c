/* The page: placeholders of the template are replaced by the parts; one that nobody knows is an
 * error, so that a template and the program cannot drift apart. */
#include "present/present.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "present/html_parts.h"
#include "present/palette.h"
#include "present/plot.h"

static void put_palette(FILE *out, const struct page *page)
{
    (void)page;
    palette_css(out);
}

static const struct part {
    const char *name;
    void (*write)(FILE *out, const struct page *page);
} parts[] = {
    {"title", html_title},
    {"palette", put_palette},
    {"run", html_run},
    {"verdict", html_verdict},
    {"rankings", html_rankings},
    {"legend", html_legend},
    {"certainty", html_certainty},
    {"workloads", html_workloads},
    {"absent", html_absent},
    {"memory", html_memory},
    {"findings", html_findings},
    {"cautions", html_cautions},
    {"conditions", html_conditions},
    {"servers", html_servers},
    {"scale", html_scale},
    {"scale-link", html_scale_link},
    {"latency", html_latency},
    {"latency-link", html_latency_link},
    {"consistency", html_consistency},
    {"consistency-link", html_consistency_link},
    {"connections", html_connections},
    {"connections-link", html_connections_link},
    {"at-rate", html_at_rate},
    {"at-rate-link", html_at_rate_link},
};

static const struct part *find_part(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strlen(parts[i].name) == length && memcmp(parts[i].name, name, length) == 0)
            return &parts[i];
    return NULL;
}

/* What a page may have: what stands between {{tables}} and
 * {{/tables}} is for those that have such, and so on. */
static bool has(const char *what, size_t length, const struct summary *summary, bool *is_known)
{
    const struct {
        const char *name;
        bool is_there;
    } parts_of_runs[] = {
        {"tables", summary->count > 0},
        {"pairs", summary->count + summary->at_rate_count > 0},
        {"rates", summary->at_rate_count > 0},
        {"throughputs", summary->count + summary->scale_count > 0},
        {"latencies", summary->latency_count > 0},
        {"sweeps", summary->scale_count > 0},
        {"phases", summary->consistency_count > 0},
        {"slopes", summary->stairs_count > 0},
        {"memories", summary->consistency_count + summary->stairs_count > 0},
    };
    for (size_t i = 0; i < sizeof parts_of_runs / sizeof *parts_of_runs; i++)
        if (strlen(parts_of_runs[i].name) == length &&
            memcmp(parts_of_runs[i].name, what, length) == 0) {
            *is_known = true;
            return parts_of_runs[i].is_there;
        }
    *is_known = false;
    return false;
}

/* Where the template goes on behind the mark {{name}} or {{/name}};
 * NULL: nothing is known by that name, or it has no end. */
static const char *after_mark(const char *name, size_t length, const struct page *page)
{
    const char *after = name + length + 2;
    bool is_end = *name == '/', is_known;
    bool is_there = has(name + is_end, length - is_end, page->summary, &is_known);
    if (!is_known || is_end)
        return is_known ? after : NULL;
    char *end = text_format("{{/%.*s}}", (int)length, name);
    const char *last = strstr(after, end);
    const char *rest = last ? is_there ? after : last + strlen(end) : NULL;
    free(end);
    return rest;
}

/* 0, or -1 with the sentence. {{style}} is a file of its own beside the template. */
static int fill(FILE *out, const char *template, const char *style, const struct page *page,
                char **error)
{
    const char *open;
    while ((open = strstr(template, "{{"))) {
        const char *name = open + 2, *close = strstr(name, "}}");
        size_t length = close ? (size_t)(close - name) : 0;
        const struct part *part = find_part(name, length);
        bool is_style = length == 5 && memcmp(name, "style", 5) == 0;
        fwrite(template, 1, (size_t)(open - template), out);
        if (part)
            part->write(out, page);
        if (is_style)
            fputs(style, out);
        template = part || is_style ? close + 2 : close ? after_mark(name, length, page) : NULL;
        if (!template) {
            *error = text_format("report.html: nothing is known as {{%.*s}}, or it has no end",
                                 (int)(length ? length : 12), name);
            return -1;
        }
    }
    fputs(template, out);
    return 0;
}

static char *read_template(const char *templates, const char *name, char **error)
{
    char *path = text_format("%s/%s", templates, name);
    char *text = plot_read(path);
    if (!text)
        *error = text_format("%s: %s", path, strerror(errno));
    free(path);
    return text;
}

static int write_page(const char *path, const char *template, const char *style,
                      const struct page *page, char **error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int failed = fill(out, template, style, page, error);
    fclose(out);
    if (!failed && plot_write(path, text) < 0) {
        *error = text_format("%s: %s", path, strerror(errno));
        failed = -1;
    }
    free(text);
    return failed;
}

int present_html(const char *folder, const char *templates, const struct result *result,
                 const struct summary *summary, char **error)
{
    struct page page = {result, summary, folder};
    char *path = text_format("%s/report.html", folder);
    char *template = read_template(templates, "report.html", error);
    char *style = template ? read_template(templates, "style.css", error) : NULL;
    int failed = style ? write_page(path, template, style, &page, error) : -1;
    free(style);
    free(template);
    free(path);
    return failed;
}
