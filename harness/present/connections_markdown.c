#include "present/connections.h"

#include "analyse/words.h"
#include "present/format.h"

void connections_markdown(FILE *out, const struct result *result, const struct summary *summary)
{
    bool any = false;
    for (size_t i = 0; i < summary->stairs_count; i++) {
        const struct stairs_memory *memory = &summary->stairs[i];
        struct grid grid;
        if (!connections_are_alone(summary, memory))
            continue;
        fputs(any ? "" : "## What a connection costs\n\n", out);
        any = true;
        fputs("### ", out);
        escape_markdown(out, words_workload(result, memory->workload));
        fputs(", connections taken up\n\n", out);
        connections_grid_make(&grid, memory);
        grid_markdown(out, result, &grid);
        grid_release(&grid);
    }
}
