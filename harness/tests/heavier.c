/*
 * Linked into a server, its send(2) takes a few instructions more than the C library's, and so does
 * each request: by how many in a hundred, calibrate_counts.py tells. They do nothing.
 */
#include <stddef.h>
#include <sys/socket.h>

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    __asm__ volatile(".rept 11\n\tnop\n\t.endr");
    return sendto(fd, bytes, len, flags, NULL, 0);
}
