/* Requests, and the bytes with which the server that peer_open makes answers them at the epoch. */
#ifndef TESTS_ANSWERS_H
#define TESTS_ANSWERS_H

#include <string.h>

#include "core/conn.h"

#define STATUS(line)                                                                               \
    "HTTP/1.1 " line "\r\nServer: backbench-test\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
#define TEXT(len)          "Content-Type: text/plain\r\nContent-Length: " len "\r\n"
#define OCTETS(len)        "Content-Type: application/octet-stream\r\nContent-Length: " len "\r\n"
#define CLOSING            "Connection: close\r\n"
#define KEEPING            "Connection: keep-alive\r\n"
#define HELLO_HEAD         STATUS("200 OK") TEXT("13") "\r\n"
#define HELLO              HELLO_HEAD "Hello, World!"
#define HELLO_LAST         STATUS("200 OK") TEXT("13") CLOSING "\r\nHello, World!"
#define ECHO(len, body)    STATUS("200 OK") OCTETS(len) "\r\n" body
#define WAITED             STATUS("204 No Content") "\r\n"
#define REFUSED(line, len) STATUS(line) TEXT(len) CLOSING "\r\n" line "\n"
#define CONTINUE           "HTTP/1.1 100 Continue\r\n\r\n"

#define GET(path)          "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST(path, fields) "POST " path " HTTP/1.1\r\nHost: a\r\n" fields "\r\n"
#define COUNTED(len)       "Content-Length: " len "\r\n"
#define CHUNKED            "Transfer-Encoding: chunked\r\n"
#define EXPECT             "Expect: 100-continue\r\n"

enum { LINGERS = CONN_LINGER | CONN_READ };

static inline struct slice text(const char *string)
{
    return (struct slice){string, strlen(string)};
}

static inline struct slice part(const char *string, size_t from, size_t to)
{
    return (struct slice){string + from, to - from};
}

#endif
