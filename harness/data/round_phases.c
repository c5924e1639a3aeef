/* Of a round's JSON what only one that went through phases has: both directions. */
#include "data/result_json.h"

#include <stdlib.h>
#include <string.h>

#include "data/json_put.h"
#include "data/json_take.h"
#include "data/mark_parts.h"
#include "data/phases.h"

/* ---- writing ---- */

/* A rate that is not known, or of a phase in which nothing is sent, is null. */
json_t *result_phases_json(const struct phases *phases, bool with_times)
{
    json_t *array = json_array();

    for (size_t i = 0; i < phases->count; i++) {
        const struct phase *phase = &phases->items[i];
        json_t *object = json_object();
        json_put_text(object, "kind", phase_kind_name(phase->kind));
        json_put_count(object, "duration_s", phase->duration_s);
        json_put(object, "rate_rps", number_json(phase->rate_rps ? phase->rate_rps : MISSING));
        if (with_times)
            json_put(object, "times", phase->times > 0 ? json_real(phase->times) : json_null());
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *numbers_json(const int64_t *numbers, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, number_json(numbers[i]));
    return array;
}

static bool is_whole(const int64_t *numbers, size_t count)
{
    for (size_t i = 0; numbers && i < count; i++)
        if (numbers[i] == MISSING)
            return false;
    return numbers != NULL;
}

/* An array that was not kept at all is null. */
static json_t *course_json(const struct round *round, json_t *missing)
{
    struct course *course = (struct course *)&round->course; /* only read */
    json_t *object = json_object();

    json_put_count(object, "interval_ns", (uint64_t)course->interval_ns);
    for (size_t i = 0; i < COURSE_ARRAYS; i++) {
        const int64_t *numbers = *course_array_of(course, &course_arrays[i]);
        json_put(object, course_arrays[i].key,
                 numbers ? numbers_json(numbers, course->count) : json_null());
        if (!is_whole(numbers, course->count))
            result_put_missing(missing, round, course_arrays[i].field);
    }
    return object;
}

static json_t *mark_json(const struct round *round, size_t index, json_t *missing)
{
    struct phase_mark *mark = &round->phase_marks->items[index];
    json_t *object = json_object();

    json_put_count(object, "at_ns", (uint64_t)mark->at_ns);
    for (int part = 0; part < MARK_PARTS; part++) {
        int64_t number = *mark_part_of(mark, (enum mark_part)part);
        json_put(object, mark_parts[part].key, number_json(number));
        if (number == MISSING)
            result_put_missing(missing, round, mark_parts[part].field);
    }
    return object;
}

/* Null where there are none. */
json_t *result_marks_json(const struct round *round, json_t *missing)
{
    if (!round->phase_marks || round->phase_marks->count == 0) {
        result_put_missing(missing, round, "phase_marks");
        return json_null();
    }
    json_t *array = json_array();
    for (size_t i = 0; i < round->phase_marks->count; i++)
        json_array_append_new(array, mark_json(round, i, missing));
    return array;
}

void result_put_phases(json_t *line, json_t *missing, const struct round *round)
{
    if (!round_has_phases(round))
        return;
    json_put(line, "phases", result_phases_json(&round->phases, false));
    json_put(line, "confirms_growth", json_boolean(round->confirms_growth));
    json_put(line, "course", round->course.count > 0 ? course_json(round, missing) : json_null());
    json_put(line, "phase_marks", result_marks_json(round, missing));
    if (round->course.count == 0)
        result_put_missing(missing, round, "course");
    if (round->phase_marks != NULL)
        result_put_explanation(line, missing, round);
}

/* Each phase as pace's JSON has it: the window from its start to its end. */
json_t *result_segments_json(const struct phases *phases)
{
    static const char *const kinds[PHASE_KINDS] = {
        [PHASE_IDLE] = "idle",
        [PHASE_LOAD] = "poisson",
        [PHASE_BURST] = "burst",
        [PHASE_CLOSE] = "close",
    };
    json_t *array = json_array();
    json_int_t start_s = 0, ns = 1000000000;

    for (size_t i = 0; i < phases->count; i++) {
        const struct phase *phase = &phases->items[i];
        json_array_append_new(
            array, json_pack("{s:s, s:I, s:I, s:I, s:I}", "kind", kinds[phase->kind], "from_rps",
                             (json_int_t)phase->rate_rps, "to_rps", (json_int_t)phase->rate_rps,
                             "start_ns", start_s * ns, "duration_ns", phase->duration_s * ns));
        start_s += phase->duration_s;
    }
    return array;
}

/* ---- reading ---- */

static void take_phase(struct taking *taking, struct phases *phases, const json_t *object)
{
    struct phase phase = {
        .duration_s = (uint32_t)take_count(taking, object, "duration_s", UINT32_MAX),
        .rate_rps = (uint32_t)take_count(taking, object, "rate_rps", UINT32_MAX),
        .times = json_number_value(json_object_get(object, "times")),
    };
    char *kind = take_needed_text(taking, object, "kind");

    while (phase.kind < PHASE_KINDS && strcmp(phase_kind_name(phase.kind), kind) != 0)
        phase.kind++;
    if (phase.kind == PHASE_KINDS)
        take_fail(taking, "\"%s\" is no kind of phase", kind);
    else if (phase.duration_s == 0)
        take_fail(taking, "a phase lasts no time");
    else
        phases->items[phases->count++] = phase;
    free(kind);
}

void result_take_phases_list(struct taking *taking, struct phases *phases, const json_t *object)
{
    const json_t *array = take_array(taking, object, "phases");

    if (json_array_size(array) > PHASES_MOST)
        take_fail(taking, "there are more than %d phases", PHASES_MOST);
    for (size_t i = 0; i < json_array_size(array) && i < PHASES_MOST; i++)
        take_phase(taking, phases, json_array_get(array, i));
}

static int64_t *take_course_array(struct taking *taking, const struct course *course,
                                  const json_t *object, const char *key)
{
    const json_t *array = take_array(taking, object, key);

    if (!array)
        return NULL;
    int64_t *numbers = xcalloc(course->count + 1, sizeof *numbers);
    if (json_array_size(array) != course->count)
        take_fail(taking, "course.%s is not as long as course.%s", key, course_arrays[0].key);
    for (size_t i = 0; i < course->count && i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);
        numbers[i] = json_is_integer(item) ? json_integer_value(item) : MISSING;
        if ((!json_is_integer(item) && !json_is_null(item)) || !result_is_possible(numbers[i]))
            take_fail(taking, "course.%s[%zu] is nothing that a run can give", key, i);
    }
    return numbers;
}

static void take_course(struct taking *taking, struct course *course, const json_t *object)
{
    course->interval_ns = (int64_t)take_count(taking, object, "interval_ns", RESULT_LARGEST);
    for (size_t i = 0; i < COURSE_ARRAYS && course->count == 0; i++)
        course->count = json_array_size(take_array(taking, object, course_arrays[i].key));
    for (size_t i = 0; i < COURSE_ARRAYS; i++)
        *course_array_of(course, &course_arrays[i]) =
            take_course_array(taking, course, object, course_arrays[i].key);
    if (course->count == 0 || course->interval_ns == 0)
        take_fail(taking, "course holds nothing");
}

static void take_mark(struct taking *taking, struct phase_mark *mark, const json_t *object)
{
    mark->at_ns = (int64_t)take_count(taking, object, "at_ns", RESULT_LARGEST);
    for (int part = 0; part < MARK_PARTS; part++) {
        int64_t number = take_number(taking, object, mark_parts[part].key);
        if (!result_is_possible(number))
            take_fail(taking, "%s is %lld, which no run can give", mark_parts[part].field,
                      (long long)number);
        *mark_part_of(mark, (enum mark_part)part) = number;
    }
}

void result_take_marks(struct taking *taking, struct round *round, const json_t *line, size_t most)
{
    const json_t *array = take_array(taking, line, "phase_marks");
    size_t count = json_array_size(array);

    if (count > most) {
        take_fail(taking, "phase_marks are more than the %zu that there can be", most);
        return;
    }
    if (count == 0)
        return;
    round->phase_marks = xcalloc(1, sizeof *round->phase_marks);
    for (size_t i = 0; i < count; i++)
        take_mark(taking, &round->phase_marks->items[round->phase_marks->count++],
                  json_array_get(array, i));
}

void result_take_phases(struct taking *taking, struct round *round, const json_t *line)
{
    const json_t *course = take_object(taking, line, "course");

    result_take_phases_list(taking, &round->phases, line);
    round->confirms_growth = take_bool(taking, line, "confirms_growth");
    if (course)
        take_course(taking, &round->course, course);
    if (round_has_phases(round))
        result_take_marks(taking, round, line, round->phases.count + 1);
    result_take_explanation(taking, round, line);
}
