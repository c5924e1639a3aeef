#include "tests/broken/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/broken/defect.h"

static char last_body[IN_BYTES]; /* of whoever came last: the defect mixed-clients hands it out */
static size_t last_body_len;

void put(struct client *client, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    client->out = realloc(client->out, client->out_len + len);
    memcpy(client->out + client->out_len, bytes, len);
    client->out_len += len;
}

static void date_text(char *text, size_t size)
{
    time_t now = time(NULL) - (is("stale-date") ? 10 : 0);
    strftime(text, size, is("bad-date") ? "%a, %d-%b-%y %H:%M:%S GMT" : "%a, %d %b %Y %H:%M:%S GMT",
             gmtime(&now));
}

void put_answer(struct client *client, const struct answer *answer)
{
    char head[1024], date[64];
    size_t length = answer->len + (is("wrong-length") && answer->len == 13);
    date_text(date, sizeof(date));
    int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nServer: backbench-%s\r\n", answer->status,
                     defect);
    if (!is("no-date"))
        n += snprintf(head + n, sizeof(head) - (size_t)n, "Date: %s\r\n", date);
    if (answer->type != NULL)
        n += snprintf(head + n, sizeof(head) - (size_t)n,
                      "Content-Type: %s\r\nContent-Length: %zu\r\n", answer->type, length);
    if (is("extra-field"))
        n += snprintf(head + n, sizeof(head) - (size_t)n, "X-Powered-By: nobody\r\n");
    bool close_said = answer->close || stopping || client->close_asked;
    n += snprintf(head + n, sizeof(head) - (size_t)n, "%s\r\n",
                  close_said ? "Connection: close\r\n" : "");
    put(client, head, (size_t)n);
    if (!client->head_only || is("head-with-body"))
        put(client, answer->body, answer->len);
    if (is("surplus") && answer->close)
        put(client, "\r\n", 2);
    client->closing |= close_said;
}

void put_text(struct client *client, const char *status, const char *body, bool close_after)
{
    put_answer(client, &(struct answer){status, "text/plain", body, strlen(body), close_after});
}

void refuse(struct client *client)
{
    put_text(client, "400 Bad Request", "400 Bad Request\n", true);
}

void put_octets(struct client *client, size_t count)
{
    char *octets = malloc(count + 1);
    for (size_t i = 0; i < count; i++)
        octets[i] = (char)(i % 251);
    if (is("wrong-octet") && count > 0)
        octets[count - 1] ^= 1;
    put_answer(client,
               &(struct answer){"200 OK", "application/octet-stream", octets, count, false});
    free(octets);
}

void put_echo(struct client *client, const char *body, size_t len)
{
    const char *given = body;
    size_t given_len = len;
    if (is("mixed-clients") && last_body_len > 0) {
        given = last_body;
        given_len = last_body_len;
    }
    put_answer(client,
               &(struct answer){"200 OK", "application/octet-stream", given, given_len, false});
    memcpy(last_body, body, len);
    last_body_len = len;
}
