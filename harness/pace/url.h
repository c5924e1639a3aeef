/*
 * http://HOST[:PORT][/PATH][?QUERY] (RFC 9110, 4.2.1; RFC 3986, 3). Only http: another scheme, user
 * information, a fragment or a port that cannot be are told in one sentence.
 */
#ifndef PACE_URL_H
#define PACE_URL_H

#include <stdint.h>

struct url {
    char *text;      /* as it was given */
    char *host;      /* without brackets: "127.0.0.1", "::1", "localhost" */
    char *authority; /* as the Host field has it: with brackets, with the port unless it is 80 */
    char *target;    /* path and query, at least "/" */
    uint16_t port;
};

/* 0, or -1 with one sentence in *error (owned by the caller).
 * Initialised here; release it in either case. */
int url_read(struct url *url, const char *text, char **error);
void url_release(struct url *url);

#endif
