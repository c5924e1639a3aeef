/* In which one way fake_server behaves: the part of its own name after the last '-'. */
#ifndef TESTS_FAKE_WAY_H
#define TESTS_FAKE_WAY_H

#include <stdbool.h>

void way_take(const char *program); /* without a '-': "well" */
bool is(const char *name);
long long way_number(const char *name); /* 5, of "delay5"; 0: it is another way */

#endif
