/*
 * A generator that generates nothing: it takes wrk's arguments, opens as many connections as wrk
 * would, and emits a report through the wrapper's channel at once. How it deviates is the part of
 * its own name after the last '-'.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUESTS = 1000,
    DURATION_US = 1000000,
    RECONNECTS = 5,
    SLOW_US = 450000,
    CONNECTIONS = 256
};

static const char *way;

static bool is(const char *name)
{
    return strcmp(way, name) == 0;
}

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    fprintf(stderr, "no %s\n", name);
    exit(1);
}

static int connect_to(const char *url)
{
    const char *colon = strrchr(url, ':');
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    name.sin_port = htons((uint16_t)atoi(colon + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0) {
        fprintf(stderr, "cannot connect to %s\n", url);
        exit(1);
    }
    return fd;
}

/* Asks once and waits until the server closes. */
static void be_closed(int fd)
{
    static const char request[] = "GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char bytes[512];
    if (write(fd, request, sizeof(request) - 1) < 0)
        return;
    while (read(fd, bytes, sizeof(bytes)) > 0)
        continue;
}

static void use_connections(const char *url, int count)
{
    int fds[CONNECTIONS];
    close(connect_to(url)); /* wrk's probe */
    for (int i = 0; i < count; i++)
        fds[i] = connect_to(url);
    if (is("reconnects"))
        for (int i = 0; i < RECONNECTS; i++) {
            int fd = connect_to(url);
            be_closed(fd);
            close(fd);
        }
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

static void report(void)
{
    FILE *data = fopen(getenv("BACKBENCH_DATA"), "w");
    if (data == NULL)
        exit(1);
    fprintf(
        data,
        "{\"requests\":%d,\"duration_us\":%d,\"bytes\":5000,\"errors\":{\"connect\":0,\"read\":%d,"
        "\"write\":0,\"status\":0,\"timeout\":0}}\n",
        REQUESTS, DURATION_US, is("errors") ? 7 : 0);
    if (!is("torn"))
        fprintf(data, "{\"response_us\":[[100,%d],[200,%d]]}\n", is("short") ? 1 : REQUESTS - 10,
                10);
    fclose(data);
}

int main(int argc, char **argv)
{
    const char *dash = strrchr(argv[0], '-');
    way = dash != NULL ? dash + 1 : "well";
    use_connections(argv[argc - 1], atoi(option(argc, argv, "-c")));
    option(argc, argv, "-t");
    option(argc, argv, "-d");
    option(argc, argv, "-s");
    if (is("hangs"))
        for (;;)
            pause();
    if (is("complains"))
        fputs("script.lua: syntax error\n", stderr);
    if (is("slow"))
        usleep(SLOW_US);
    if (!is("silent"))
        report();
    return is("fails") ? 1 : 0;
}
