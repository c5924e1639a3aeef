#include "data/budget.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "data/whole_file.h"

/* A name as it stands in the file; the caller frees. */
static char *word_of(const char *name)
{
    char *word = xstrdup(name);
    for (char *c = word; (c = strchr(c, ' ')) != NULL;)
        *c = '_';
    return word;
}

void budget_add(struct budget *budget, const char *server, const char *workload,
                const char *function, unsigned instructions)
{
    budget->lines = xreallocarray(budget->lines, budget->count + 1, sizeof(*budget->lines));
    budget->lines[budget->count++] = (struct budget_line){
        .server = xstrdup(server),
        .workload = xstrdup(workload),
        .function = word_of(function),
        .instructions = instructions,
    };
}

const struct budget_line *budget_find(const struct budget *budget, const char *server,
                                      const char *workload, const char *function)
{
    char *word = word_of(function);
    const struct budget_line *found = NULL;
    for (size_t i = 0; i < budget->count && found == NULL; i++) {
        const struct budget_line *line = &budget->lines[i];
        if (strcmp(line->server, server) == 0 && strcmp(line->workload, workload) == 0 &&
            strcmp(line->function, word) == 0)
            found = line;
    }
    free(word);
    return found;
}

static bool take_words(struct budget *budget, const struct strings *words)
{
    unsigned instructions;
    if (words->count != 4 || !text_number(&instructions, words->items[3], 0, UINT_MAX) ||
        budget_find(budget, words->items[0], words->items[1], words->items[2]) != NULL)
        return false;
    budget_add(budget, words->items[0], words->items[1], words->items[2], instructions);
    return true;
}

static bool take_line(struct budget *budget, char *line)
{
    static const char build[] = "build ";
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '#' || line[strspn(line, " \t")] == '\0')
        return true;
    if (strncmp(line, build, sizeof(build) - 1) == 0 && budget->build == NULL) {
        budget->build = xstrdup(line + sizeof(build) - 1);
        return true;
    }
    struct strings words = {0};
    strings_split(&words, line);
    bool taken = take_words(budget, &words);
    strings_release(&words);
    return taken;
}

int budget_read(struct budget *budget, const char *path, char **error)
{
    *budget = (struct budget){0};
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return text_error(error, "cannot read the budget %s: %m", path);
    char *line = NULL;
    size_t size = 0, number = 0;
    int result = 0;
    while (result == 0 && getline(&line, &size, file) >= 0) {
        number++;
        if (!take_line(budget, line))
            result = text_error(error,
                                "%s:%zu: not SERVER WORKLOAD FUNCTION INSTRUCTIONS, or said before",
                                path, number);
    }
    if (result == 0 && ferror(file))
        result = text_error(error, "cannot read the budget %s: %m", path);
    free(line);
    fclose(file);
    return result;
}

static int in_order(const void *a, const void *b)
{
    const struct budget_line *one = a, *other = b;
    int order = strcmp(one->server, other->server);
    if (order == 0)
        order = strcmp(one->workload, other->workload);
    if (order == 0)
        order = (strcmp(one->function, BUDGET_TOTAL) != 0) -
                (strcmp(other->function, BUDGET_TOTAL) != 0);
    return order != 0 ? order : strcmp(one->function, other->function);
}

/* The caller frees. */
static char *budget_text(const struct budget *budget, const char *comment)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fputs(comment, out);
    if (budget->build != NULL)
        fprintf(out, "build %s\n", budget->build);
    for (size_t i = 0; i < budget->count; i++) {
        const struct budget_line *line = &budget->lines[i];
        fprintf(out, "%s %s %s %u\n", line->server, line->workload, line->function,
                line->instructions);
    }
    fclose(out);
    return text;
}

int budget_write(struct budget *budget, const char *path, const char *comment, char **error)
{
    if (budget->count > 0)
        qsort(budget->lines, budget->count, sizeof(*budget->lines), in_order);
    char *text = budget_text(budget, comment);
    int number = whole_file_write(path, text, false);
    free(text);
    return number ? text_error(error, "cannot write the budget %s: %s", path, strerror(number)) : 0;
}

void budget_release(struct budget *budget)
{
    for (size_t i = 0; i < budget->count; i++) {
        free(budget->lines[i].server);
        free(budget->lines[i].workload);
        free(budget->lines[i].function);
    }
    free(budget->lines);
    free(budget->build);
    *budget = (struct budget){0};
}
