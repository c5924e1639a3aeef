/* The stand-in of entry i is 0x0500ii, of ink i 0x0100ii, of heat i 0x0200ii. */
#include "present/palette.h"

#include <assert.h>
#include <string.h>

enum { STAND_IN_MODEL = 0x050000, STAND_IN_INK = 0x010000, STAND_IN_HEAT = 0x020000 };

struct shade {
    const char *name, *variable, *light, *dark;
};

static const struct shade inks[INKS] = {
    [INK_TEXT] = {"", "--ink", "#1b1d20", "#e7e9ec"},
    [INK_MUTED] = {"", "--muted", "#5f6368", "#a0a6ad"},
    [INK_GRID] = {"", "--grid", "#e2e2dd", "#2d3137"},
    [INK_PAPER] = {"", "--paper", "#fbfbf9", "#15171a"},
};

static const struct shade models[] = {
    {"thread", "--m-thread", "#b44a00", "#f08a45"},
    {"pool", "--m-pool", "#8a6100", "#e0b04a"},
    {"epoll", "--m-epoll", "#00629b", "#5fb3ee"},
    {"uring", "--m-uring", "#00704f", "#3cc79a"},
    {"uv", "--m-uv", "#9c3f78", "#e394c4"},
    {"mhd", "--m-mhd", "#5b4fb0", "#a99df0"},
    {"mhd-thread", "--m-mhd-thread", "#6b5a4b", "#c9b29b"},
    {"", "--m-ceiling", "#66696d", "#9aa0a6"},
    /* whoever else takes part, in the order of the arms */
    {"", "--m-other-1", "#7a1f2b", "#ff8f98"},
    {"", "--m-other-2", "#2b3a8a", "#8fa6ff"},
    {"", "--m-other-3", "#3d5a00", "#a9cf5a"},
    {"", "--m-other-4", "#6a2c91", "#cf9bf2"},
};
/* Even steps of lightness in OKLCH (.93 to .30 on paper, .30
 * to .92 on dark), the hue from yellow to wine red. */
static const struct shade heats[HEATS] = {
    {"", "--heat-1", "#f2e7b9", "#4f1335"}, {"", "--heat-2", "#eac881", "#75173b"},
    {"", "--heat-3", "#e5a747", "#9b2037"}, {"", "--heat-4", "#db8402", "#bc3528"},
    {"", "--heat-5", "#c66605", "#d75307"}, {"", "--heat-6", "#b14803", "#e67904"},
    {"", "--heat-7", "#9c2501", "#f29d26"}, {"", "--heat-8", "#800111", "#f6c25f"},
    {"", "--heat-9", "#5b0019", "#f9e599"},
};
enum { MODELS = sizeof models / sizeof *models, CEILING = 7, OTHERS = 8 };

static int known(const char *name)
{
    for (int i = 0; i < CEILING; i++)
        if (strcmp(models[i].name, name) == 0)
            return i;
    return -1;
}

static int index_of(const struct result *result, size_t arm)
{
    const struct server_info *server = &result->arms[arm].server;
    if (server->ceiling)
        return CEILING;
    int index = known(server->name), others = 0;
    for (size_t i = 0; i < arm; i++)
        others += !result->arms[i].server.ceiling && known(result->arms[i].server.name) < 0;
    return index >= 0 ? index : OTHERS + others % (MODELS - OTHERS);
}

const char *palette_variable(const struct result *result, size_t arm)
{
    return models[index_of(result, arm)].variable;
}

unsigned palette_stand_in(const struct result *result, size_t arm)
{
    return STAND_IN_MODEL + (unsigned)index_of(result, arm);
}

const char *palette_replacement(unsigned stand_in, char *buffer, size_t size)
{
    const struct shade *shade;
    if (stand_in >= STAND_IN_MODEL && stand_in < STAND_IN_MODEL + MODELS)
        shade = &models[stand_in - STAND_IN_MODEL];
    else if (stand_in >= STAND_IN_HEAT && stand_in < STAND_IN_HEAT + HEATS)
        shade = &heats[stand_in - STAND_IN_HEAT];
    else if (stand_in >= STAND_IN_INK && stand_in < STAND_IN_INK + INKS)
        shade = &inks[stand_in - STAND_IN_INK];
    else
        return NULL;
    snprintf(buffer, size, "var(%s,%s)", shade->variable, shade->light);
    return buffer;
}

unsigned palette_heat(unsigned step)
{
    assert(step < HEATS);
    return STAND_IN_HEAT + step;
}

static void put_shades(FILE *out, const struct shade *shades, int count,
                       const char *(*pick)(const struct shade *))
{
    for (int i = 0; i < count; i++)
        fprintf(out, "%s:%s;", shades[i].variable, pick(&shades[i]));
}

static void put_variables(FILE *out, const char *(*pick)(const struct shade *))
{
    fputs(":root{", out);
    put_shades(out, inks, INKS, pick);
    put_shades(out, models, MODELS, pick);
    put_shades(out, heats, HEATS, pick);
    fputs("}", out);
}

static const char *light(const struct shade *shade)
{
    return shade->light;
}

static const char *dark(const struct shade *shade)
{
    return shade->dark;
}

void palette_css(FILE *out)
{
    put_variables(out, light);
    fputs("@media screen and (prefers-color-scheme:dark){", out);
    put_variables(out, dark);
    fputs("}", out);
}
