#include "tests/known/answers.h"

#define HEAD          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define RIGHT         HEAD "Content-Length: 13\r\n\r\nHello, World!"
#define TEXT(literal) ((struct bytes){literal, sizeof(literal) - 1})

struct bytes answer_of(enum fault fault)
{
    switch (fault) {
    case FAULT_SILENCE:
    case FAULT_DEATH:
    case FAULT_RESET:
        break;
    case FAULT_NOT:
    case FAULT_LATE:
    case FAULT_AGAIN:
        return TEXT(RIGHT);
    case FAULT_STALE:
        return TEXT(HEAD "Content-Length: 13\r\n\r\nHello, Earth!");
    case FAULT_UNASKED:
        return TEXT(RIGHT RIGHT);
    case FAULT_CLOSE:
        return TEXT(HEAD "Connection: close\r\nContent-Length: 13\r\n\r\nHello, World!");
    case FAULT_ALERT: /* RFC 8446, 5.1 and 6: alert, fatal, unexpected_message */
        return TEXT("\x15\x03\x03\x00\x02\x02\x0a");
    case FAULT_GARBAGE:
        return TEXT("220 mail.example.org ESMTP\r\n");
    case FAULT_STATUS:
        return TEXT("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n"
                    "Content-Length: 0\r\n\r\n");
    case FAULT_SHORT_BODY:
        return TEXT(HEAD "Content-Length: 5\r\n\r\nHello");
    case FAULT_CUT:
        return TEXT(HEAD "Content-Length: 13\r\n\r\nHello");
    }
    return (struct bytes){0};
}

bool answer_ends(enum fault fault)
{
    return fault == FAULT_RESET || fault == FAULT_CLOSE || fault == FAULT_ALERT ||
           fault == FAULT_CUT;
}
