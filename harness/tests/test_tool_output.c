/* What callgrind and strace write, small files of the kind
 * that they wrote here, and what is made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "data/strings.h"
#include "data/tool_output.h"

/* Recorded of valgrind 3.19.0 and shortened: two objects, names by number, calls, an inlined file,
 * a function that comes twice, clones, and code without a symbol. */
static const char recorded[] =
    "# callgrind format\n"
    "version: 1\n"
    "creator: callgrind-3.19.0\n"
    "pid: 31700\n"
    "cmd:  build/bin/server-epoll --address 127.0.0.1 --port 0\n"
    "part: 1\n"
    "\n"
    "desc: Timerange: Basic block 0 - 1666546\n"
    "desc: Trigger: Program termination\n"
    "\n"
    "positions: line\n"
    "events: Ir\n"
    "summary: 7091772\n"
    "\n"
    "ob=(1) /usr/lib/x86_64-linux-gnu/libc.so.6\n"
    "fl=(30) ./string/../sysdeps/x86_64/multiarch/memmove-vec-unaligned-erms.S\n"
    "fn=(136) __memcpy_avx_unaligned_erms\n"
    "206 32\n"
    "+1 32\n"
    "* 6\n"
    "-3 5\n"
    "\n"
    "fn=(140) pthread_mutex_lock@@GLIBC_2.2.5\n"
    "80 26\n"
    "\n"
    "ob=(2) /usr/libexec/server-epoll\n"
    "fl=(40) servers/epoll.c\n"
    "fn=(200) loop_turn.constprop.0\n"
    "301 100\n"
    "cob=(1)\n"
    "cfi=(30)\n"
    "cfn=(136)\n"
    "calls=7680 206\n"
    "+2 9000\n"
    "fi=(41) servers/core/clients.h\n"
    "+10 11\n"
    "fe=(40)\n"
    "400 7\n"
    "cfn=(201) peer_serve\n"
    "calls=7680 50\n"
    "* 50000\n"
    "\n"
    "fn=(201)\n"
    "50 1000\n"
    "jcnd=10/20 +3\n"
    "50\n"
    "jump=5 +4\n"
    "50\n"
    "\n"
    "fn=(200)\n"
    "302 2\n"
    "\n"
    "ob=(3) /usr/lib/x86_64-linux-gnu/libuv.so.1.0.0\n"
    "fl=(50) ???\n"
    "fn=(300) 0x0000000000012340\n"
    "0 40\n"
    "\n"
    "fn=(301) 0x0000000000023450\n"
    "0 2\n"
    "\n"
    "ob=(2)\n"
    "fl=(40)\n"
    "fn=(310) json_string'2\n"
    "9 3\n"
    "totals: 1234\n";

static int read_callgrind(struct counts *counts, const char *text, char **error)
{
    char *copy = xstrdup(text);
    int result = callgrind_read(counts, copy, error);
    free(copy);
    return result;
}

static void each_function_has_its_own_cost_under_its_plain_name(void **state)
{
    (void)state;
    static const struct {
        const char *function;
        uint64_t instructions;
    } table[] = {
        {"__memcpy_avx_unaligned_erms", 75},       {"pthread_mutex_lock", 26},
        {"loop_turn", 120 /* 100 + 11 + 7 + 2 */}, {"peer_serve", 1000},
        {"libuv.so.1.0.0 (no symbol)", 42},        {"json_string", 3},
    };
    enum { FUNCTIONS = sizeof(table) / sizeof(table[0]) };
    struct counts counts = {0};
    char *error = NULL;
    assert_int_equal(read_callgrind(&counts, recorded, &error), 0);
    for (size_t i = 0; i < FUNCTIONS; i++)
        assert_int_equal(counts_of(&counts, table[i].function), table[i].instructions);
    assert_int_equal(counts.count, FUNCTIONS);
    assert_int_equal(counts_total(&counts), 75 + 26 + 120 + 1000 + 42 + 3);
    counts_release(&counts);
}

static void the_column_of_instructions_is_found_behind_several_positions(void **state)
{
    (void)state;
    static const char text[] = "positions: instr line\nevents: Dr Ir Dw\n"
                               "fn=plain\n0x40 3 5 70 1\n+4 +1 5\n+4 +0 1 2\n";
    struct counts counts = {0};
    char *error = NULL;
    assert_int_equal(read_callgrind(&counts, text, &error), 0);
    assert_int_equal(counts_of(&counts, "plain"), 72); /* the second line's zeros are left out */
    counts_release(&counts);
}

static void what_the_compiler_adds_for_a_clone_is_taken_off(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"f", "f"},
        {"f.isra.0", "f"},
        {"f.part.3", "f"},
        {"f.lto_priv.0", "f"},
        {"f.cold", "f"},
        {"f.lto_priv.0.constprop.1", "f"},
        {"f.isra.0.cold", "f"},
        {"send@@GLIBC_2.2.5", "send"},
        {"f'3", "f"},
        {"???", "unknown (no symbol)"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct counts counts = {0};
        char *error = NULL, *text = text_format("events: Ir\nfn=(1) %s\n1 2\n", table[i][0]);
        assert_int_equal(read_callgrind(&counts, text, &error), 0);
        assert_string_equal(counts.items[0].name, table[i][1]);
        counts_release(&counts);
        free(text);
    }
}

/* Under the sanitizers it would be seen that the lines after a call still need the first name. */
static void a_number_keeps_the_first_of_its_names(void **state)
{
    (void)state;
    static const char text[] =
        "events: Ir\nfn=(1) first\n1 2\ncfn=(1) second\ncalls=1 9\n1 50\n3 5\n";
    struct counts counts = {0};
    char *error = NULL;
    assert_int_equal(read_callgrind(&counts, text, &error), 0);
    assert_int_equal(counts_of(&counts, "first"), 7);
    assert_int_equal(counts_total(&counts), 7);
    counts_release(&counts);
}

static void a_file_that_is_no_profile_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } table[] = {
        {"", "no instructions"},
        {"events: Ir\n", "no instructions"},
        {"events: Dr\nfn=f\n1 2\n", "line 1 "},
        {"events: Ir\n1 2\n", "line 2 "},
        {"events: Ir\nfn=(7)\n1 2\n", "line 2 "},
        {"events: Ir\nfn=(7 f\n1 2\n", "line 2 "},
        {"events: Ir\nfn=f\n1 2x\n", "line 3 "},
        {"fn=f\n1 2\n", "line 2 "},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct counts counts = {0};
        char *error = NULL;
        assert_int_equal(read_callgrind(&counts, table[i].text, &error), -1);
        assert_non_null(strstr(error, table[i].says));
        free(error);
        counts_release(&counts);
    }
}

static int read_strace(struct counts *counts, const char *text, char **error)
{
    char *copy = xstrdup(text);
    int result = strace_read(counts, copy, error);
    free(copy);
    return result;
}

static void calls_are_counted_with_those_that_failed(void **state)
{
    (void)state;
    static const char text[] =
        "% time     seconds  usecs/call     calls    errors syscall\n"
        "------ ----------- ----------- --------- --------- ----------------\n"
        " 66.51    0.055259           7      7680           sendto\n"
        " 30.74    0.025543           3      7744        64 recvfrom\n"
        "  0.00    0.000000           0         1         1 accept4\n"
        "------ ----------- ----------- --------- --------- ----------------\n"
        "100.00    0.083091           5     15425        65 total\n";
    struct counts counts = {0};
    char *error = NULL;
    assert_int_equal(read_strace(&counts, text, &error), 0);
    assert_int_equal(counts.count, 3);
    assert_int_equal(counts_of(&counts, "sendto"), 7680);
    assert_int_equal(counts_of(&counts, "recvfrom"), 7744);
    assert_int_equal(counts_of(&counts, "accept4"), 1);
    counts_release(&counts);
}

static void without_a_table_there_are_no_calls(void **state)
{
    (void)state;
    struct counts counts = {0};
    char *error = NULL;
    assert_int_equal(read_strace(&counts, "strace: ptrace(PTRACE_SEIZE): not permitted\n", &error),
                     -1);
    assert_non_null(strstr(error, "no table"));
    free(error);
    counts_release(&counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_function_has_its_own_cost_under_its_plain_name),
        cmocka_unit_test(the_column_of_instructions_is_found_behind_several_positions),
        cmocka_unit_test(what_the_compiler_adds_for_a_clone_is_taken_off),
        cmocka_unit_test(a_number_keeps_the_first_of_its_names),
        cmocka_unit_test(a_file_that_is_no_profile_is_refused_with_a_sentence),
        cmocka_unit_test(calls_are_counted_with_those_that_failed),
        cmocka_unit_test(without_a_table_there_are_no_calls),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
