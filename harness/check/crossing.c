/* The clients of crossing.h. A client's bodies name it, so
 * that a finding shows whose bytes came. */
#include "check/crossing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

#define FIELDS                                                                                     \
    "< Server: {server}\\r\\n\n< Date: {date}\\r\\n\n< Content-Type: "                             \
    "application/octet-stream\\r\\n\n"

#define HEARD_FIELDS "< Host: upstream\\r\\n\n< Via: 1.1 backbench\\r\\n\n"

static void print_echo(FILE *to, unsigned client, unsigned round)
{
    unsigned filling = 1 + (client * 37 + round * 11) % 400;
    char body[64];
    int len = snprintf(body, sizeof(body), "client %02u round %u ", client, round);
    fprintf(to,
            "> POST /echo HTTP/1.1\\r\\n\n> Host: crossing\\r\\n\n> Content-Length: %u\\r\\n\n> "
            "\\r\\n\n"
            "> %s{%c*%u}\n\n",
            (unsigned)len + filling, body, 'a' + (int)(client % 26), filling);
    fprintf(to,
            "< HTTP/1.1 200 OK\\r\\n\n" FIELDS
            "< Content-Length: %u\\r\\n\n< \\r\\n\n< %s{%c*%u}\n\n",
            (unsigned)len + filling, body, 'a' + (int)(client % 26), filling);
}

static void print_bytes(FILE *to, unsigned client, unsigned round)
{
    unsigned count = 300 + client * 1009 + round;
    fprintf(to, "> GET /bytes/%u HTTP/1.1\\r\\n\n> Host: crossing\\r\\n\n> \\r\\n\n\n", count);
    fprintf(to,
            "< HTTP/1.1 200 OK\\r\\n\n" FIELDS
            "< Content-Length: %u\\r\\n\n< \\r\\n\n< {octets %u}\n\n",
            count, count);
}

/* What the upstream is asked names the client, and it leaves
 * the connection in ways that must not harm another. */
static void print_fetch(FILE *to, unsigned client, unsigned round)
{
    static const char *const manners[] = {"", "/surplus", "/after/20", "/then-close",
                                          "/says-close"};
    const char *manner = manners[(client + round) % (sizeof(manners) / sizeof(manners[0]))];
    char *line = text_format("GET %s/asked/client-%02u?round=%u HTTP/1.1", manner, client, round);
    const char *target = line + 4;
    fprintf(to, "> GET /proxy%s\\r\\n\n> Host: crossing\\r\\n\n> \\r\\n\n\n", target);
    fprintf(to,
            "< HTTP/1.1 200 OK\\r\\n\n< Server: {server}\\r\\n\n< Date: {date}\\r\\n\n"
            "< Content-Type: text/plain\\r\\n\n< Content-Length: %zu\\r\\n\n< \\r\\n\n"
            "< %s\\r\\n\n" HEARD_FIELDS "\n",
            strlen(line) + strlen("\r\nHost: upstream\r\nVia: 1.1 backbench\r\n"), line);
    free(line);
}

static void print_round(FILE *to, unsigned client, unsigned round, enum crossing what)
{
    if (what == CROSSING_PROXY) {
        print_fetch(to, client, round);
        return;
    }
    print_echo(to, client, round);
    if (what == CROSSING_ECHO_AND_BYTES)
        print_bytes(to, client, round);
}

static char *crossing_text(unsigned client, enum crossing what)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    assert(to != NULL);
    fprintf(to,
            "why Each client gets its own bytes, whatever the others do (RFC 9112 section "
            "9.3.2).\nroute %s\n\n",
            what == CROSSING_PROXY ? "proxy" : "echo");
    for (unsigned round = 0; round < CROSSING_ROUNDS; round++)
        print_round(to, client, round, what);
    fclose(to);
    return text;
}

void crossing_cases(struct test_cases *cases, enum crossing what)
{
    cases->count = CROSSING_CLIENTS;
    cases->items = xcalloc(CROSSING_CLIENTS, sizeof(*cases->items));
    for (unsigned client = 0; client < CROSSING_CLIENTS; client++) {
        char *text = crossing_text(client, what), *error = NULL;
        int parsed = case_parse(&cases->items[client], "crossing", text, &error);
        assert(parsed == 0);
        (void)parsed;
        free(text);
    }
}
