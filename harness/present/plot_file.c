/* Drawings as files: reading, writing, linking, and what gnuplot is told about where one goes. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "present/format.h"
#include "present/plot.h"
#include "present/svg.h"

char *plot_read(const char *path)
{
    FILE *in = fopen(path, "r");
    struct stat status;
    if (!in)
        return NULL;
    char *text = NULL;
    if (fstat(fileno(in), &status) == 0 && status.st_size > 0) {
        text = xcalloc((size_t)status.st_size + 1, 1);
        if (fread(text, 1, (size_t)status.st_size, in) != (size_t)status.st_size) {
            free(text);
            text = NULL;
        }
    }
    fclose(in);
    return text;
}

bool plot_link(FILE *out, const char *folder, const char *path, const char *title)
{
    char *file = text_format("%s%s%s", folder, *folder ? "/" : "", path);
    bool is_drawn = access(file, R_OK) == 0;
    if (is_drawn) {
        fputs("![", out);
        escape_markdown(out, title);
        fprintf(out, "](%s)\n", path);
    }
    free(file);
    return is_drawn;
}

int plot_write(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return -1;
    bool failed = fputs(text, out) == EOF;
    failed |= fclose(out) != 0;
    return failed ? -1 : 0;
}

static void put_path(FILE *out, const char *variable, const char *path)
{
    fprintf(out, "%s = '", variable);
    for (; *path; path++)
        fputs(*path == '\'' ? "''" : (char[]){*path, '\0'}, out);
    fputs("'\n", out);
}

void plot_put_call(FILE *out, const char *templates, const char *script, const char *target,
                   double height)
{
    put_path(out, "templates", templates);
    put_path(out, "target", target);
    fprintf(out,
            "width = %d; height = %.0f\nset output target\nload templates.'/%s.gp'\nunset output\n",
            PLOT_WIDTH, height, script);
}

void plot_finish(const char *path, const char *title, const char *id)
{
    char *raw = plot_read(path), *svg = raw ? svg_standalone(raw, title, id) : NULL;
    if (!svg || plot_write(path, svg) < 0)
        unlink(path); /* nothing was drawn, or not by a gnuplot that is known */
    free(raw);
    free(svg);
}
