/* The clients of crossing.h. A client's bodies name it, so that a finding shows whose bytes came. */
#include "check/crossing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/strings.h"

#define FIELDS                                                                                     \
    "< Server: {server}\\r\\n\n< Date: {date}\\r\\n\n< Content-Type: "                             \
    "application/octet-stream\\r\\n\n"

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

static char *crossing_text(unsigned client, bool with_bytes)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    assert(to != NULL);
    fprintf(to, "why Each client gets its own bytes, whatever the others do (RFC 9112 section "
                "9.3.2).\nroute echo\n\n");
    for (unsigned round = 0; round < CROSSING_ROUNDS; round++) {
        print_echo(to, client, round);
        if (with_bytes)
            print_bytes(to, client, round);
    }
    fclose(to);
    return text;
}

void crossing_cases(struct test_cases *cases, bool with_bytes)
{
    cases->count = CROSSING_CLIENTS;
    cases->items = xcalloc(CROSSING_CLIENTS, sizeof(*cases->items));
    for (unsigned client = 0; client < CROSSING_CLIENTS; client++) {
        char *text = crossing_text(client, with_bytes), *error = NULL;
        int parsed = case_parse(&cases->items[client], "crossing", text, &error);
        assert(parsed == 0);
        (void)parsed;
        free(text);
    }
}
