/* Of a round's JSON what only one that took the number of connections up has: both directions. */
#include "data/result_json.h"

#include <stdlib.h>
#include <string.h>

#include "data/json_put.h"
#include "data/json_take.h"

static const char *const kinds[STAIRS_KINDS] = {
    [STAIRS_NONE] = "", [STAIRS_IDLE] = "idle", [STAIRS_ACTIVE] = "active"};

void result_put_stairs(json_t *line, json_t *missing, const struct round *round)
{
    json_t *object = json_object();

    if (!round_has_stairs(round)) {
        json_decref(object);
        return;
    }
    json_put_text(object, "kind", kinds[round->stairs.kind]);
    json_put(object, "levels", result_levels_json(&round->stairs.levels));
    json_put(line, "stairs", object);
    json_put(line, "phase_marks", result_marks_json(round, missing));
}

void result_take_stairs(struct taking *taking, struct round *round, const json_t *line)
{
    const json_t *object = take_object(taking, line, "stairs");

    if (!object)
        return;
    char *kind = take_needed_text(taking, object, "kind");
    while (round->stairs.kind < STAIRS_KINDS && strcmp(kinds[round->stairs.kind], kind) != 0)
        round->stairs.kind++;
    if (round->stairs.kind == STAIRS_NONE || round->stairs.kind == STAIRS_KINDS) {
        take_fail(taking, "\"%s\" is no kind of stairs", kind);
        round->stairs.kind = STAIRS_NONE;
    }
    free(kind);
    result_take_levels(taking, &round->stairs.levels, object, "levels");
    result_take_marks(taking, round, line, round->stairs.levels.count + 2);
}
