#include "cmd/duel_sides.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyse/duel_read.h"
#include "cmd/cmd.h"

static void say(void *argument, const char *sentence)
{
    (void)argument;
    fprintf(stderr, "  %s\n", sentence);
}

static int side_code(enum side_end end)
{
    static const enum exit_code codes[] = {
        [SIDE_FOUND] = EXIT_DONE,
        [SIDE_UNKNOWN] = EXIT_USAGE,
        [SIDE_UNBUILT] = EXIT_FAILED,
        [SIDE_UNAVAILABLE] = EXIT_ENVIRONMENT,
        [SIDE_INTERRUPTED] = EXIT_INTERRUPTED,
    };
    return (int)codes[end];
}

static struct side_request request_of(const struct duel_options *options, const struct paths *paths,
                                      bool is_base)
{
    return (struct side_request){
        .role = is_base ? DUEL_BASE : DUEL_HEAD,
        .word = is_base ? options->base : options->head,
        .repo = options->repo,
        .build = options->build,
        .server = options->server,
        .work = options->work,
        .paths = paths,
        .interrupted = &interrupted,
        .says = say,
    };
}

/* The base does not build. If the head does not either, --build or --server has a mistake. */
static int blame(struct side *head, const struct duel_options *options, const struct paths *paths,
                 char **why)
{
    char *also = NULL;
    struct side_request request = request_of(options, paths, false);
    enum side_end end = side_find(head, &request, &also);
    int code = EXIT_UNREADABLE;
    if (end == SIDE_INTERRUPTED)
        code = EXIT_INTERRUPTED;
    if (end == SIDE_UNBUILT) {
        char *both = text_format("neither side builds, so look at --build and --server: %s", also);
        free(*why);
        *why = both;
        code = EXIT_USAGE;
    }
    free(also);
    return code;
}

static bool is_built(const struct side *side)
{
    return side->kind == SIDE_TREE;
}

/* What says how to build, where nothing is. */
static int check_unbuilt(const struct duel_options *options)
{
    const char *option = options->server  ? "--server"
                         : options->build ? "--build"
                         : options->repo  ? "--repo"
                                          : NULL;
    return option ? fail(EXIT_USAGE,
                         "%s: neither side is built, both are programs that are there already: "
                         "leave it out, or name a revision or a folder",
                         option)
                  : 0;
}

static int find_both(struct side *base, struct side *head, const struct duel_options *options,
                     const struct paths *paths, char **why)
{
    struct side_request for_base = request_of(options, paths, true),
                        for_head = request_of(options, paths, false);
    enum side_end end = side_check(&for_base, why);
    if (end == SIDE_FOUND)
        end = side_check(&for_head, why);
    if (end == SIDE_FOUND)
        end = side_find(base, &for_base, why);
    if (end == SIDE_UNBUILT)
        return blame(head, options, paths, why);
    if (end == SIDE_FOUND)
        end = side_find(head, &for_head, why);
    return side_code(end);
}

int duel_sides_find(struct side *base, struct side *head, const struct duel_options *options,
                    const struct paths *paths, char **why)
{
    int code = find_both(base, head, options, paths, why);
    if (code == EXIT_INTERRUPTED && *why == NULL)
        *why = xstrdup("interrupted before anything was measured: what was half built is removed");
    if (code == 0 && !is_built(base) && !is_built(head))
        code = check_unbuilt(options);
    return code;
}
