/* Calls into a script come back: with what it did, or with one
 * sentence that says where it went wrong. */
#include "pace/script_state.h"

#include <lauxlib.h>
#include <signal.h>
#include <sys/time.h>

#include "own_folder.h"

/* Loads text as x.lua, which may define f(), and calls that. The caller frees *error. */
static int run_within(struct script_state *state, int limit_ms, const char *text, char **error)
{
    char *path = put_text("x.lua", text, 0644);
    int result = script_state_open(state, path, 1, error);
    assert_int_equal(result, 0);
    state->limit_ms = limit_ms;
    state->limit_mib = 64;
    result = script_state_load(state, error);
    if (result == 0) {
        lua_getglobal(state->lua, "f");
        result = script_state_call(state, 0, 1, "in f()", error);
    }
    assert_int_equal(lua_gettop(state->lua), result == 0);
    free(path);
    return result;
}

static int run(struct script_state *state, const char *text, char **error)
{
    return run_within(state, SCRIPT_CALL_MS, text, error);
}

static void an_error_is_one_sentence_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"f = = 1", "x.lua:1: unexpected symbol near '=', when it was loaded"},
        {"\nfunction f()\n", "x.lua:3: 'end' expected (to close 'function' at line 2) near "
                             "'<eof>', when it was loaded"},
        {"\n\nerror('oops')", "x.lua:3: oops, when it was loaded"},
        {"function f()\n  return nothing.at.all\nend",
         "x.lua:2: attempt to index global 'nothing' (a nil value), in f()"},
        {"function f() error('oops', 0) end", "x.lua:1: oops, in f()"},
        {"function f() error('one\\ntwo') end", "x.lua:1: one, in f()"},
        {"function f() error('a\\27b') end", "x.lua:1: a?b, in f()"},
        {"function f() error({}) end", "x.lua:1: an error that is a table, no text, in f()"},
        {"function f() error() end", "x.lua:1: an error that is a nil, no text, in f()"},
        {"function f()\n local s = ('x'):rep(10, 1, {})\n string.format('%d', {}) end",
         "x.lua:3: bad argument #2 to 'format' (number expected, got table), in f()"},
        {"function f() require 'no.such.file' end",
         "x.lua:1: module 'no.such.file' not found, in f()"},
        {"function f() os.exit(0) end",
         "x.lua:1: os.exit() would end pace without a result: error(\"why\") ends it with a "
         "sentence, in f()"},
        {"function f() return f() + 1 end", "x.lua:1: stack overflow, in f()"},
        {"function f() coroutine.wrap(function()\n error('in there') end)() end",
         "x.lua:2: in there, in f()"},
        {"f = 1", "x.lua: attempt to call a number value, in f()"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct script_state script;
        char *error = NULL;
        if (run(&script, table[i].text, &error) != -1)
            fail_msg("%s: no error", table[i].text);
        assert_string_equal(below_folder(error), table[i].error);
        script_state_close(&script);
        free(error);
    }
}

static void a_file_that_is_not_there_is_said(void **state)
{
    (void)state;
    struct script_state script;
    char *error = NULL;
    assert_int_equal(script_state_open(&script, "no/such.lua", 1, &error), 0);
    assert_int_equal(script_state_load(&script, &error), -1);
    assert_string_equal(error,
                        "cannot open no/such.lua: No such file or directory, when it was loaded");
    script_state_close(&script);
    free(error);
}

/* However it is hidden; with the just-in-time compiler on, the second one would never end. */
static void what_does_not_end_is_ended(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"while true do end", "x.lua:1: no end after 0.2 s, when it was loaded"},
        {"function f()\n local n = 0\n while true do n = n + 1 end end",
         "x.lua:3: no end after 0.2 s, in f()"},
        {"function f() while true do\npcall(function() while true do end end)\nend end",
         "x.lua:2: no end after 0.2 s, in f()"},
        {"function f()\n coroutine.wrap(function() while true do end end)() end",
         "x.lua:2: no end after 0.2 s, in f()"},
        {"local function g() return g() end\nf = g", "x.lua:1: no end after 0.2 s, in f()"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct script_state script;
        char *error = NULL;
        if (run_within(&script, 200, table[i].text, &error) != -1)
            fail_msg("%s: no error", table[i].text);
        assert_string_equal(below_folder(error), table[i].error);
        script_state_close(&script);
        free(error);
    }
}

static void a_script_that_takes_all_memory_is_ended(void **state)
{
    (void)state;
    struct script_state script;
    char *error = NULL;
    assert_int_equal(run(&script,
                         "function f() local all = {}\n"
                         "while true do all[#all + 1] = ('x'):rep(10000) .. #all end end",
                         &error),
                     -1);
    assert_string_equal(below_folder(error),
                        "x.lua:2: it takes more than 64 MiB of memory, in f()");
    script_state_close(&script);
    free(error);
}

static void after_an_error_the_next_call_has_its_own_time(void **state)
{
    (void)state;
    struct script_state script;
    char *error = NULL;
    assert_int_equal(
        run_within(&script, 200,
                   "function f() while true do end end\n"
                   "function g() local n = 0 for i = 1, 100000 do n = n + i end return n end",
                   &error),
        -1);
    script.limit_ms = SCRIPT_CALL_MS;
    lua_getglobal(script.lua, "g");
    assert_int_equal(script_state_call(&script, 0, 1, "in g()", NULL), 0);
    assert_true(lua_tonumber(script.lua, -1) == 5000050000.0);
    script_state_close(&script);
    free(error);
}

static volatile bool interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = true;
}

static void a_signal_ends_the_call_that_runs_but_not_the_next(void **state)
{
    (void)state;
    static const struct itimerval soon = {.it_value = {.tv_usec = 100000}};
    const struct sigaction action = {.sa_handler = interrupt};
    struct script_state script;
    char *error = NULL;
    assert_int_equal(run(&script,
                         "function f() end\n"
                         "function g() while true do pcall(function()\n"
                         "while true do end end) end end",
                         &error),
                     0);
    script.interrupted = &interrupted;
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    lua_getglobal(script.lua, "g");
    assert_int_equal(script_state_call(&script, 0, 1, "in g()", &error), -1);
    assert_string_equal(below_folder(error), "x.lua:3: it was interrupted, in g()");
    assert_true(interrupted);
    lua_getglobal(script.lua, "f");
    assert_int_equal(script_state_call(&script, 0, 0, "in f()", NULL), 0);
    script_state_close(&script);
    free(error);
}

static double first_random(double seed)
{
    struct script_state script;
    char *error = NULL;
    assert_int_equal(script_state_open(&script, NULL, seed, &error), 0);
    assert_int_equal(luaL_dostring(script.lua, "return math.random()"), 0);
    double value = lua_tonumber(script.lua, -1);
    script_state_close(&script);
    return value;
}

static void the_seed_decides_what_is_drawn(void **state)
{
    (void)state;
    assert_true(first_random(1) == first_random(1));
    assert_true(first_random(1) != first_random(2));
}

static void where_a_function_begins_is_told(void **state)
{
    (void)state;
    struct script_state script;
    char *error = NULL;
    assert_int_equal(run(&script, "\nfunction f() return 1 end", &error), 0);
    lua_getglobal(script.lua, "f");
    char *where = script_state_where(&script);
    assert_string_equal(below_folder(where), "x.lua:2");
    assert_int_equal(lua_gettop(script.lua), 2);
    free(where);
    script_state_close(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(an_error_is_one_sentence_with_file_and_line),
        cmocka_unit_test(a_file_that_is_not_there_is_said),
        IN_FOLDER(what_does_not_end_is_ended),
        IN_FOLDER(a_script_that_takes_all_memory_is_ended),
        IN_FOLDER(after_an_error_the_next_call_has_its_own_time),
        IN_FOLDER(a_signal_ends_the_call_that_runs_but_not_the_next),
        cmocka_unit_test(the_seed_decides_what_is_drawn),
        IN_FOLDER(where_a_function_begins_is_told),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("script_state", tests, NULL, NULL);
}
