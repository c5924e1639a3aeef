#include "mhd/answers.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { PARTS_MAX = APP_BYTES_LIMIT / APP_PATTERN_SPAN_BYTES };

void answers_init(struct answers *answers, const char *server)
{
    *answers = (struct answers){0};
    http_template_init(&answers->template, server);
    pthread_mutex_init(&answers->lock, NULL);
}

void answers_release(struct answers *answers)
{
    for (unsigned i = 0; i < answers->kept_count; i++)
        MHD_destroy_response(answers->kept[i].response);
    pthread_mutex_destroy(&answers->lock);
}

static size_t render(const struct http_template *template, const struct app_answer *answer,
                     bool closes, char *out)
{
    bool is_passed_on = answer->type == HTTP_OTHER;
    const struct http_response_head head = {
        .status = answer->status,
        .type = is_passed_on ? HTTP_TEXT : answer->type,
        .persistence = closes ? HTTP_CLOSE : HTTP_PERSIST,
        .content_length = answer->pattern_bytes > 0 ? answer->pattern_bytes : answer->body.len,
        .allow = answer->allow,
    };

    return is_passed_on ? http_response_head_of(out, template, &head, answer->other_type)
                        : http_response_head(out, template, &head);
}

/* ---- responses ---- */

/* Puts a rendered field, "Name: value", into the response. The library takes no tab, which a
 * Content-Type of somebody else's may have around a parameter, where a blank is the same. */
static enum MHD_Result add_field(struct MHD_Response *response, char *line)
{
    char *colon = strchr(line, ':');

    *colon = '\0';
    if (strcmp(line, "Date") == 0 || strcmp(line, "Content-Length") == 0)
        return MHD_YES;
    for (char *tab = colon; (tab = strchr(tab + 1, '\t'));)
        *tab = ' ';
    return MHD_add_response_header(response, line, colon + 2);
}

static enum MHD_Result add_fields(struct MHD_Response *response,
                                  const struct http_template *template,
                                  const struct app_answer *answer, bool closes)
{
    char head[HTTP_RESPONSE_HEAD_BYTES];
    enum MHD_Result result = MHD_YES;
    size_t len = render(template, answer, closes, head);
    char *line = (char *)memchr(head, '\n', len) + 1;

    while (*line != '\r' && result == MHD_YES) {
        char *end = memchr(line, '\r', len);

        *end = '\0';
        result = add_field(response, line);
        line = end + 2;
    }
    return result;
}

/* A long body is pieces of the one pattern, by reference. */
static struct MHD_Response *pattern_response(uint64_t bytes)
{
    struct MHD_IoVec parts[PARTS_MAX];
    unsigned count = 0;

    for (uint64_t at = 0; at < bytes; count++) {
        struct slice part = app_pattern(at, bytes - at);

        parts[count] = (struct MHD_IoVec){part.ptr, part.len};
        at += part.len;
    }
    if (count == 1)
        return MHD_create_response_from_buffer((size_t)bytes, (void *)parts[0].iov_base,
                                               MHD_RESPMEM_PERSISTENT);
    return MHD_create_response_from_iovec(parts, count, NULL, NULL);
}

static struct MHD_Response *make(const struct http_template *template,
                                 const struct app_answer *answer, bool closes)
{
    struct MHD_Response *response =
        answer->pattern_bytes > 0
            ? pattern_response(answer->pattern_bytes)
            : MHD_create_response_from_buffer(answer->body.len, (void *)answer->body.ptr,
                                              MHD_RESPMEM_PERSISTENT);

    if (response && add_fields(response, template, answer, closes) == MHD_YES)
        return response;
    if (response)
        MHD_destroy_response(response);
    return NULL;
}

/* ---- responses that are kept ---- */

static bool is_same(const struct kept_answer *kept, const struct app_answer *answer, bool closes)
{
    return kept->answer.body.ptr == answer->body.ptr &&
           kept->answer.pattern_bytes == answer->pattern_bytes &&
           kept->answer.status == answer->status && kept->answer.type == answer->type &&
           kept->answer.allow == answer->allow && kept->closes == closes;
}

/* The kept response, made now if there is room to keep it; NULL if there is not. */
static struct MHD_Response *keep(struct answers *answers, const struct app_answer *answer,
                                 bool closes)
{
    struct MHD_Response *response = NULL;
    unsigned i = 0;

    pthread_mutex_lock(&answers->lock);
    while (i < answers->kept_count && !is_same(&answers->kept[i], answer, closes))
        i++;
    if (i < answers->kept_count) {
        response = answers->kept[i].response;
    } else if (i < ANSWERS_KEPT && (response = make(&answers->template, answer, closes))) {
        answers->kept[i] = (struct kept_answer){*answer, closes, response};
        answers->kept_count++;
    }
    pthread_mutex_unlock(&answers->lock);
    return response;
}

enum MHD_Result answers_queue(struct answers *answers, struct MHD_Connection *connection,
                              const struct app_answer *answer, bool closes, bool lasts)
{
    struct MHD_Response *kept = lasts ? keep(answers, answer, closes) : NULL;
    struct MHD_Response *response = kept ? kept : make(&answers->template, answer, closes);
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    result = MHD_queue_response(connection, answer->status, response);
    if (!kept)
        MHD_destroy_response(response); /* the connection holds it */
    return result;
}

/* Unless the client has gone, or reads nothing. */
static void send_whole(int fd, struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0 && errno != EINTR)
            return;
        if (sent > 0)
            bytes = (struct slice){bytes.ptr + sent, bytes.len - (size_t)sent};
    }
}

void answers_send_refusal(struct answers *answers, int fd, uint16_t status, time_t now)
{
    struct http_template template = answers->template;
    char out[2 * HTTP_RESPONSE_HEAD_BYTES];
    struct app_answer answer;
    size_t len;

    app_refusal(status, &answer);
    http_template_set_date(&template, now);
    len = render(&template, &answer, true, out);
    memcpy(out + len, answer.body.ptr, answer.body.len);
    send_whole(fd, (struct slice){out, len + answer.body.len});
}
