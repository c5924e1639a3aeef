/* A made-up decision in each of its forms, and what is looked for in them. */
#ifndef TESTS_PRESENT_DECISION_ROOM_H
#define TESTS_PRESENT_DECISION_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "present/decision.h"
#include "tests/decisions.h"

static unsigned text_width = 80;

static inline void write_text(FILE *out, const struct decision *decision)
{
    present_decision_text(out, decision, text_width);
}

typedef void form_write(FILE *out, const struct decision *decision);

static inline char *form_of(const struct decision *decision, form_write *write)
{
    static char
        *text; /* static: gcc 12 takes a memstream's buffer for the variable that points to it */
    static size_t size;
    FILE *out = open_memstream(&text, &size);
    write(out, decision);
    fclose(out);
    return text;
}

static inline char *form_of_case(const char *name, form_write *write)
{
    for (size_t i = 0; i < DECISIONS; i++) {
        struct decision decision;
        if (strcmp(decisions[i].name, name) != 0)
            continue;
        decisions_make(&decision, &decisions[i]);
        assert_true(decision.disagrees || decision.exit_code == decisions[i].exit_code);
        char *text = form_of(&decision, write);
        decisions_release(&decision);
        return text;
    }
    fail_msg("there is no decision \"%s\"", name);
    return NULL;
}

static inline void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in %.600s\n", part, text);
}

static inline void has_not(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is there: %.80s\n", part, strstr(text, part));
}

static inline void comes_before(const char *text, const char *first, const char *second)
{
    has(text, first);
    has(text, second);
    if (strstr(text, first) > strstr(text, second))
        fail_msg("\"%s\" comes before \"%s\"", second, first);
}

static inline size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

#endif
