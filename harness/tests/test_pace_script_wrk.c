/*
 * pace's scripts beside the real wrk: what wrk sends under the suite's wrapper, byte for byte, for
 * every workload of this tree and for scripts that use what the workloads do not.
 */
#include <glob.h>

#include "measure/load.h"
#include "script_room.h"

static char *wrapper, *workloads;

/* The first request of the ring, with "Host: localhost" as the wrapper gives it. */
static void ask_pace(const char *path, struct requests *requests)
{
    struct strings fields = {0};
    struct url url;
    struct script *script = NULL;
    char *error = NULL;
    strings_add(&fields, "Host: localhost");
    assert_int_equal(url_read(&url, "http://127.0.0.1:8080", &error), 0);
    struct script_options options = {.path = path, .url = &url, .fields = &fields, .seed = 1};
    requests_init(requests);
    if (script_open(&script, &options, &error) != 0 ||
        script_requests(script, requests, 1000, &error) != 0)
        fail_msg("%s", error);
    script_close(script);
    url_release(&url);
    strings_release(&fields);
}

static void compare(const char *path)
{
    struct load_options options = {.wrk = "wrk", .wrapper = wrapper, .script = path, .pipeline = 1};
    struct requests requests;
    char *bytes = NULL, error[300] = "";
    size_t len = 0;
    if (load_capture(&options, &bytes, &len, error, sizeof(error)) != 0)
        fail_msg("%s: %s", path, error);
    ask_pace(path, &requests);
    const struct request *request = requests_next(&requests);
    if (request->len != len || memcmp(request->bytes, bytes, len) != 0)
        fail_msg("%s: wrk sends\n%.*s\npace sends\n%.*s", path, (int)len, bytes, (int)request->len,
                 request->bytes);
    requests_release(&requests);
    free(bytes);
}

static void every_workload_sends_what_it_sends_in_wrk(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob(workloads, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        compare(found.gl_pathv[i]);
    globfree(&found);
}

static void so_do_scripts_that_use_the_whole_table(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "-- nothing",
        "wrk.method, wrk.path, wrk.body = 'PUT', '/a?b=c', ''",
        "wrk.headers['b'], wrk.headers['a'], wrk.headers['B'] = 1, 1e15, 0.1",
        "wrk.headers['Content-Length'] = 7 wrk.headers['~'] = '' wrk.headers['!'] = 'x'",
        "wrk.headers.Host = 'other:1'",
        "local h = {z = 1, Host = 'own'}\nfunction request()\n"
        "return wrk.format('POST', '/1', h, 'abc') .. wrk.format('GET', '/2', h) .. wrk.format()\n"
        "end",
        "wrk.headers.A = 'a'\nfunction request()\n"
        "return wrk.format(nil, nil, nil, 'x') .. wrk.format(false, '/', {Q = 'q'}) end",
        "function setup(thread) thread:set('name', 'n' .. 0.5) thread:set('list', {1, {2, 'c'}})\n"
        "thread:set('flag', false) end\nfunction init(args)\n"
        "wrk.path = '/' .. name .. list[1] .. list[2][1] .. list[2][2] .. tostring(flag)\n"
        ".. #args .. tostring(wrk.thread:get('name')) .. wrk.method .. wrk.scheme .. wrk.host end",
        "function init() local one = wrk.format('GET', '/in-init') wrk.method = 'DELETE'\n"
        "function request() return one .. wrk.format() end end",
        "function request() return wrk.request() .. wrk.request() end",
        "local all = wrk.lookup('127.0.0.1', '80')\nwrk.path = '/' .. tostring(all[1]) .. #all\n",
        "function request() return 'POST / HTTP/1.1\\r\\nHost: h\\r\\nTransfer-Encoding: "
        "chunked\\r\\n'\n"
        ".. '\\r\\n3\\r\\nabc\\r\\n0\\r\\n\\r\\n' end",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        char *path = put_text("x.lua", scripts[i], 0644);
        compare(path);
        free(path);
    }
}

static int find_files(void **state)
{
    (void)state;
    const char *source = getenv("BACKBENCH_SOURCE");
    if (source == NULL)
        source = ".";
    wrapper = text_format("%s/harness/measure/wrk_wrapper.lua", source);
    workloads = text_format("%s/workloads/*.lua", source);
    return 0;
}

static int forget_files(void **state)
{
    (void)state;
    free(wrapper);
    free(workloads);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_workload_sends_what_it_sends_in_wrk),
        IN_FOLDER(so_do_scripts_that_use_the_whole_table),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("script_wrk", tests, find_files, forget_files);
}
