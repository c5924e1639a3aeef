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

/* Calls visit for every socket of both families; false if neither table can be read. */
static bool each_socket(void (*visit)(void *argument, unsigned local_port, unsigned remote_port,
                                      unsigned state),
                        void *argument)
{
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    bool readable = false;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        FILE *file = fopen(tables[i], "re");
        char line[512];
        while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
            unsigned local_port, remote_port, state;
            if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%x %x", &local_port,
                       &remote_port, &state) == 3)
                visit(argument, local_port, remote_port, state);
        }
        if (file != NULL) {
            readable = true;
            fclose(file);
        }
    }
    return readable;
}

struct closed {
    uint16_t port;
    int count;
};

static void count_closed(void *argument, unsigned local_port, unsigned remote_port, unsigned state)
{
    struct closed *closed = argument;
    (void)remote_port;
    closed->count +=
        local_port == closed->port &&
        (state == STATE_FIN_WAIT1 || state == STATE_FIN_WAIT2 || state == STATE_TIME_WAIT);
}

int listener_closed(uint16_t port)
{
    struct closed closed = {.port = port};
    return each_socket(count_closed, &closed) ? closed.count : -1;
}

struct peers_of {
    struct listener_peers *peers;
    uint16_t port;
};

/* Over loopback both ends of a connection stand in the table,
 * each with the ports the other way round; one may be gone. */
static void note_peer(void *argument, unsigned local_port, unsigned remote_port, unsigned state)
{
    struct peers_of *of = argument;
    unsigned peer = local_port == of->port ? remote_port : local_port;
    if (state != STATE_LISTEN && (local_port == of->port || remote_port == of->port) &&
        peer <= UINT16_MAX)
        of->peers->ports[peer / 64] |= UINT64_C(1) << peer % 64;
}

void listener_peers_read(struct listener_peers *peers, uint16_t port)
{
    *peers = (struct listener_peers){.known = false};
    peers->known = each_socket(note_peer, &(struct peers_of){peers, port});
}

int listener_peers_new(const struct listener_peers *before, const struct listener_peers *after)
{
    int count = 0;
    if (!before->known || !after->known)
        return -1;
    for (size_t i = 0; i < sizeof(after->ports) / sizeof(after->ports[0]); i++)
        count += __builtin_popcountll(after->ports[i] & ~before->ports[i]);
    return count;
}
