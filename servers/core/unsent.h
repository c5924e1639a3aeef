/* How much of what was written to a TCP socket its peer has not taken yet. */
#ifndef CORE_UNSENT_H
#define CORE_UNSENT_H

#include <linux/sockios.h>
#include <stdint.h>
#include <sys/ioctl.h>

/* SIOCOUTQ, tcp(7). UINT32_MAX where the kernel does not say: no progress to be seen. */
static inline uint32_t socket_unsent_bytes(int fd)
{
    int bytes;

    return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? (uint32_t)bytes : UINT32_MAX;
}

#endif
