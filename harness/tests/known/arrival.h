/* When bytes came to a socket, by the kernel's word (SO_TIMESTAMPNS of
 * socket(7)): whoever reads them late knows it all the same. */
#ifndef TESTS_KNOWN_ARRIVAL_H
#define TESTS_KNOWN_ARRIVAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Of this socket it shall be told. */
void arrival_ask(int fd);
/* As recv(2) without waiting. Where bytes came, *seen_ns is when the last of
 * them did, by measure/clock.h and not before origin_ns; else it is 0. */
ssize_t arrival_receive(int fd, char *bytes, size_t size, int64_t origin_ns, int64_t *seen_ns);

#endif
