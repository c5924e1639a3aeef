#include "cmd/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "analyse/summary.h"
#include "cmd/cmd.h"
#include "present/present.h"

static int write_files(const struct result *result, const struct summary *summary,
                       const struct paths *paths)
{
    char *error = NULL;
    const char *folder = result->directory;
    if (access(folder, W_OK) < 0) /* gnuplot would not say why */
        return fail(EXIT_ENVIRONMENT,
                    "no report was written into %s (%m): backbench report --output DIR writes it "
                    "into another folder",
                    folder);
    if (present_plots(folder, paths->report, result, summary, &error) < 0 ||
        present_markdown(folder, result, summary, &error) < 0 ||
        present_html(folder, paths->report, result, summary, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    fprintf(stderr, "\n  %s/report.html\n  %s/report.md\n", folder, folder);
    return 0;
}

unsigned text_width(void)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return TEXT_WIDTH_ELSEWHERE;
    return size.ws_col;
}

static void print_summary(const struct result *result, const struct summary *summary, bool json)
{
    if (json)
        present_json(stdout, result, summary);
    else
        present_text(stdout, result, summary, text_width(),
                     isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
    fflush(stdout);
}

void render_on_stdout(const struct result *result, bool json)
{
    struct summary summary;
    summary_make(&summary, result);
    print_summary(result, &summary, json);
    summary_release(&summary);
}

int render_result(const struct result *result, const struct paths *paths, bool json)
{
    struct summary summary;
    summary_make(&summary, result);
    print_summary(result, &summary, json);
    int code = write_files(result, &summary, paths);
    if (!code)
        code = (int)summary.exit_code;
    summary_release(&summary);
    return code;
}
