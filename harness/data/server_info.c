/* What a server says of itself: "key value" lines into struct server_info. */
#include "data/catalog.h"

#include <stdlib.h>
#include <string.h>

void server_info_init(struct server_info *info, const char *name, const char *path)
{
    *info = (struct server_info){.name = xstrdup(name), .path = xstrdup(path)};
}

/* Where a key's value goes: one text, or a list that the key may be repeated for. NULL and NULL:
 * unknown. */
struct place {
    char **text;
    struct strings *list;
};

static struct place place_of(struct server_info *info, const char *key)
{
    const struct {
        const char *key;
        struct place place;
    } places[] = {
        {"name", {.text = &info->name}},
        {"model", {.text = &info->model}},
        {"summary", {.text = &info->summary}},
        {"language", {.text = &info->language}},
        {"variant", {.text = &info->variant}},
        {"workers-meaning", {.text = &info->workers_meaning}},
        {"differs", {.list = &info->differs}},
        {"diverges", {.list = &info->diverges}},
        {"library", {.list = &info->libraries}},
    };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(places[i].key, key) == 0)
            return places[i].place;
    return (struct place){0};
}

static void take_core(struct server_info *info, const char *value)
{
    info->own_core = strcmp(value, "backbench") == 0;
    info->own_app = info->own_core || strcmp(value, "app") == 0;
}

/* The keys whose value is not kept as it is. */
static int take_special(struct server_info *info, const char *key, const char *value)
{
    if (strcmp(key, "routes") == 0)
        strings_split(&info->routes, value);
    else if (strcmp(key, "core") == 0)
        take_core(info, value);
    else
        return -1;
    return 0;
}

static int take(struct server_info *info, const char *key, const char *value)
{
    struct place place = place_of(info, key);

    if (place.text) {
        free(*place.text);
        *place.text = xstrdup(value);
        info->ceiling = info->model && strcmp(info->model, "ceiling") == 0;
        return 0;
    }
    if (place.list) {
        strings_add(place.list, value);
        return 0;
    }
    return take_special(info, key, value);
}

int server_info_line(struct server_info *info, const char *line)
{
    char *key = xstrdup(line);

    key[strcspn(key, "\r\n")] = '\0';
    char *value = key + strcspn(key, " \t");
    if (*value)
        *value++ = '\0';
    int taken = take(info, key, value + strspn(value, " \t"));
    free(key);
    return taken;
}

bool server_info_is_ours(const struct server_info *info)
{
    return info->own_app || info->ceiling;
}

void server_info_release(struct server_info *info)
{
    free(info->name);
    free(info->path);
    free(info->model);
    free(info->summary);
    free(info->language);
    free(info->variant);
    free(info->workers_meaning);
    free(info->homepage);
    free(info->program);
    free(info->missing);
    strings_release(&info->differs);
    strings_release(&info->diverges);
    strings_release(&info->routes);
    strings_release(&info->libraries);
    *info = (struct server_info){0};
}
