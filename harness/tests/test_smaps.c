/* Every mapping is of the kind that its line says, in the forms that smaps has had from Linux 6.1
 * to 6.18; and a damaged text is no reading. */
#include "measure/smaps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* What stands below a mapping's line; proc(5). KSM came with
 * Linux 6.7, THPeligible grew no wider then. */
#define BELOW_6_1(rss, pss)                                                                        \
    "Size:                132 kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB\n"      \
    "Rss:                " rss " kB\nPss:                " pss                                     \
    " kB\nPss_Dirty:             0 kB\n"                                                           \
    "Shared_Clean:          0 kB\nPrivate_Dirty:         8 kB\nAnonymous:             8 kB\n"      \
    "Swap:                  0 kB\nSwapPss:               0 kB\nTHPeligible:    0\n"                \
    "VmFlags: rd wr mr mw me ac sd \n"
#define BELOW_6_18(rss, pss)                                                                       \
    "Size:                132 kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB\n"      \
    "Rss:                " rss " kB\nPss:                " pss                                     \
    " kB\nPss_Dirty:             0 kB\n"                                                           \
    "Shared_Clean:          0 kB\nPrivate_Dirty:         8 kB\nAnonymous:             8 kB\n"      \
    "KSM:                   0 kB\nLazyFree:              0 kB\nSwap:                  0 kB\n"      \
    "THPeligible:           0\nProtectionKey:         0\nVmFlags: rd wr mr mw me ac \n"

/* The first mapping in either form; what it is must not hang on the fields below it. */
struct mapping_case {
    const char *name, *line;
    enum memory_kind kind;
};

static const struct mapping_case mappings[] = {
    {"brk's is heap", "55a5ac863000-55a5ac884000 rw-p 00000000 00:00 0    [heap]\n", MEMORY_HEAP},
    {"what glibc calls malloc's is heap",
     "7f1000000000-7f1000021000 rw-p 00000000 00:00 0    [anon: glibc: malloc arena]\n",
     MEMORY_HEAP},
    {"the first thread's stack is one",
     "7ffc10000000-7ffc10021000 rw-p 00000000 00:00 0    [stack]\n", MEMORY_STACKS},
    {"what glibc calls a stack is one",
     "7f1000000000-7f1000021000 rw-p 00000000 00:00 0    [anon: glibc: pthread stack: 42]\n",
     MEMORY_STACKS},
    {"no name and no inode is anonymous", "7f1000000000-7f1000021000 rw-p 00000000 00:00 0 \n",
     MEMORY_ANONYMOUS},
    {"a name that prctl gave is a name",
     "7f1000000000-7f1000021000 rw-p 00000000 00:00 0    [anon:my pool]\n", MEMORY_NAMED},
    {"a shared anonymous one is shared memory",
     "7f1000000000-7f1000021000 rw-s 00000000 00:01 1043    /dev/zero (deleted)\n", MEMORY_SHARED},
    {"so is it with a name",
     "7f1000000000-7f1000021000 rw-s 00000000 00:01 1043    [anon_shmem:rings]\n", MEMORY_SHARED},
    {"so is a memfd",
     "7f1000000000-7f1000021000 rw-s 00000000 00:01 77    /memfd:state (deleted)\n", MEMORY_SHARED},
    {"so is shm_open's", "7f1000000000-7f1000021000 rw-s 00000000 00:19 2    /dev/shm/table\n",
     MEMORY_SHARED},
    {"a library is a file",
     "7f1000000000-7f1000021000 r-xp 00022000 fe:00 24    /usr/lib/x86_64-linux-gnu/libc.so.6\n",
     MEMORY_FILES},
    {"a file that was deleted and has blanks in its name is one",
     "7f1000000000-7f1000021000 rw-p 00022000 fe:00 24    /tmp/a file (deleted)\n", MEMORY_FILES},
    {"io_uring's rings are rings",
     "7f1000000000-7f1000021000 rw-s 00000000 00:0e 1054    anon_inode:[io_uring]\n", MEMORY_RINGS},
    {"the vdso is the kernel's", "7ffc10030000-7ffc10032000 r-xp 00000000 00:00 0    [vdso]\n",
     MEMORY_OTHER},
    {"other descriptors without a file are, too",
     "7f1000000000-7f1000021000 rw-s 00000000 00:0e 1    anon_inode:[perf_event]\n", MEMORY_OTHER},
    {"so are devices", "7f1000000000-7f1000021000 rw-s 00000000 00:06 9    /dev/dri/card0\n",
     MEMORY_OTHER},
};

static int read_text(const char *text, const uint64_t *pointers, size_t count,
                     struct kind_bytes sums[MEMORY_KINDS])
{
    FILE *file = fmemopen((char *)text, strlen(text), "r");
    assert_non_null(file);
    memset(sums, 0, MEMORY_KINDS * sizeof(*sums));
    int number = smaps_read(file, pointers, count, sums);
    fclose(file);
    return number;
}

static void expect_one_kind(const struct mapping_case *one, const char *below)
{
    char *text = NULL;
    struct kind_bytes sums[MEMORY_KINDS];
    assert_true(asprintf(&text, "%s%s", one->line, below) > 0);
    assert_int_equal(read_text(text, NULL, 0, sums), 0);
    free(text);
    for (int kind = 0; kind < MEMORY_KINDS; kind++) {
        assert_int_equal(sums[kind].rss_bytes, kind == (int)one->kind ? 96 * 1024 : 0);
        assert_int_equal(sums[kind].pss_bytes, kind == (int)one->kind ? 40 * 1024 : 0);
    }
}

static void each_mapping_is_of_its_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(mappings) / sizeof(*mappings); i++) {
        print_message("# %s\n", mappings[i].name);
        expect_one_kind(&mappings[i], BELOW_6_1("96", "40"));
        expect_one_kind(&mappings[i], BELOW_6_18("96", "40"));
    }
}

/* ---- stacks, which the kernel does not name ---- */

#define NO_NAME " 00000000 00:00 0 \n"
#define NOTHING BELOW_6_18("0", "0")
#define SOME    BELOW_6_18("12", "12")
#define MORE    BELOW_6_18("64", "64")
#define GUARD   "7f2000000000-7f2000001000 ---p" NO_NAME NOTHING
#define ABOVE   "7f2000001000-7f2000801000 rw-p" NO_NAME SOME
/* What an arena of malloc has in use, what it has reserved, and the next one straight above. */
#define IN_USE   "7f3000000000-7f3000021000 rw-p" NO_NAME MORE
#define RESERVED "7f3000021000-7f3004000000 ---p" NO_NAME NOTHING
#define NEXT     "7f3004000000-7f3004021000 rw-p" NO_NAME SOME
#define ARENA    IN_USE RESERVED NEXT

static void stacks_are_told_by_guards_and_by_who_stands_in_them(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        uint64_t pointers[2];
        size_t count;
        int64_t stack_kib, anonymous_kib;
    } table[] = {
        {"above a guard is a stack", GUARD ABOVE, {0}, 0, 12, 0},
        {"a guard elsewhere is nobody's", GUARD ARENA, {0}, 0, 0, 76},
        {"what malloc has reserved is no guard", ARENA, {0}, 0, 0, 76},
        {"where a thread stands is a stack", ABOVE, {0x7f20007ff000}, 1, 12, 0},
        {"where it stands just beyond is none", ABOVE, {0x7f2000801000}, 1, 0, 12},
        {"of two pointers each finds its own",
         ABOVE ARENA,
         {0x7f2000001000, 0x7f3004020ff8},
         2,
         24,
         64},
        {"a mapping that cannot be written is none",
         "7f2000001000-7f2000801000 r--p 00000000 00:00 0 \n" BELOW_6_18("12", "12"),
         {0x7f20007ff000},
         1,
         0,
         12},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct kind_bytes sums[MEMORY_KINDS];
        print_message("# %s\n", table[i].name);
        assert_int_equal(read_text(table[i].text, table[i].pointers, table[i].count, sums), 0);
        assert_int_equal(sums[MEMORY_STACKS].rss_bytes, table[i].stack_kib * 1024);
        assert_int_equal(sums[MEMORY_ANONYMOUS].rss_bytes, table[i].anonymous_kib * 1024);
    }
}

/* ---- damaged ---- */

static void a_damaged_text_is_no_reading(void **state)
{
    (void)state;
#define LINE "7f1000000000-7f1000021000 rw-p 00000000 00:00 0 \n"
    static const struct {
        const char *name, *text;
    } table[] = {
        {"it ends behind a mapping's line", LINE},
        {"it ends before the PSS", LINE "Rss: 96 kB\n"},
        {"it ends within a number", LINE "Rss: 96 kB\nPss: "},
        {"a mapping in the middle has none", LINE "Size: 4 kB\n" LINE "Rss: 96 kB\nPss: 96 kB\n"},
        {"the unit is another", LINE "Rss: 96 MB\nPss: 96 kB\n"},
        {"the unit is none", LINE "Rss: 96\nPss: 96 kB\n"},
        {"a number is none", LINE "Rss: much kB\nPss: 96 kB\n"},
        {"a number is beyond all memory", LINE "Rss: 18446744073709551615 kB\nPss: 96 kB\n"},
        {"a field stands there twice", LINE "Rss: 96 kB\nRss: 96 kB\nPss: 96 kB\n"},
        {"it begins with a field", "Rss: 96 kB\nPss: 96 kB\n"},
        {"a mapping goes backwards",
         "7f1000021000-7f1000000000 rw-p 00000000 00:00 0 \nRss: 96 kB\nPss: 96 kB\n"},
        {"it is something else", "no such process\n"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct kind_bytes sums[MEMORY_KINDS];
        print_message("# %s\n", table[i].name);
        assert_int_equal(read_text(table[i].text, NULL, 0, sums), -EPROTO);
    }
#undef LINE
}

static void a_folder_is_no_smaps(void **state)
{
    (void)state;
    struct kind_bytes sums[MEMORY_KINDS] = {0};
    FILE *folder = fopen("/proc/self", "re");
    assert_non_null(folder);
    assert_int_equal(smaps_read(folder, NULL, 0, sums), -EISDIR);
    fclose(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mapping_is_of_its_kind),
        cmocka_unit_test(stacks_are_told_by_guards_and_by_who_stands_in_them),
        cmocka_unit_test(a_damaged_text_is_no_reading),
        cmocka_unit_test(a_folder_is_no_smaps),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("smaps", tests, NULL, NULL);
}
