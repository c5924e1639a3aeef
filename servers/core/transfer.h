/*
 * The step that every model on send(2) takes: what the core has to say goes into the socket as far
 * as there is room, without blocking, and the core keeps the rest.
 */
#ifndef CORE_TRANSFER_H
#define CORE_TRANSFER_H

#include <sys/types.h>

#include "core/conn.h"

/*
 * Sends the kept tail, or else what is in out. Returns how many bytes went; -1 if the connection is
 * broken. *wish stays as long as all went into the socket, so that conn_more may follow. Otherwise
 * it becomes CONN_CLOSE (broken) or what conn_keep says, and a tail is left to be sent when there
 * is room. In any case out is empty afterwards.
 */
ssize_t transfer_send(struct conn *conn, int fd, struct conn_out *out, uint64_t now_ms,
                      unsigned *wish);

#endif
