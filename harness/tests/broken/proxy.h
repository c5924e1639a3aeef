/* The route /proxy of broken_server: a fetch from another
 * server, with the defects that a proxy can have. */
#ifndef TESTS_BROKEN_PROXY_H
#define TESTS_BROKEN_PROXY_H

#include "tests/broken/client.h"

/* HOST:PORT. False: that is none. */
bool proxy_set_upstream(const char *authority);
bool proxy_has_upstream(void);

/* Begins to fetch what a request for /proxy/... asks for; the answer comes with proxy_pump. */
void proxy_begin(struct client *client, const char *head);
/* Goes on with a fetch as far as it can. When it is over,
 * client->fetch is NULL and the answer in client->out. */
void proxy_pump(struct client *client);
/* The client has left. */
void proxy_abandon(struct client *client);

#endif
