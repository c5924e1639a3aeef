/*
 * A URL is read from left to right, and the first thing that pace cannot do ends the reading with
 * its sentence. What goes into the request's target is not looked into beyond bytes that no request
 * line can carry; a server may be asked for anything.
 */
#include "pace/url.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/strings.h"

enum { HTTP_PORT = 80 };

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Only visible ASCII (RFC 3986, 2); any other byte could end the request line or split it. */
static int check_bytes(const char *text, char **error)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == ' ')
            return text_error(error, "the URL has a space at byte %zu: write it as %%20", i);
        if (byte < ' ' || byte >= 0x7f)
            return text_error(error, "the URL has the byte 0x%02x at byte %zu: write it as %%%02X",
                              byte, i, byte);
    }
    return 0;
}

/* "https" of "https://host"; 0 where there is none, as in "host/?next=http://other". */
static size_t scheme_len(const char *text)
{
    const char *end = strstr(text, "://");
    if (end == NULL)
        return 0;
    for (const char *c = text; c < end; c++)
        if (!is_letter_or_digit(*c) && strchr("+-.", *c) == NULL)
            return 0;
    return (size_t)(end - text);
}

static int no_scheme(const char *text, char **error)
{
    const char *rest = text;
    if (strncasecmp(rest, "http:", 5) == 0)
        rest += 5;
    rest += strspn(rest, "/");
    if (*rest == '\0')
        return text_error(error, "\"%s\" names no host: a URL is http://HOST[:PORT][/PATH]", text);
    return text_error(error, "\"%s\" does not begin with http://: write http://%s", text, rest);
}

/* What follows the scheme, or NULL with a sentence. */
static const char *after_scheme(const char *text, char **error)
{
    size_t len = scheme_len(text);
    if (len == 0) {
        no_scheme(text, error);
        return NULL;
    }
    const char *rest = text + len + strlen("://");
    if (len == 4 && strncasecmp(text, "http", len) == 0)
        return rest;
    if (len == 5 && strncasecmp(text, "https", len) == 0)
        text_error(error,
                   "pace speaks plain HTTP only, no TLS: give the server's plain port, as in "
                   "http://HOST:PORT/");
    else
        text_error(error, "pace speaks HTTP only, not \"%.*s\": a URL is http://HOST[:PORT][/PATH]",
                   (int)len, text);
    return NULL;
}

/* digits: what follows the host's colon. */
static int read_port(struct url *url, const char *digits, size_t len, char **error)
{
    unsigned port = 0;
    char *text = text_format("%.*s", (int)len, digits);
    bool good = text_number(&port, text, 1, UINT16_MAX);
    url->port = (uint16_t)port;
    if (!good)
        text_error(error, "the port \"%s\" in \"%s\" is no number from 1 to 65535", text,
                   url->text);
    free(text);
    return good ? 0 : -1;
}

/* [ADDRESS], of which *len bytes are taken. */
static int read_bracketed(struct url *url, const char *authority, size_t *len, char **error)
{
    struct in6_addr address;
    size_t end = strcspn(authority, "]/?");
    if (authority[end] != ']')
        return text_error(error, "the host in \"%s\" lacks its closing bracket ]", url->text);
    url->host = text_format("%.*s", (int)end - 1, authority + 1);
    if (inet_pton(AF_INET6, url->host, &address) != 1)
        return text_error(error, "\"%s\" in \"%s\" is no IPv6 address", url->host, url->text);
    *len = end + 1;
    return 0;
}

static int read_name(struct url *url, const char *authority, size_t authority_len, size_t *len,
                     char **error)
{
    const char *colon = memchr(authority, ':', authority_len);
    *len = colon != NULL ? (size_t)(colon - authority) : authority_len;
    if (colon != NULL && memchr(colon + 1, ':', authority_len - *len - 1) != NULL)
        return text_error(error,
                          "the host in \"%s\" has more than one colon: an IPv6 address stands in "
                          "brackets, http://[::1]:8080/",
                          url->text);
    url->host = text_format("%.*s", (int)*len, authority);
    if (*len == 0)
        return text_error(error, "\"%s\" names no host: a URL is http://HOST[:PORT][/PATH]",
                          url->text);
    for (const char *c = url->host; *c != '\0'; c++)
        if (!is_letter_or_digit(*c) && strchr("-._", *c) == NULL)
            return text_error(error, "the host \"%s\" has a '%c', which no host's name has",
                              url->host, *c);
    return 0;
}

static int read_authority(struct url *url, const char *authority, size_t len, char **error)
{
    size_t host_len = 0;
    if (memchr(authority, '@', len) != NULL)
        return text_error(error,
                          "the URL names a user before its @, which pace does not send: give "
                          "credentials as a field, -H \"Authorization: ...\"");
    int result = authority[0] == '[' ? read_bracketed(url, authority, &host_len, error)
                                     : read_name(url, authority, len, &host_len, error);
    if (result != 0)
        return -1;
    if (host_len < len && authority[host_len] != ':')
        return text_error(error, "after its bracket ] the host in \"%s\" goes on", url->text);
    if (host_len < len && read_port(url, authority + host_len + 1, len - host_len - 1, error) != 0)
        return -1;
    url->authority = url->port == HTTP_PORT
                         ? text_format("%.*s", (int)host_len, authority)
                         : text_format("%.*s:%u", (int)host_len, authority, url->port);
    return 0;
}

int url_read(struct url *url, const char *text, char **error)
{
    *url = (struct url){.text = xstrdup(text), .port = HTTP_PORT};
    if (check_bytes(text, error) != 0)
        return -1;
    const char *authority = after_scheme(text, error);
    if (authority == NULL)
        return -1;
    const char *fragment = strchr(authority, '#');
    if (fragment != NULL)
        return text_error(
            error, "\"%s\" in the URL is a fragment, which is never sent: leave it out", fragment);
    size_t len = strcspn(authority, "/?");
    if (read_authority(url, authority, len, error) != 0)
        return -1;
    url->target = text_format("%s%s", authority[len] == '/' ? "" : "/", authority + len);
    return 0;
}

void url_release(struct url *url)
{
    free(url->text);
    free(url->host);
    free(url->authority);
    free(url->target);
    *url = (struct url){0};
}
