/*
 * Plain text surgery on a format whose writer is known (gnuplot's svg terminal, 5.0 to 6.0): what
 * is not found is left as it is, so another version costs at most looks.
 */
#include "present/svg.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "present/format.h"
#include "present/palette.h"

/* "rgb( 5, 0, 2)" at *at: writes what it stands for and moves on. */
static bool put_colour(FILE *out, const char **at)
{
    unsigned r, g, b;
    int length = 0;
    char buffer[64];
    if (sscanf(*at, "rgb(%u ,%u ,%u )%n", &r, &g, &b, &length) != 3 || length == 0)
        return false;
    const char *colour = palette_replacement(r << 16 | g << 8 | b, buffer, sizeof buffer);
    if (!colour)
        return false;
    fputs(colour, out);
    *at += length;
    return true;
}

/* Skips from `open` to the end of `close`, if `at` starts with open. */
static bool skip_between(const char **at, const char *open, const char *close)
{
    if (strncmp(*at, open, strlen(open)) != 0)
        return false;
    const char *end = strstr(*at, close);
    if (!end)
        return false;
    *at = end + strlen(close);
    return true;
}

static bool skip_noise(const char **at)
{
    return skip_between(at, "<title>", "</title>") || skip_between(at, "<desc>", "</desc>") ||
           skip_between(at, "<filter", "</filter>");
}

/* An attribute that starts with `start`, through its closing quote. */
static bool skip_attribute(const char **at, const char *start)
{
    if (strncmp(*at, start, strlen(start)) != 0)
        return false;
    const char *end = strchr(*at + strlen(start), '"');
    if (!end)
        return false;
    *at = end + 1;
    return true;
}

/* id='gpPt6' and href='#gpPt6' are the same in every plot; a page may hold each id once. */
static bool put_id(FILE *out, const char **at, const char *id)
{
    bool link = strncmp(*at, "'#gp", 4) == 0;
    if (!link && strncmp(*at, "'gp", 3) != 0)
        return false;
    fprintf(out, link ? "'#%s-gp" : "'%s-gp", id);
    *at += link ? 4 : 3;
    return true;
}

static void put_body(FILE *out, const char *at, const char *id)
{
    while (*at)
        if (!skip_attribute(&at, " id=\"gnuplot_") && !skip_attribute(&at, " font-family=\"") &&
            !skip_noise(&at) && !put_colour(out, &at) && !put_id(out, &at, id))
            putc(*at++, out);
}

char *svg_standalone(const char *raw, const char *title, const char *id)
{
    const char *body = strstr(raw, "<svg"), *box = strstr(raw, "viewBox=\"");
    body = body ? strchr(body, '>') : NULL;
    int width = 0, height = 0;
    if (!body || !box || sscanf(box, "viewBox=\"0 0 %d %d\"", &width, &height) != 2)
        return NULL;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
        "viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"",
        width, height, width, height);
    escape_html(out, title);
    fputs("\" font-family=\"system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif\">",
          out);
    fputs("<style>", out);
    palette_css(out);
    fputs("</style>", out);
    put_body(out, body + 1, id);
    fclose(out);
    return text;
}

static void put_without(FILE *out, const char *at)
{
    static const char *const drop[] = {
        " xmlns=\"http://www.w3.org/2000/svg\"", " xmlns:xlink=\"http://www.w3.org/1999/xlink\"",
        "xlink:", /* href alone is SVG 2, and all that HTML needs */
    };
    while (*at) {
        bool dropped = skip_between(&at, "<style>", "</style>");
        for (size_t i = 0; !dropped && i < sizeof drop / sizeof *drop; i++)
            if (strncmp(at, drop[i], strlen(drop[i])) == 0) {
                at += strlen(drop[i]);
                dropped = true;
            }
        if (!dropped)
            putc(*at++, out);
    }
}

char *svg_inline(const char *standalone)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    put_without(out, standalone);
    fclose(out);
    return text;
}
