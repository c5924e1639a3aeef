/* Putting values into JSON objects. */
#include "data/json_put.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "data/result.h"

json_t *text_json(const char *text)
{
    if (!text)
        return json_null();

    json_t *value = json_string(text);
    if (value)
        return value;
    char *ascii = xstrdup(text);
    for (char *c = ascii; *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    value = json_string(ascii);
    free(ascii);
    return value;
}

json_t *number_json(int64_t number)
{
    return number == MISSING ? json_null() : json_integer(number);
}

json_t *real_json(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *strings_json(const struct strings *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, text_json(list->items[i]));
    return array;
}

void json_put(json_t *object, const char *key, json_t *value)
{
    int status = json_object_set_new(object, key, value);

    assert(status == 0 && "out of memory, or a value that JSON cannot hold");
}

void json_put_text(json_t *object, const char *key, const char *text)
{
    json_put(object, key, text_json(text));
}

void json_put_count(json_t *object, const char *key, uint64_t count)
{
    json_put(object, key, json_integer((json_int_t)count));
}
