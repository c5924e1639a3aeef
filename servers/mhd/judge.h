/* What the library shows of a request, brought before the rules of seen.h. */
#ifndef MHD_JUDGE_H
#define MHD_JUDGE_H

#include "mhd/peers.h"

/* The head of the request that begins: fills peer->request, whose slices live until the request is
 * completed. Returns 0, or minus the status to refuse with. */
int judge_head(struct peer *peer, const char *method, const char *version);

/* The trailers of a request whose body has come, likewise. */
int judge_trailers(struct peer *peer);

#endif
