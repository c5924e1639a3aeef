#include "check/questions.h"

#include "check/crossing.h"

/* Asked last on a connection that must still be in step: no case has this answer. */
static const char probe_text[] = "why An open connection stays in step (RFC 9112 section 9.3).\n"
                                 "> GET /bytes/7 HTTP/1.1\\r\\n\n"
                                 "> Host: probe\\r\\n\n"
                                 "> \\r\\n\n"
                                 "< HTTP/1.1 200 OK\\r\\n\n"
                                 "< Server: {server}\\r\\n\n"
                                 "< Date: {date}\\r\\n\n"
                                 "< Content-Type: application/octet-stream\\r\\n\n"
                                 "< Content-Length: 7\\r\\n\n"
                                 "< \\r\\n\n"
                                 "< {octets 7}\n";

int questions_read(struct questions *questions, const char *folder, char **error)
{
    *questions = (struct questions){0};
    if (case_parse(&questions->probe, "probe", probe_text, error) < 0)
        return -1;
    crossing_cases(&questions->crossing, CROSSING_ECHO_AND_BYTES);
    crossing_cases(&questions->crossing_echo, CROSSING_ECHO);
    crossing_cases(&questions->crossing_proxy, CROSSING_PROXY);
    return cases_read(&questions->cases, folder, error);
}

void questions_release(struct questions *questions)
{
    cases_release(&questions->cases);
    cases_release(&questions->crossing);
    cases_release(&questions->crossing_echo);
    cases_release(&questions->crossing_proxy);
    case_release(&questions->probe);
}
