/* What the tests of pace's scripts share: a script written to
 * the test's folder, opened with a URL. */
#ifndef TESTS_SCRIPT_ROOM_H
#define TESTS_SCRIPT_ROOM_H

#include "own_folder.h"
#include "pace/script.h"

/* What a script is opened with; what is not said is left out. */
struct given {
    const char *text;               /* of the script; NULL: none */
    const char *url;                /* NULL: http://h:8080/p?q */
    const char *fields, *arguments; /* one, or NULL */
    uint64_t seed;
    unsigned ring_s;
};

static inline int open_given(struct script **script, const struct given *given, char **error)
{
    char *path = given->text != NULL ? put_text("x.lua", given->text, 0644) : NULL;
    struct strings fields = {0}, arguments = {0};
    struct url url;
    if (given->fields != NULL)
        strings_add(&fields, given->fields);
    if (given->arguments != NULL)
        strings_add(&arguments, given->arguments);
    assert_int_equal(url_read(&url, given->url ? given->url : "http://h:8080/p?q", error), 0);
    struct script_options options = {.path = path,
                                     .url = &url,
                                     .fields = &fields,
                                     .arguments = &arguments,
                                     .seed = given->seed,
                                     .ring_s = given->ring_s};
    int result = script_open(script, &options, error);
    url_release(&url);
    strings_release(&fields);
    strings_release(&arguments);
    free(path);
    return result;
}

/* Opens it, asks for count requests and closes it. requests
 * are initialised here; release them in either case. */
static inline int ask_given(const struct given *given, size_t count, struct requests *requests,
                            char **error)
{
    struct script *script;
    requests_init(requests);
    int result = open_given(&script, given, error);
    if (result == 0)
        result = script_requests(script, requests, count, error);
    script_close(script);
    return result;
}

/* All that the ring holds, in its order; the caller frees. */
static inline char *ring_text(const struct requests *requests)
{
    char *text = xstrdup("");
    for (size_t i = 0; i < requests->ring_count; i++) {
        const struct request *request = &requests->distinct[requests->ring[i]];
        char *more = text_format("%s%.*s", text, (int)request->len, request->bytes);
        free(text);
        text = more;
    }
    return text;
}

#endif
