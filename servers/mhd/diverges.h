/*
 * The conformance cases that libmicrohttpd makes a server fail, with
 * the reason: what it does before it asks its user, or without telling.
 * Seen on the version named; docs/servers.md says how they are judged.
 */
#ifndef MHD_DIVERGES_H
#define MHD_DIVERGES_H

#include "core/server.h"

extern const struct server_divergence mhd_divergences[];
extern const struct server_divergence *const mhd_thread_divergences;

#endif
