/*
 * What two tools write about a program they have run: callgrind's profile and strace's table. Pure:
 * text in, counts out. Both cut the text up. 0, or -1 with one sentence in *error; counts are
 * released by the caller in either case.
 */
#ifndef DATA_TOOL_OUTPUT_H
#define DATA_TOOL_OUTPUT_H

#include "data/counts.h"

/*
 * Instructions (event Ir) by function, each function's own without those it calls, from a
 * callgrind.out file (valgrind manual, "Callgrind Format Specification"). What was inlined counts
 * for the function it is part of. Functions are named as the binary's symbols, without what the
 * compiler adds for a clone (".constprop.0"), the version of a library's symbol ("@@GLIBC_2.34")
 * and callgrind's own mark of a recursion ("'2"); code without a symbol under its object's name.
 */
int callgrind_read(struct counts *functions, char *text, char **error);

/* Calls by name from the table of `strace -c`; calls that failed are counted too. */
int strace_read(struct counts *calls, char *text, char **error);

#endif
