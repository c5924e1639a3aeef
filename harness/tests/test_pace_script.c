/* What a script makes pace send, and the sentence with which one ends that pace cannot honour. */
#include "script_room.h"

static void a_script_gives_these_bytes(void **state)
{
    (void)state;
    static const struct {
        struct given given;
        size_t count;
        const char *bytes;
    } table[] = {
        {{.text = NULL}, 5, "GET /p?q HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        {{.url = "http://h"}, 5, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
        {{.url = "http://[::1]:81/"}, 5, "GET / HTTP/1.1\r\nHost: [::1]:81\r\n\r\n"},
        {{.fields = "B: y"}, 5, "GET /p?q HTTP/1.1\r\nHost: h:8080\r\nB: y\r\n\r\n"},
        {{.fields = "host:other"}, 5, "GET /p?q HTTP/1.1\r\nHost: other\r\n\r\n"},
        {{.text = "-- nothing"}, 5, "GET /p?q HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        {{.text = "wrk.method, wrk.path, wrk.body = 'POST', '/e', 'abc'\n"
                  "wrk.headers['X-B'] = 1.5\nwrk.headers.A = 'a'"},
         5,
         "POST /e HTTP/1.1\r\nHost: h:8080\r\nA: a\r\nContent-Length: 3\r\nX-B: 1.5\r\n\r\nabc"},
        {{.text = "wrk.headers.A = wrk.headers.A .. '+'", .fields = "A: given"},
         5,
         "GET /p?q HTTP/1.1\r\nHost: h:8080\r\nA: given+\r\n\r\n"},
        {{.text = "wrk.host = 'other'"}, 5, "GET /p?q HTTP/1.1\r\nHost: other:8080\r\n\r\n"},
        {{.text = "wrk.path = table.concat({wrk.scheme, wrk.host, wrk.port, wrk.path}, '-')"},
         5,
         "GET http-h-8080-/p?q HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        {{.text = "assert(wrk.port == nil)", .url = "http://h:80/"},
         5,
         "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
        {{.text = "function init(args) wrk.path = '/' .. args[0] .. '/' .. args[1] end",
          .arguments = "z"},
         5,
         "GET /http://h:8080/p?q/z HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        {{.text = "function init() seen = wrk.headers.Host end\n"
                  "function request() return wrk.format('PUT', '/' .. seen, {}, '') end"},
         1,
         "PUT /h:8080 HTTP/1.1\r\nHost: h:8080\r\nContent-Length: 0\r\n\r\n"},
        {{.text =
              "local n = 0\nfunction request() n = n + 1 return wrk.format(nil, '/' .. n % 2) end"},
         3,
         "GET /1 HTTP/1.1\r\nHost: h:8080\r\n\r\nGET /0 HTTP/1.1\r\nHost: h:8080\r\n\r\n"
         "GET /1 HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        {{.text = "function request() return wrk.request() .. wrk.format('HEAD', '/2') end"},
         1,
         "GET /p?q HTTP/1.1\r\nHost: h:8080\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        /* A body that is gone takes its length with it. */
        {{.text = "local h = {Z = 'z'}\nfunction init() wrk.format('POST', '/', h, 'abc') end\n"
                  "function request() return wrk.format('GET', '/', h) end"},
         1,
         "GET / HTTP/1.1\r\nHost: h:8080\r\nZ: z\r\n\r\n"},
        /* At its top level a script has a Host already. */
        {{.text = "local r = wrk.format()\nfunction request() return r end"},
         1,
         "GET /p?q HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        /* A state of its own for the thread, and what goes between the two. */
        {{.text = "n = (n or 0) + 1\nfunction setup(thread)\n"
                  "thread:set('t', {a = {1, 'b', true}}) n = 5 end\n"
                  "function request() return wrk.format('GET', '/' .. n .. t.a[1] .. t.a[2] .. "
                  "tostring(t.a[3])) end"},
         1,
         "GET /11btrue HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        {{.text = "x = 'of-thread'\nfunction setup(thread) x = 'of-main'\n"
                  "thread:set('y', thread:get('x')) assert(thread:get('none') == nil) end\n"
                  "function init() wrk.path = '/' .. y .. wrk.thread:get('x') end"},
         1,
         "GET /of-threadof-thread HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        {{.text = "local same = require 'wrk'\nsame.path = '/required'"},
         1,
         "GET /required HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        {{.text = "setmetatable(_G, {__index = function(_, k) error('no global ' .. k) end})"},
         1,
         "GET /p?q HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
        {{.text = "function init() response, delay = 'no function', false end"},
         1,
         "GET /p?q HTTP/1.1\r\nHost: h:8080\r\n\r\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct requests requests;
        char *error = NULL;
        if (ask_given(&table[i].given, table[i].count, &requests, &error) != 0)
            fail_msg("%zu: %s", i, error);
        char *text = ring_text(&requests);
        assert_string_equal(text, table[i].bytes);
        free(text);
        requests_release(&requests);
    }
}

/* Each stands in x.lua of a folder of its own, which is not shown here. */
static void what_pace_cannot_honour_is_said_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"\nfunction response() end",
         "x.lua:2: response() is not for pace, whose requests are made before its window, so that "
         "their arrival does not depend on answers: take it out, or run the script with wrk"},
        {"function init()\n delay = function() return 1 end end",
         "x.lua:2: delay() is not for pace, whose requests arrive when its schedule says: take it "
         "out, and give -r or -S"},
        {"oops(", "x.lua:1: unexpected symbol near '<eof>', when it was loaded"},
        {"function setup(t)\n error('s') end", "x.lua:2: s, in setup()"},
        {"function init()\n error('i') end", "x.lua:2: i, in init()"},
        {"function request()\n error('r') end", "x.lua:2: r, in request()"},
        {"\nfunction request() end",
         "x.lua:2: what request() returned cannot be sent: it is a nil, not a string"},
        {"function request() return 5 end",
         "x.lua:1: what request() returned cannot be sent: it is a number, not a string"},
        {"function request() return '' end",
         "x.lua:1: what request() returned cannot be sent: there is not one byte in it"},
        {"function request() return 'GET / HTTP/1.1\\r\\n\\r\\n' end",
         "x.lua:1: what request() returned cannot be sent: HTTP request 1 (at byte 0) has 0 Host "
         "fields: HTTP/1.1 asks for one"},
        {"wrk.path = '/a b'",
         "x.lua: what wrk.method, path, headers and body make is no request: HTTP request 1 (at "
         "byte 0) has the byte 0x20 in its target: write it as %20"},
        {"wrk.path = nil", "x.lua: the path is a nil, not a string, in wrk.format()"},
        {"wrk.headers.X = {}",
         "x.lua: the value of the field X is a table, not a string, in wrk.format()"},
        {"wrk.headers.X = 'a\\r\\nY: b'",
         "x.lua: the value of the field X has a line break in it, in wrk.format()"},
        {"function request()\n return wrk.format(nil, nil, {X = 'a\\n'}) end",
         "x.lua:1: the value of the field X has a line break in it, in request()"},
        {"wrk.headers['X: a\\r\\nY'] = 'b'",
         "x.lua: a field's name has a line break in it, in wrk.format()"},
        {"wrk.path = '/ HTTP/1.1\\r\\nX:'",
         "x.lua: the path has a line break in it, in wrk.format()"},
        {"wrk.method = 'GET / HTTP/1.1\\r\\nX:'",
         "x.lua: the method has a line break in it, in wrk.format()"},
        {"function init()\n wrk.format('GET', '/', {'X: y'}) end",
         "x.lua:2: a field's name is a number, not a string, in init()"},
        {"function request()\n return wrk.format('GET', '/', 'X: y') end",
         "x.lua:1: the headers are a string, not a table, in request()"},
        {"function request()\n return wrk.format('PUT', '/', nil, {}) end",
         "x.lua:1: the body is a table, not a string, in request()"},
        {"function init()\n wrk.thread:stop() end",
         "x.lua:2: thread:stop() is not for pace, which asks for all requests before its window: "
         "the length of a run is its schedule's, in init()"},
        {"function setup(thread)\n thread.id = 1 end",
         "x.lua:2: cannot set 'id' on a thread: thread:set(\"id\", value) sets a global of its "
         "own, "
         "in setup()"},
        {"function setup(thread)\n thread:set('f', print) end",
         "x.lua:2: cannot transfer a function between thread and setup, in setup()"},
        {"function setup(thread)\n local t = {} t.t = t thread:set('t', t) end",
         "x.lua:2: cannot transfer tables nested more than 32 deep, in setup()"},
        {"function init()\n wrk.lookup('127.0.0.1', 'no-such-service') end",
         "x.lua:2: \"127.0.0.1\" with the service \"no-such-service\" does not resolve: Servname "
         "not "
         "supported for ai_socktype, in init()"},
        {"wrk = nil", "x.lua: attempt to index a nil value, in its start"},
        {"function init()\n wrk = nil end", "x.lua: attempt to index a nil value, in wrk.format()"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct given given = {.text = table[i].text};
        struct requests requests;
        char *error = NULL;
        if (ask_given(&given, 1, &requests, &error) != -1)
            fail_msg("%s: no error", table[i].text);
        assert_string_equal(below_folder(error), table[i].error);
        requests_release(&requests);
        free(error);
    }
}

static void a_field_that_is_none_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *field, *error;
    } table[] = {
        {"no colon", "\"no colon\" is no field: write it as \"Name: value\""},
        {": value", "\": value\" is no field: write it as \"Name: value\""},
        {"Na me: value", "\"Na me: value\" is no field: write it as \"Name: value\""},
        {"A: b\r\nC: d", "\"A: b\\x0d\\x0aC: d\" is no field: write it as \"Name: value\""},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct given given = {.fields = table[i].field};
        struct requests requests;
        char *error = NULL;
        assert_int_equal(ask_given(&given, 1, &requests, &error), -1);
        assert_string_equal(error, table[i].error);
        requests_release(&requests);
        free(error);
    }
}

static void a_script_that_does_not_end_is_ended(void **state)
{
    (void)state;
    struct given given = {.text = "function request()\n while true do end end"};
    struct requests requests;
    char *error = NULL;
    assert_int_equal(ask_given(&given, 1, &requests, &error), -1);
    assert_string_equal(below_folder(error), "x.lua:2: no end after 5.0 s, in request()");
    requests_release(&requests);
    free(error);
}

/* 0.1 s of CPU a request: within 2 s, because whole seconds are counted, there are 20 at most. */
static void a_script_that_is_too_slow_is_ended(void **state)
{
    (void)state;
    struct given given = {.text = "function request()\n local t = os.clock() + 0.1\n"
                                  "while os.clock() < t do end return wrk.request() end",
                          .ring_s = 1};
    struct requests requests;
    char *error = NULL;
    assert_int_equal(ask_given(&given, 1000, &requests, &error), -1);
    char *expected =
        text_format("x.lua:1: request() gave %zu of 1000 requests in 1 s: make them in "
                    "init(), and let request() pick one",
                    requests.ring_count);
    assert_string_equal(below_folder(error), expected);
    assert_in_range(requests.ring_count, 1, 20);
    free(expected);
    requests_release(&requests);
    free(error);
}

static void hash_with_seed(const char *text, uint64_t seed, char hex[65])
{
    struct given given = {.text = text, .seed = seed};
    struct requests requests;
    char *error = NULL;
    if (ask_given(&given, 1000, &requests, &error) != 0)
        fail_msg("%s", error);
    requests_hash(&requests, hex);
    requests_release(&requests);
}

static void the_same_seed_gives_the_same_requests_and_another_seed_others(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "function request() return wrk.format('GET', '/' .. math.random(1000)) end",
        "function setup(thread) thread:set('n', math.random(1e9)) end\n"
        "function request() return wrk.format('GET', '/' .. n) end",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        char first[65], again[65], other[65];
        hash_with_seed(scripts[i], 1, first);
        hash_with_seed(scripts[i], 1, again);
        hash_with_seed(scripts[i], UINT64_C(1) << 63 | 1, other);
        assert_string_equal(first, again);
        assert_string_not_equal(first, other);
    }
}

static void distinct_requests_are_stored_once(void **state)
{
    (void)state;
    struct given given = {.text = "local n = 0\nfunction request() n = n + 1\n"
                                  "return wrk.format('GET', '/' .. n % 1000) end"};
    struct requests requests;
    char *error = NULL;
    assert_int_equal(ask_given(&given, REQUESTS_RING_LEAST, &requests, &error), 0);
    assert_int_equal(requests.ring_count, REQUESTS_RING_LEAST);
    assert_int_equal(requests.distinct_count, 1000);
    requests_release(&requests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_script_gives_these_bytes),
        IN_FOLDER(what_pace_cannot_honour_is_said_in_a_sentence),
        cmocka_unit_test(a_field_that_is_none_is_said),
        IN_FOLDER(a_script_that_does_not_end_is_ended),
        IN_FOLDER(a_script_that_is_too_slow_is_ended),
        IN_FOLDER(the_same_seed_gives_the_same_requests_and_another_seed_others),
        IN_FOLDER(distinct_requests_are_stored_once),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("script", tests, NULL, NULL);
}
