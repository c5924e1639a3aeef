/*
 * Workflow commands, a line each: "::error title=TITLE::MESSAGE", which the runner
 * turns into annotations. In both, % and the ends of lines are percent-encoded, in
 * a property : and , too (docs.github.com, "Workflow commands for GitHub Actions";
 * github.com/actions/toolkit, packages/core/src/command.ts). A step shows the
 * first ten errors and the first ten warnings, so the most urgent come first.
 */
#include "present/decision.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "present/decision_parts.h"

static void put_escaped(FILE *out, const char *text, const char *special)
{
    char *clean = decision_clean(text, "\r\n");
    for (const char *at = clean; *at; at++) {
        if (strchr(special, *at))
            fprintf(out, "%%%02X", (unsigned)*at);
        else
            putc(*at, out);
    }
    free(clean);
}

static void put_command(FILE *out, const char *command, const char *title, const char *message)
{
    fprintf(out, "::%s title=", command);
    put_escaped(out, title, "%\r\n:,");
    fputs("::", out);
    put_escaped(out, message, "%\r\n");
    putc('\n', out);
}

static void put_row(FILE *out, const char *command, const struct decision_row *row)
{
    char *title = decision_subject(row), *message = decision_row_words(row);
    put_command(out, command, title, message);
    free(message);
    free(title);
}

/* Where the rows do not say that it fails, the headline does. */
static const char *command_of(const struct decision *decision)
{
    if (!decision_is_refused(decision))
        return "notice";
    return decision->exit_code == 1 ? "error" : "warning";
}

void present_decision_github(FILE *out, const struct decision *decision)
{
    struct decision_view view;
    put_command(out, command_of(decision), "backbench", decision->headline);
    if (decision->self_check)
        put_command(out, "notice", "self-check", decision->self_check);
    if (decision->resolution)
        put_command(out, "notice", "resolution", decision->resolution);
    decision_view_init(&view, decision);
    for (size_t i = 0; i < view.count; i++) {
        if (decision_row_fails(view.rows[i]))
            put_row(out, "error", view.rows[i]);
        else if (decision_row_warns(view.rows[i]))
            put_row(out, "warning", view.rows[i]);
    }
    decision_view_release(&view);
}

int present_decision_github_summary(const struct decision *decision, const char *path, char **error)
{
    FILE *out = fopen(path, "ae");
    int failed = out ? 0 : errno;
    if (out) {
        errno = 0;
        present_decision_markdown(out, decision);
        if (fflush(out) != 0 || ferror(out))
            failed = errno ? errno : EIO;
        fclose(out);
    }
    return failed ? text_error(error, "%s, which GITHUB_STEP_SUMMARY names: %s", path,
                               strerror(failed))
                  : 0;
}
