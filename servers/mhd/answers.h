/*
 * The backend's answers as the library's responses. The fields are those that http/response.h
 * renders, so that they are the same as everywhere; Date, Content-Length and the keep-alive of
 * HTTP/1.0 are the library's own to write.
 *
 * A response for a body that never changes is made once and queued again and again: the library
 * counts references. Others are made for their request.
 */
#ifndef MHD_ANSWERS_H
#define MHD_ANSWERS_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "app/app.h"

enum { ANSWERS_KEPT = 32 };

struct kept_answer {
    struct app_answer answer;
    bool closes;
    struct MHD_Response *response;
};

struct answers {
    struct http_template template;
    pthread_mutex_t lock; /* of what follows: threads of connections share it */
    struct kept_answer kept[ANSWERS_KEPT];
    unsigned kept_count;
};

/* server names the model, "backbench-mhd". */
void answers_init(struct answers *answers, const char *server);
void answers_release(struct answers *answers);

/* Queues the answer, "Connection: close" in it if it closes. `lasts`: what it points to is static.
 * Else that must stay until the request is completed. */
enum MHD_Result answers_queue(struct answers *answers, struct MHD_Connection *connection,
                              const struct app_answer *answer, bool closes, bool lasts);

/* Writes the refusal of `status` straight to the socket, where the library can queue nothing more:
 * while a body is on its way, or before the head is whole. What does not fit is lost. */
void answers_send_refusal(struct answers *answers, int fd, uint16_t status, time_t now);

#endif
