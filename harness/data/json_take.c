/* Taking values out of JSON objects. */
#include "data/json_take.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/result.h"

void take_fail(struct taking *taking, const char *format, ...)
{
    char what[200];
    va_list arguments;

    if (taking->error)
        return;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    taking->error = text_format("%s: %s", taking->where, what);
}

int take_result(struct taking *taking, char **error)
{
    if (!taking->error)
        return 0;
    *error = taking->error;
    taking->error = NULL;
    return -1;
}

/* The value, or NULL for absent, null, and (an error) any other type. */
static const json_t *value_of(struct taking *taking, const json_t *object, const char *key,
                              json_type type, const char *type_name)
{
    const json_t *value = json_object_get(object, key);

    if (!value || json_is_null(value))
        return NULL;
    if (json_typeof(value) == type)
        return value;
    take_fail(taking, "%s is not %s", key, type_name);
    return NULL;
}

char *take_text(struct taking *taking, const json_t *object, const char *key)
{
    return xstrdup(json_string_value(value_of(taking, object, key, JSON_STRING, "a text")));
}

char *take_needed_text(struct taking *taking, const json_t *object, const char *key)
{
    char *text = take_text(taking, object, key);

    if (text)
        return text;
    take_fail(taking, "there is no %s", key);
    return xstrdup("");
}

int64_t take_number(struct taking *taking, const json_t *object, const char *key)
{
    const json_t *value = value_of(taking, object, key, JSON_INTEGER, "a whole number");

    return value ? json_integer_value(value) : MISSING;
}

uint64_t take_count(struct taking *taking, const json_t *object, const char *key, uint64_t most)
{
    int64_t number = take_number(taking, object, key);

    if (number == MISSING)
        return 0;
    if (number >= 0 && (uint64_t)number <= most)
        return (uint64_t)number;
    take_fail(taking, "%s is out of range", key);
    return 0;
}

bool take_bool(struct taking *taking, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (value && !json_is_null(value) && !json_is_boolean(value))
        take_fail(taking, "%s is neither true nor false", key);
    return json_is_true(value);
}

const json_t *take_object(struct taking *taking, const json_t *object, const char *key)
{
    return value_of(taking, object, key, JSON_OBJECT, "an object");
}

const json_t *take_array(struct taking *taking, const json_t *object, const char *key)
{
    return value_of(taking, object, key, JSON_ARRAY, "an array");
}

void take_strings(struct taking *taking, const json_t *object, const char *key,
                  struct strings *list)
{
    const json_t *array = take_array(taking, object, key);

    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (text)
            strings_add(list, text);
        else
            take_fail(taking, "%s[%zu] is not a text", key, i);
    }
}
