/* The table of `strace -c`; see tool_output.h. Its columns: % time, seconds, usecs/call, calls,
 * errors (may be empty), syscall; rules above and below, and a line of the totals. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "data/tool_output.h"

enum { CALLS_WORD = 3, LEAST_WORDS = 5 };

static bool is_title(const struct strings *words)
{
    return words->count > 0 && strcmp(words->items[words->count - 1], "syscall") == 0;
}

static void take_row(struct counts *calls, const struct strings *words)
{
    char *end;
    if (words->count < LEAST_WORDS)
        return;
    const char *name = words->items[words->count - 1];
    uint64_t n = strtoull(words->items[CALLS_WORD], &end, 10);
    if (*end == '\0' && name[0] != '-' && strcmp(name, "total") != 0)
        counts_add(calls, name, n);
}

int strace_read(struct counts *calls, char *text, char **error)
{
    bool in_table = false;
    for (char *line; (line = strsep(&text, "\n")) != NULL;) {
        struct strings words = {0};
        strings_split(&words, line);
        if (in_table)
            take_row(calls, &words);
        in_table = in_table || is_title(&words);
        strings_release(&words);
    }
    return calls->count > 0 ? 0 : text_error(error, "strace wrote no table of calls");
}
