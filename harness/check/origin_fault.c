#include "check/origin_fault.h"

#include <string.h>

#define BYTES(literal) literal, sizeof(literal) - 1
#define HEAD           "HTTP/1.1 200 OK\r\n"

static const struct origin_fault faults[] = {
    {"close", BYTES(""), ORIGIN_CLOSES},
    {"close-in-head", BYTES("HTTP/1.1 200 OK\r\nContent-Le"), ORIGIN_CLOSES},
    {"close-in-chunk", BYTES(HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhel"), ORIGIN_CLOSES},
    {"close-before-last-chunk", BYTES(HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
     ORIGIN_CLOSES},
    {"short", BYTES(HEAD "Content-Length: 13\r\n\r\nHello"), ORIGIN_CLOSES},
    {"reset", BYTES(""), ORIGIN_RESETS},
    {"reset-in-head", BYTES("HTTP/1.1 200 OK\r\nContent-Le"), ORIGIN_RESETS},
    {"reset-in-body", BYTES(HEAD "Content-Length: 13\r\n\r\nHello"), ORIGIN_RESETS},
    {"reset-in-unannounced-body", BYTES(HEAD "\r\nHello"), ORIGIN_RESETS},
    {"hang", BYTES(""), ORIGIN_KEEPS},
    {"hang-in-head", BYTES("HTTP/1.1 200 OK\r\nContent-Le"), ORIGIN_KEEPS},
    {"hang-in-body", BYTES(HEAD "Content-Length: 13\r\n\r\nHello"), ORIGIN_KEEPS},
    {"hang-in-chunk", BYTES(HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhel"), ORIGIN_KEEPS},
    {"garbage", BYTES("SSH-2.0-OpenSSH_9.2\r\n\r\n"), ORIGIN_KEEPS},
    {"other-version", BYTES("HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"), ORIGIN_KEEPS},
    {"status-of-letters", BYTES("HTTP/1.1 2OO OK\r\nContent-Length: 5\r\n\r\nhello"), ORIGIN_KEEPS},
    {"two-lengths", BYTES(HEAD "Content-Length: 2\r\nContent-Length: 5\r\n\r\nhello"),
     ORIGIN_KEEPS},
    {"signed-length", BYTES(HEAD "Content-Length: +5\r\n\r\nhello"), ORIGIN_KEEPS},
    {"length-of-letters", BYTES(HEAD "Content-Length: five\r\n\r\nhello"), ORIGIN_KEEPS},
    /* 2^64 + 5 */
    {"huge-length", BYTES(HEAD "Content-Length: 18446744073709551621\r\n\r\nhello"), ORIGIN_KEEPS},
    {"length-and-chunked",
     BYTES(HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
     ORIGIN_KEEPS},
    {"gzip", BYTES(HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
     ORIGIN_KEEPS},
    {"chunked-twice",
     BYTES(HEAD "Transfer-Encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
     ORIGIN_KEEPS},
    {"bad-chunk-size", BYTES(HEAD "Transfer-Encoding: chunked\r\n\r\n5x\r\nhello\r\n0\r\n\r\n"),
     ORIGIN_KEEPS},
    {"bad-chunk-end", BYTES(HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n"),
     ORIGIN_KEEPS},
    {"bare-lf", BYTES("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), ORIGIN_KEEPS},
    {"bare-cr", BYTES(HEAD "Content-Type: text/plain\rX: y\r\nContent-Length: 5\r\n\r\nhello"),
     ORIGIN_KEEPS},
    {"nul", BYTES(HEAD "Content-Type: text\0/plain\r\nContent-Length: 5\r\n\r\nhello"),
     ORIGIN_KEEPS},
    {"folded", BYTES(HEAD "Content-Type: text/plain;\r\n a=b\r\nContent-Length: 5\r\n\r\nhello"),
     ORIGIN_KEEPS},
    {"space-before-colon", BYTES(HEAD "Content-Length : 5\r\n\r\nhello"), ORIGIN_KEEPS},
};

const struct origin_fault *origin_fault_find(const char *word)
{
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        if (strcmp(word, faults[i].word) == 0)
            return &faults[i];
    return NULL;
}
