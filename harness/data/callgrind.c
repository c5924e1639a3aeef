/* Callgrind's file, line by line; see tool_output.h. Positions
 * are skipped: only whose cost a line is, is of interest. */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "data/tool_output.h"

/* Names are written once, "(12) name", and are "(12)" from
 * then on; objects and functions have numbers of their own. */
struct dictionary {
    char **texts;
    size_t count;
};

enum { DICTIONARY_LIMIT = 1 << 20 };

struct profile_reader {
    struct counts *functions;
    struct dictionary objects, names;
    const char *object,
        *function;    /* of the lines that follow; borrowed from the dictionaries or the text */
    size_t positions; /* words before the costs of a line */
    int column;       /* of Ir among the costs; -1: not said yet */
    bool is_call;     /* the next line is the cost of what is called */
};

/* NULL: a number without its name. */
static const char *take_name(struct dictionary *dictionary, char *text)
{
    char *end;
    if (text[0] != '(')
        return text;
    size_t id = strtoul(text + 1, &end, 10);
    if (*end != ')' || id >= DICTIONARY_LIMIT)
        return NULL;
    if (id >= dictionary->count) {
        dictionary->texts = xreallocarray(dictionary->texts, id + 1, sizeof(*dictionary->texts));
        while (dictionary->count <= id)
            dictionary->texts[dictionary->count++] = NULL;
    }
    char *name = end + 1 + strspn(end + 1, " ");
    if (*name != '\0' && dictionary->texts[id] == NULL) /* one that is known may be borrowed */
        dictionary->texts[id] = xstrdup(name);
    return dictionary->texts[id];
}

static void dictionary_release(struct dictionary *dictionary)
{
    for (size_t i = 0; i < dictionary->count; i++)
        free(dictionary->texts[i]);
    free(dictionary->texts);
}

/* As people know it; the caller frees. */
static char *plain_name(const char *symbol, const char *object)
{
    static const char *const clones[] = {".constprop.", ".isra.", ".part.", ".lto_priv.", ".cold"};
    bool has_symbol = strncmp(symbol, "0x", 2) != 0 && strcmp(symbol, "???") != 0;
    if (!has_symbol) {
        const char *slash = object != NULL ? strrchr(object, '/') : NULL;
        return text_format("%s (no symbol)", slash != NULL ? slash + 1 : "unknown");
    }
    char *name = xstrdup(symbol);
    name[strcspn(name, "@'")] = '\0';
    for (size_t i = 0; i < sizeof(clones) / sizeof(*clones); i++) {
        char *clone = strstr(name, clones[i]);
        if (clone != NULL && clone != name)
            *clone = '\0';
    }
    return name;
}

static bool read_events(struct profile_reader *reader, const char *text)
{
    struct strings events = {0};
    strings_split(&events, text);
    for (size_t i = 0; i < events.count && reader->column < 0; i++)
        if (strcmp(events.items[i], "Ir") == 0)
            reader->column = (int)i;
    strings_release(&events);
    return reader->column >= 0;
}

static void read_positions(struct profile_reader *reader, const char *text)
{
    struct strings words = {0};
    strings_split(&words, text);
    reader->positions = words.count;
    strings_release(&words);
}

/* Behind the positions stand the costs; trailing zeros may be left out. */
static bool read_cost(struct profile_reader *reader, char *line)
{
    bool is_call = reader->is_call;
    reader->is_call = false;
    if (is_call)
        return true;
    if (reader->function == NULL || reader->column < 0)
        return false;
    char *word = NULL;
    for (size_t i = 0; i <= reader->positions + (size_t)reader->column; i++)
        word = strsep(&line, " ");
    if (word == NULL || *word == '\0')
        return true;
    char *end, *name = plain_name(reader->function, reader->object);
    counts_add(reader->functions, name, strtoull(word, &end, 10));
    free(name);
    return *end == '\0';
}

/* "key=value" lines; files are of no interest, a jump's own line has no cost. */
static bool read_record(struct profile_reader *reader, const char *key, char *value)
{
    if (strcmp(key, "fn") == 0)
        return (reader->function = take_name(&reader->names, value)) != NULL;
    if (strcmp(key, "ob") == 0)
        return (reader->object = take_name(&reader->objects, value)) != NULL;
    if (strcmp(key, "cfn") == 0)
        return take_name(&reader->names, value) != NULL;
    if (strcmp(key, "cob") == 0)
        return take_name(&reader->objects, value) != NULL;
    if (strcmp(key, "calls") == 0)
        reader->is_call = true;
    return true;
}

static bool read_line(struct profile_reader *reader, char *line)
{
    if (isdigit((unsigned char)line[0]) || (line[0] != '\0' && strchr("+-*", line[0]) != NULL))
        return read_cost(reader, line);
    if (strncmp(line, "events:", 7) == 0)
        return read_events(reader, line + 7);
    if (strncmp(line, "positions:", 10) == 0)
        read_positions(reader, line + 10);
    size_t key_len = strspn(line, "abcdefghijklmnopqrstuvwxyz");
    if (line[key_len] != '=')
        return true; /* header lines and comments */
    line[key_len] = '\0';
    return read_record(reader, line, line + key_len + 1);
}

int callgrind_read(struct counts *functions, char *text, char **error)
{
    struct profile_reader reader = {.functions = functions, .positions = 1, .column = -1};
    size_t number = 0;
    bool understood = true;
    for (char *line; understood && (line = strsep(&text, "\n")) != NULL; number++)
        understood = read_line(&reader, line);
    dictionary_release(&reader.objects);
    dictionary_release(&reader.names);
    if (!understood)
        return text_error(error, "line %zu of callgrind's file is not understood", number);
    if (functions->count == 0)
        return text_error(error, "callgrind's file holds no instructions");
    return 0;
}
