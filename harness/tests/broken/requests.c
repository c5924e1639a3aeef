/* From bytes to answers: heads, bodies, routes. */
#include <stdlib.h>
#include <string.h>

#include "tests/broken/answers.h"
#include "tests/broken/client.h"
#include "tests/broken/defect.h"
#include "tests/broken/proxy.h"

/* The value of a field within the head, or NULL. */
static const char *field(const char *head, const char *name)
{
    const char *p = strcasestr(head, name);
    return p ? p + strlen(name) + strspn(p + strlen(name), " ") : NULL;
}

static bool is_malformed(const char *head)
{
    if (!is("accepts-lf"))
        for (const char *p = head; (p = strchr(p, '\n')) != NULL; p++)
            if (p == head || p[-1] != '\r')
                return true;
    bool both = field(head, "\r\nContent-Length:") && field(head, "\r\nTransfer-Encoding:");
    return (both && !is("accepts-cl-te")) || (!field(head, "\nHost:"));
}

/* One request: its head, terminated, and its body. */
static void serve(struct client *client, const char *head, const char *body, size_t len)
{
    static const char json[] = "{\"message\":\"Hello, World!\"}";
    client->head_only = strncmp(head, "HEAD ", 5) == 0;
    const char *path = strchr(head, ' ');
    if (path == NULL || is_malformed(head)) {
        refuse(client);
        return;
    }
    path++;
    client->close_asked |= field(head, "\r\nConnection: close") != NULL;
    if (slow && strncmp(path, "/plaintext ", 11) == 0)
        return;
    if (strncmp(path, "/plaintext ", 11) == 0)
        put_text(client, "200 OK", is("wrong-body") ? "Hello, world!" : "Hello, World!", false);
    else if (strncmp(path, "/json ", 6) == 0)
        put_answer(client,
                   &(struct answer){"200 OK", "application/json", json, sizeof(json) - 1, false});
    else if (strncmp(path, "/bytes/", 7) == 0)
        put_octets(client, strtoul(path + 7, NULL, 10));
    else if (strncmp(path, "/echo ", 6) == 0)
        put_echo(client, body, len);
    else if (strncmp(path, "/wait/", 6) == 0)
        client->wait_until_ms = now_ms() + (is("early-wait") ? 0 : strtol(path + 6, NULL, 10)) + 1;
    else if (strncmp(path, "/proxy/", 7) == 0 && proxy_has_upstream())
        proxy_begin(client, head);
    else if (strncmp(path, "/proxy/", 7) == 0 && is("proxy-without-upstream"))
        put_text(client, "502 Bad Gateway", "502 Bad Gateway\n", false);
    else
        put_text(client, "404 Not Found", "404 Not Found\n", false);
}

static size_t head_len(const struct client *client)
{
    const char *end = memmem(client->in, client->in_len, "\r\n\r\n", 4);
    if (end != NULL)
        return (size_t)(end - client->in) + 4;
    end = memmem(client->in, client->in_len, "\n\n", 2);
    if (end == NULL)
        end = memmem(client->in, client->in_len, "\r\n\n", 3);
    return end ? (size_t)(end - client->in) + (end[0] == '\r' ? 3 : 2) : 0;
}

static void consume(struct client *client, size_t len)
{
    memmove(client->in, client->in + len, client->in_len - len);
    client->in_len -= len;
}

/* Serves the next request if it is all here. */
static bool serve_next(struct client *client)
{
    static unsigned served;
    if (is("mute") || is("hangs-up") || (is("hushed") && served > 60))
        return false;
    size_t len = head_len(client);
    if (len == 0 || client->closing || client->wait_until_ms || client->linger_until_ms ||
        client->fetch)
        return false;
    char head[HEAD_BYTES];
    len = len < HEAD_BYTES ? len : HEAD_BYTES - 1;
    memcpy(head, client->in, len);
    head[len] = '\0';
    const char *length = field(head, "\r\nContent-Length:");
    size_t body_len = length ? strtoul(length, NULL, 10) : 0;
    if (body_len > BODY_BYTES) {
        put_text(client, "413 Content Too Large", "413 Content Too Large\n", true);
        return true;
    }
    if (client->in_len < len + body_len && !is_malformed(head)) {
        if (field(head, "\r\nExpect:") && client->in_len == len && !client->continued &&
            !is("silent-expect"))
            put(client, "HTTP/1.1 100 Continue\r\n\r\n", 25);
        client->continued = true;
        return false;
    }
    client->continued = false;
    client->served = true;
    served++;
    serve(client, head, client->in + len, body_len);
    consume(client, client->closing || is("loses-pipelined") ? client->in_len : len + body_len);
    return true;
}

/* The answers before and behind the offset first change places. */
static void swap_answers(struct client *client, size_t first)
{
    size_t second = client->out_len - first;
    char *swapped = malloc(client->out_len);
    memcpy(swapped, client->out + first, second);
    memcpy(swapped + second, client->out, first);
    memcpy(client->out, swapped, client->out_len);
    free(swapped);
}

void client_serve(struct client *client)
{
    size_t first = 0;
    unsigned answers = 0;
    while (serve_next(client))
        if (++answers == 1)
            first = client->out_len;
    if (is("wrong-order") && answers > 1)
        swap_answers(client, first);
    if (is("answers-cut") && client->ended && client->in_len > 0 && !client->closing)
        refuse(client);
}

void client_end_wait(struct client *client)
{
    client->wait_until_ms = 0;
    put_answer(client, &(struct answer){.status = "204 No Content"});
    client_serve(client);
}
