/*
 * Reads cases. A file is a list of lines: keys first, then steps. Lines
 * of "> " and of "< " that follow each other are one request's bytes, one
 * answer's bytes; an empty line between two answers tells them apart.
 */
#include "check/case.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/case_text.h"
#include "data/strings.h"

enum { FORMS_ALL = (1 << FORM_COUNT) - 1, MS_LIMIT = 100 * 1000, FILE_LIMIT_BYTES = 256 * 1024 };

static const struct {
    const char *key, *name;
} forms[FORM_COUNT] = {
    [FORM_WHOLE] = {"whole", "whole"},
    [FORM_SPLIT] = {"split", "split at every CRLF"},
    [FORM_BYTES] = {"bytes", "byte by byte"},
    [FORM_PIPELINED] = {"pipelined", "pipelined twice"},
};

const char *form_name(enum form form)
{
    return forms[form].name;
}

int form_find(const char *key)
{
    for (int form = 0; form < FORM_COUNT; form++)
        if (strcmp(forms[form].key, key) == 0)
            return form;
    return -1;
}

/* ---- keys: each takes its value and says what is wrong with it, or NULL ---- */

static const char *take_text(char **text, const char *value)
{
    if (*text != NULL)
        return "the key stands twice";
    if (*value == '\0')
        return "the key has no value";
    *text = xstrdup(value);
    return NULL;
}

static const char *take_number(unsigned *number, const char *value, unsigned limit)
{
    char *end;
    unsigned long parsed = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end != '\0' || parsed == 0 || parsed > limit)
        return "a whole number above 0 and within reason is wanted";
    *number = (unsigned)parsed;
    return NULL;
}

static const char *take_yes(bool *flag, const char *value)
{
    if (strcmp(value, "yes") != 0)
        return "only \"yes\" can be said here";
    *flag = true;
    return NULL;
}

static const char *take_end(struct test_case *test, const char *value)
{
    static const char *const endings[] = {"open", "close", "reset"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (strcmp(value, endings[i]) == 0) {
            test->ending = (enum ending)i;
            return NULL;
        }
    return "a connection ends open, close or reset";
}

static const char *take_forms(struct test_case *test, const char *value)
{
    struct strings words = {0};
    strings_split(&words, value);
    size_t known = 0;
    test->forms = 0;
    for (size_t i = 0; i < FORM_COUNT; i++)
        if (strings_contain(&words, forms[i].key)) {
            test->forms |= 1u << i;
            known++;
        }
    bool valid = known > 0 && known == words.count;
    strings_release(&words);
    return valid ? NULL : "forms are whole, split, bytes and pipelined";
}

static const char *take_key(struct test_case *test, const char *key, const char *value)
{
    if (strcmp(key, "why") == 0)
        return take_text(&test->why, value);
    if (strcmp(key, "route") == 0)
        return take_text(&test->route, value);
    if (strcmp(key, "gate") == 0)
        return take_yes(&test->gate, value);
    if (strcmp(key, "interim") == 0)
        return take_yes(&test->interim, value);
    if (strcmp(key, "long") == 0)
        return take_yes(&test->is_long, value);
    if (strcmp(key, "end") == 0)
        return take_end(test, value);
    if (strcmp(key, "forms") == 0)
        return take_forms(test, value);
    if (strcmp(key, "after") == 0)
        return take_number(&test->after_ms, value, MS_LIMIT);
    if (strcmp(key, "before") == 0)
        return take_number(&test->before_ms, value, MS_LIMIT);
    if (strcmp(key, "receive-buffer") == 0)
        return take_number(&test->receive_buffer_bytes, value, FILE_LIMIT_BYTES);
    return "a line is a key (why, route, gate, interim, long, end, forms, after, before, "
           "receive-buffer), "
           "a step (>, <, pause, stall, fin) or a comment (#)";
}

/* ---- steps ---- */

static struct step *add_step(struct test_case *test, enum step_kind kind)
{
    test->steps = xreallocarray(test->steps, test->count + 1, sizeof(*test->steps));
    struct step *step = &test->steps[test->count++];
    *step = (struct step){.kind = kind, .date_at = NO_WILDCARD, .server_at = NO_WILDCARD};
    return step;
}

static const char *take_bytes(struct test_case *test, enum step_kind kind, const char *text,
                              bool go_on)
{
    struct step *last = test->count > 0 ? &test->steps[test->count - 1] : NULL;
    bool same = go_on && last != NULL && last->kind == kind;
    return case_text_append(same ? last : add_step(test, kind), text);
}

/* One line, without its newline; go_on: the line before was a
 * line of bytes too. Sets *bytes if this one is. */
static const char *take_line(struct test_case *test, char *line, bool go_on, bool *bytes)
{
    *bytes = strncmp(line, "> ", 2) == 0 || strncmp(line, "< ", 2) == 0;
    if (*bytes)
        return take_bytes(test, line[0] == '>' ? STEP_SEND : STEP_ANSWER, line + 2, go_on);
    if (line[0] == '\0' || line[0] == '#')
        return NULL;
    char *value = line + strcspn(line, " ");
    if (*value != '\0')
        *value++ = '\0';
    value += strspn(value, " ");
    if (strcmp(line, "pause") == 0)
        return take_number(&add_step(test, STEP_PAUSE)->ms, value, MS_LIMIT);
    if (strcmp(line, "stall") == 0)
        return take_number(&add_step(test, STEP_STALL)->ms, value, MS_LIMIT);
    if (strcmp(line, "fin") == 0) {
        add_step(test, STEP_FIN);
        return NULL;
    }
    return test->count > 0 ? "keys stand before the first step" : take_key(test, line, value);
}

/* What several lines must agree on. */
static const char *case_judge(struct test_case *test)
{
    size_t sends = 0, answers = 0, others = 0;
    for (size_t i = 0; i < test->count; i++) {
        sends += test->steps[i].kind == STEP_SEND;
        answers += test->steps[i].kind == STEP_ANSWER;
        others += test->steps[i].kind == STEP_PAUSE || test->steps[i].kind == STEP_FIN;
    }
    if (test->why == NULL)
        return "the why is missing";
    if (sends == 0 && !test->is_long)
        return "nothing is sent";
    if (answers == 0 && test->ending == ENDING_OPEN)
        return "nothing is expected";
    if (test->is_long != (test->before_ms > 0))
        return "a time-out has both \"long\" and \"before\"";
    /* Sending twice makes sense only for one write that leaves the connection open. */
    if (test->ending != ENDING_OPEN || sends != 1 || others > 0)
        test->forms &= ~(1u << FORM_PIPELINED);
    if (test->is_long)
        test->forms = 1u << FORM_WHOLE;
    return NULL;
}

static const char *take_lines(struct test_case *test, char *text, unsigned *line_number)
{
    bool go_on = false;
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n")) != NULL) {
        bool bytes;
        ++*line_number;
        const char *wrong = take_line(test, line, go_on, &bytes);
        if (wrong != NULL)
            return wrong;
        go_on = bytes;
    }
    return case_judge(test);
}

int case_parse(struct test_case *test, const char *name, const char *text, char **error)
{
    unsigned line_number = 0;
    char *copy = xstrdup(text);
    *test = (struct test_case){.name = xstrdup(name), .forms = FORMS_ALL};
    const char *wrong = take_lines(test, copy, &line_number);
    free(copy);
    if (wrong == NULL)
        return 0;
    *error = text_format("%s.case, line %u: %s", name, line_number, wrong);
    case_release(test);
    return -1;
}

void case_release(struct test_case *test)
{
    for (size_t i = 0; i < test->count; i++)
        free(test->steps[i].bytes);
    free(test->steps);
    free(test->name);
    free(test->why);
    free(test->route);
    *test = (struct test_case){0};
}

/* ---- files ---- */

/* The whole file as a string, or NULL with errno. A NUL in it
 * ends it, which the parser then finds. */
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    char *text = xcalloc(FILE_LIMIT_BYTES + 1, 1);
    size_t len = fread(text, 1, FILE_LIMIT_BYTES, file);
    bool whole = !ferror(file) && len < FILE_LIMIT_BYTES && strlen(text) == len;
    fclose(file);
    if (whole)
        return text;
    free(text);
    errno = EFBIG;
    return NULL;
}

int case_read(struct test_case *test, const char *path, char **error)
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    char *text = read_text(path);
    if (text == NULL) {
        *error = text_format("cannot read %s: %s", path, strerror(errno));
        return -1;
    }
    char *name = xstrdup(base);
    char *suffix = strstr(name, ".case");
    if (suffix != NULL)
        *suffix = '\0';
    int result = case_parse(test, name, text, error);
    free(name);
    free(text);
    return result;
}

static int is_case(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".case") == 0;
}

/* The names in folder that end in ".case", sorted by bytes whatever the locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int cases_read(struct test_cases *cases, const char *folder, char **error)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_case, compare_names);
    *cases = (struct test_cases){0};
    int result = 0;
    if (count <= 0) {
        *error = text_format("no *.case in %s", folder);
        result = -1;
    } else {
        cases->items = xcalloc((size_t)count, sizeof(*cases->items));
    }
    for (int i = 0; i < count; i++) {
        char *path = text_format("%s/%s", folder, entries[i]->d_name);
        if (result == 0 && (result = case_read(&cases->items[cases->count], path, error)) == 0)
            cases->count++;
        free(path);
        free(entries[i]);
    }
    free(entries);
    if (result < 0)
        cases_release(cases);
    return result;
}

void cases_release(struct test_cases *cases)
{
    for (size_t i = 0; i < cases->count; i++)
        case_release(&cases->items[i]);
    free(cases->items);
    *cases = (struct test_cases){0};
}
