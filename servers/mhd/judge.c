#include "mhd/judge.h"

#include <stdlib.h>
#include <string.h>

#include "mhd/seen.h"

static enum MHD_Result see_field(void *seen, enum MHD_ValueKind kind, const char *name,
                                 size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    seen_field(seen, (struct slice){name, name_len}, (struct slice){value, value_len});
    return MHD_YES;
}

int judge_head(struct peer *peer, const char *method, const char *version)
{
    struct seen seen;
    size_t head_bytes =
        MHD_get_connection_info(peer->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
            ->header_size;
    bool is_small = head_bytes <= sizeof peer->head;

    if (!is_small && !(peer->large_head = malloc(HTTP_HEAD_LIMIT_BYTES)))
        return -431;
    seen_init(&seen, is_small ? peer->head : peer->large_head,
              is_small ? sizeof peer->head : HTTP_HEAD_LIMIT_BYTES, peer->peers->looks_at_places);
    seen_line(&seen, (struct slice){method, strlen(method)}, peer->target, peer->target_place,
              (struct slice){version, strlen(version)});
    MHD_get_connection_values_n(peer->connection, MHD_HEADER_KIND, see_field, &seen);
    peer->head_end = seen.end;
    return seen_judge(&seen, head_bytes, &peer->request);
}

static enum MHD_Result see_trailer(void *seen, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    seen_trailer(seen, (struct slice){name, name_len}, (struct slice){value, value_len});
    return MHD_YES;
}

int judge_trailers(struct peer *peer)
{
    char out[HTTP_HEAD_LIMIT_BYTES];
    struct seen seen;

    if (!peer->request.chunked)
        return 0;
    seen_init(&seen, out, sizeof out, peer->peers->looks_at_places);
    seen.head_end = peer->head_end;
    MHD_get_connection_values_n(peer->connection, MHD_FOOTER_KIND, see_trailer, &seen);
    return seen_judge_trailers(&seen);
}
