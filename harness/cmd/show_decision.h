/*
 * A decision in the forms that a user asked for: one on stdout, others in files, all of one
 * decision. Files are looked at before anything is measured, and written beside their names, as no
 * file is called yet, and renamed, so that none is ever half a decision.
 */
#ifndef CMD_SHOW_DECISION_H
#define CMD_SHOW_DECISION_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/decision.h"

enum decision_form {
    DECISION_FORM_TEXT,
    DECISION_FORM_MARKDOWN,
    DECISION_FORM_JSON,
    DECISION_FORM_GITHUB,
    DECISION_FORM_JUNIT,
    DECISION_FORMS,
};

struct decision_file {
    enum decision_form form;
    char *path; /* owned */
};
struct decision_forms {
    enum decision_form on_stdout; /* text, unless it was said */
    bool is_said;
    struct decision_file *files; /* owned */
    size_t count;
};

/* "json", which is for stdout and said once at most, or "json=FILE". 0, or exit code 2 after saying
 * what is wrong. A zeroed struct is text on stdout alone. */
int decision_forms_add(struct decision_forms *forms, const char *text);
/* Can all of them be written? Nothing is. 0, or exit code 5 after saying which cannot. */
int decision_forms_check(const struct decision_forms *forms);
/* All of them, stdout first; of github there the step's summary, too. 0, or exit code 5 after
 * saying what could not be written; the rest is. */
int decision_forms_show(const struct decision_forms *forms, const struct decision *decision);
void decision_forms_release(struct decision_forms *forms);

/* One form into a file. 0, or -1 with a sentence. */
int decision_write(const struct decision *decision, enum decision_form form, const char *path,
                   char **error);

#endif
