/*
 * See listener.h. Addresses of both families are compared as IPv6 ones, IPv4 mapped (RFC
 * 4291, 2.5.5.2).
 */
#include "measure/listener.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* include/net/tcp_states.h */
enum {
    STATE_FIN_WAIT1 = 0x04,
    STATE_FIN_WAIT2 = 0x05,
    STATE_TIME_WAIT = 0x06,
    STATE_LISTEN = 0x0A,
    LISTENERS = 256
};

static bool parse_numeric(struct in6_addr *to, const char *address)
{
    char mapped[80];
    snprintf(mapped, sizeof(mapped), "::ffff:%s", address);
    return inet_pton(AF_INET6, strchr(address, ':') != NULL ? address : mapped, to) == 1;
}

/* The kernel prints the address as 32-bit words of the host's byte order, in hex. */
static bool parse_kernel(struct in6_addr *to, const char *hex, size_t digits)
{
    if (digits != 8 && digits != 32)
        return false;
    memset(to, 0, sizeof(*to));
    size_t offset = digits == 8 ? 12 : 0;
    if (offset != 0)
        to->s6_addr[10] = to->s6_addr[11] = 0xff;
    for (size_t i = 0; i < digits / 8; i++) {
        char word_text[9] = {0};
        memcpy(word_text, hex + 8 * i, 8);
        uint32_t word = (uint32_t)strtoul(word_text, NULL, 16);
        memcpy(to->s6_addr + offset + 4 * i, &word, sizeof(word));
    }
    return true;
}

static bool is_wildcard(const struct in6_addr *address)
{
    static const uint8_t any4[16] = {[10] = 0xff, [11] = 0xff};
    return IN6_IS_ADDR_UNSPECIFIED(address) || memcmp(address->s6_addr, any4, sizeof(any4)) == 0;
}

/* Appends the inodes of the sockets in path that listen on the address and port. */
static size_t read_inodes(const char *path, const struct in6_addr *address, uint16_t port,
                          unsigned long *inodes, size_t count)
{
    FILE *file = fopen(path, "re");
    char line[512];
    while (file != NULL && fgets(line, sizeof(line), file) != NULL && count < LISTENERS) {
        char local[33];
        unsigned local_port, state;
        unsigned long inode;
        struct in6_addr bound;
        if (sscanf(line, " %*d: %32[0-9A-Fa-f]:%x %*[^ ] %x %*s %*s %*s %*u %*d %lu", local,
                   &local_port, &state, &inode) == 4 &&
            state == STATE_LISTEN && local_port == port &&
            parse_kernel(&bound, local, strlen(local)) &&
            (is_wildcard(&bound) || memcmp(&bound, address, sizeof(bound)) == 0))
            inodes[count++] = inode;
    }
    if (file != NULL)
        fclose(file);
    return count;
}

/* Marks those of the inodes that the process has open, by setting them to 0. */
static void strike_owned(pid_t pid, unsigned long *inodes, size_t count)
{
    char folder[64];
    snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)pid);
    DIR *fds = opendir(folder);
    for (struct dirent *entry; fds != NULL && (entry = readdir(fds)) != NULL;) {
        char target[64];
        ssize_t len = readlinkat(dirfd(fds), entry->d_name, target, sizeof(target) - 1);
        unsigned long inode;
        target[len > 0 ? len : 0] = '\0';
        if (sscanf(target, "socket:[%lu]", &inode) != 1)
            continue;
        for (size_t i = 0; i < count; i++)
            inodes[i] = inodes[i] == inode ? 0 : inodes[i];
    }
    if (fds != NULL)
        closedir(fds);
}

enum listener_owner listener_check(const char *address, uint16_t port, const pid_t *pids,
                                   size_t count)
{
    struct in6_addr wanted;
    unsigned long inodes[LISTENERS];
    if (!parse_numeric(&wanted, address))
        return LISTENER_NONE;
    size_t found = read_inodes("/proc/net/tcp", &wanted, port, inodes, 0);
    found = read_inodes("/proc/net/tcp6", &wanted, port, inodes, found);
    if (found == 0)
        return LISTENER_NONE;
    for (size_t i = 0; i < count; i++)
        strike_owned(pids[i], inodes, found);
    for (size_t i = 0; i < found; i++)
        if (inodes[i] != 0)
            return LISTENER_SHARED;
    return LISTENER_OURS;
}

int listener_closed(uint16_t port)
{
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    int closed = 0, readable = 0;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        FILE *file = fopen(tables[i], "re");
        char line[512];
        while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
            unsigned local_port, state;
            if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*s %x", &local_port, &state) == 2)
                closed +=
                    local_port == port && (state == STATE_FIN_WAIT1 || state == STATE_FIN_WAIT2 ||
                                           state == STATE_TIME_WAIT);
        }
        if (file != NULL) {
            readable++;
            fclose(file);
        }
    }
    return readable > 0 ? closed : -1;
}
