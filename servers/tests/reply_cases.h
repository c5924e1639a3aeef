/*
 * Heads of answers and what the parser makes of them: the table of test_reply.c and the seeds of
 * fuzz_reply.c. A row says only what differs from a 200 of HTTP/1.1 whose body of 0 bytes leaves
 * the connection open.
 */
#ifndef TESTS_REPLY_CASES_H
#define TESTS_REPLY_CASES_H

#include "http/reply.h"

struct reply_case {
    const char *name;
    const char *bytes;
    size_t len;
    bool refused;
    bool incomplete;   /* nothing to say yet */
    size_t next_bytes; /* behind the head */
    uint16_t status;   /* 0: 200 */
    enum http_reply_end end;
    uint64_t content_length;
    const char *content_type;
    bool closes;
};

#define BYTES(text) .bytes = text, .len = sizeof(text) - 1
#define LINE(line)  BYTES(line "\r\nContent-Length: 0\r\n\r\n")
/* A head with the fields given; each ends in CRLF. */
#define OK(fields)   BYTES("HTTP/1.1 200 OK\r\n" fields "\r\n")
#define OK10(fields) BYTES("HTTP/1.0 200 OK\r\n" fields "\r\n")
/* The same with a body of 0 bytes. */
#define WITH(fields)         OK("Content-Length: 0\r\n" fields)
#define WITH10(fields)       OK10("Content-Length: 0\r\n" fields)
#define STATUS(code, fields) BYTES("HTTP/1.1 " #code " Reason\r\n" fields "\r\n"), .status = code
#define TO_CLOSE             .end = HTTP_REPLY_AT_CLOSE, .closes = true
#define IN_CHUNKS            .end = HTTP_REPLY_AT_CHUNK
#define INTERIM              .end = HTTP_REPLY_IS_INTERIM

/* clang-format off */
static const struct reply_case reply_cases[] = {
    /* ---- status line ---- */
    {"the smallest head is accepted", BYTES("HTTP/1.1 200 \r\n\r\n"), TO_CLOSE},
    {"an answer of a server of this suite is accepted", OK("Server: backbench-epoll\r\nDate: Sat, 21 Nov 2026 09:30:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n"), .content_length = 13, .content_type = "text/plain"},
    {"a reason of several words is accepted", LINE("HTTP/1.1 404 Not Found"), .status = 404},
    {"a reason may hold HTAB and obs-text", LINE("HTTP/1.1 200 \t\xc3\xa9t\xc3\xa9"), .status = 200},
    {"a reason may be empty behind its space", LINE("HTTP/1.1 200 ")},
    {"a reason may be all spaces", LINE("HTTP/1.1 200    ")},
    {"a status without the space behind it is refused", LINE("HTTP/1.1 200"), .refused = true},
    {"a status without the space behind it is refused before fields", BYTES("HTTP/1.1 200\r\nA: b\r\n"), .refused = true},
    {"the lowest final status is accepted", STATUS(200, "Content-Length: 0\r\n")},
    {"the highest status is accepted", STATUS(599, "Content-Length: 0\r\n")},
    {"an unknown status is accepted", STATUS(299, "Content-Length: 0\r\n")},
    {"a status below 100 is refused", BYTES("HTTP/1.1 099 OK\r\n\r\n"), .refused = true},
    {"a status of 0 is refused", BYTES("HTTP/1.1 000 OK\r\n\r\n"), .refused = true},
    {"a status above 599 is refused", LINE("HTTP/1.1 600 OK"), .refused = true},
    {"a status of 999 is refused", LINE("HTTP/1.1 999 OK"), .refused = true},
    {"a status of two digits is refused", LINE("HTTP/1.1 20 OK"), .refused = true},
    {"a status of four digits is refused", LINE("HTTP/1.1 2000 OK"), .refused = true},
    {"a status with a letter is refused", LINE("HTTP/1.1 2O0 OK"), .refused = true},
    {"a status with a letter at its end is refused", LINE("HTTP/1.1 20a OK"), .refused = true},
    {"a status with a sign is refused", LINE("HTTP/1.1 +20 OK"), .refused = true},
    {"no status is refused", LINE("HTTP/1.1 OK and more"), .refused = true},
    {"a tab before the status is refused", LINE("HTTP/1.1\t200 OK"), .refused = true},
    {"a tab behind the status is refused", LINE("HTTP/1.1 200\tOK"), .refused = true},
    {"two spaces before the status are refused", LINE("HTTP/1.1  200 OK"), .refused = true},
    {"a space before the version is refused", LINE(" HTTP/1.1 200 OK"), .refused = true},
    {"a control byte in the reason is refused", LINE("HTTP/1.1 200 \x01"), .refused = true},
    {"NUL in the reason is refused", LINE("HTTP/1.1 200 O\0K"), .refused = true},
    {"DEL in the reason is refused", LINE("HTTP/1.1 200 \x7f"), .refused = true},
    {"a bare CR in the reason is refused", LINE("HTTP/1.1 200 O\rK"), .refused = true},
    {"two CR behind the reason are refused", LINE("HTTP/1.1 200 OK\r"), .refused = true},
    {"a bare LF behind the reason is refused", BYTES("HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"), .refused = true},
    {"an answer of HTTP/0.9 is refused", BYTES("<html>\r\n"), .refused = true},
    {"another protocol's banner is refused", BYTES("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), .refused = true},
    {"a short line of garbage is refused at its end", BYTES("x\r\n"), .refused = true},
    {"a TLS alert is refused at its first byte", BYTES("\x15"), .refused = true},
    {"a request is refused", BYTES("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), .refused = true},
    {"HTTP/2 is refused", LINE("HTTP/2.0 200 OK"), .refused = true},
    {"HTTP/2 without a minor version is refused", LINE("HTTP/2 200 OK "), .refused = true},
    {"HTTP/1.2 is refused", LINE("HTTP/1.2 200 OK"), .refused = true},
    {"HTTP/0.9 with a status is refused", LINE("HTTP/0.9 200 OK"), .refused = true},
    {"a version in lower case is refused", LINE("http/1.1 200 OK"), .refused = true},
    {"an empty line before the status line is refused", BYTES("\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), .refused = true},
    {"a bare LF before the status line is refused", BYTES("\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), .refused = true},

    /* ---- what is not there yet ---- */
    {"nothing is incomplete", BYTES(""), .incomplete = true},
    {"a CR alone is incomplete", BYTES("\r"), .incomplete = true},
    {"a version alone is incomplete", BYTES("HTTP/1.1"), .incomplete = true},
    {"the shortest status line alone is incomplete", BYTES("HTTP/1.1 200 \r\n"), .incomplete = true},
    {"a status line alone is incomplete", BYTES("HTTP/1.1 200 OK\r\n"), .incomplete = true},
    {"a head without its empty line is incomplete", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), .incomplete = true},
    {"a head whose last LF is not there is incomplete", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r"), .incomplete = true},
    {"a name without its colon is incomplete", BYTES("HTTP/1.1 200 OK\r\nContent-Length"), .incomplete = true},
    {"what follows the head is left alone", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/9\0\n"), .next_bytes = 8},

    /* ---- lines of fields ---- */
    {"fields that mean nothing here are read over", WITH("A: b\r\nX-Long-Name-Of-A-Field: and a value that is longer than a block\r\n")},
    {"a field may be empty", WITH("A:\r\nB: \t\r\n")},
    {"a name may hold every tchar", WITH("!#$%&'*+-.^_`|~09azAZ: b\r\n")},
    {"a value may hold HTAB and obs-text", WITH("A: b\tc \xe4\xff\r\n")},
    {"an empty name is refused", WITH(": b\r\n"), .refused = true},
    {"a space before a colon is refused", WITH("A : b\r\n"), .refused = true},
    {"a tab before a colon is refused", WITH("A\t: b\r\n"), .refused = true},
    {"a space in a name is refused", WITH("A B: c\r\n"), .refused = true},
    {"a space before a name is refused", OK(" A: b\r\n"), .refused = true},
    {"a name with a delimiter is refused", WITH("A(b): c\r\n"), .refused = true},
    {"obs-text in a name is refused", WITH("\xc3\xa9: b\r\n"), .refused = true},
    {"NUL in a name is refused", WITH("A\0: b\r\n"), .refused = true},
    {"a line without a colon is refused", WITH("A\r\n"), .refused = true},
    {"a folded value is refused", WITH("A: b\r\n c\r\n"), .refused = true},
    {"a value folded by a tab is refused", WITH("A: b\r\n\tc: d\r\n"), .refused = true},
    {"a bare LF behind a field is refused", WITH("A: b\nC: d\r\n"), .refused = true},
    {"a bare CR in a value is refused", WITH("A: b\rc\r\n"), .refused = true},
    {"two CR behind a field are refused", WITH("A: b\r\r\n"), .refused = true},
    {"NUL in a value is refused", WITH("A: b\0c\r\n"), .refused = true},
    {"a control byte in a value is refused", WITH("A: \x1f\r\n"), .refused = true},
    {"DEL in a value is refused", WITH("A: \x7f\r\n"), .refused = true},
    {"an end by bare LFs is refused", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\n\n"), .refused = true},
    {"an empty line by bare LF is refused", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n"), .refused = true},
    {"a space in the empty line is refused", WITH(" \r\n"), .refused = true},

    /* ---- where the body ends ---- */
    {"Content-Length is read", OK("Content-Length: 42\r\n"), .content_length = 42},
    {"Content-Length in lower case and without a space is read", OK("content-length:7\r\n"), .content_length = 7},
    {"Content-Length may have leading zeros", OK("Content-Length: 0010\r\n"), .content_length = 10},
    {"Content-Length may have 64 bits", OK("Content-Length: 18446744073709551615\r\n"), .content_length = UINT64_MAX},
    {"Content-Length beyond 64 bits is refused", OK("Content-Length: 18446744073709551616\r\n"), .refused = true},
    {"an empty Content-Length is refused", OK("Content-Length:\r\n"), .refused = true},
    {"Content-Length with a plus sign is refused", OK("Content-Length: +1\r\n"), .refused = true},
    {"a negative Content-Length is refused", OK("Content-Length: -1\r\n"), .refused = true},
    {"a hexadecimal Content-Length is refused", OK("Content-Length: 0x10\r\n"), .refused = true},
    {"a Content-Length with a point is refused", OK("Content-Length: 1.0\r\n"), .refused = true},
    {"a Content-Length with a space in it is refused", OK("Content-Length: 1 0\r\n"), .refused = true},
    {"a Content-Length with letters behind it is refused", OK("Content-Length: 10 bytes\r\n"), .refused = true},
    {"a list of equal Content-Lengths is refused", OK("Content-Length: 5, 5\r\n"), .refused = true},
    {"two different Content-Lengths are refused", OK("Content-Length: 5\r\nContent-Length: 6\r\n"), .refused = true},
    {"two equal Content-Lengths are refused", OK("Content-Length: 5\r\nA: b\r\ncontent-length: 5\r\n"), .refused = true},
    {"a Content-Length with a space before its colon is refused", OK("Content-Length : 5\r\n"), .refused = true},
    {"chunked is accepted", OK("Transfer-Encoding: chunked\r\n"), IN_CHUNKS},
    {"chunked in capitals is accepted", OK("TRANSFER-ENCODING: CHUNKED\r\n"), IN_CHUNKS},
    {"another coding is refused", OK("Transfer-Encoding: gzip\r\n"), .refused = true},
    {"identity is refused", OK("Transfer-Encoding: identity\r\n"), .refused = true},
    {"a coding before chunked is refused", OK("Transfer-Encoding: gzip, chunked\r\n"), .refused = true},
    {"a coding behind chunked is refused", OK("Transfer-Encoding: chunked, gzip\r\n"), .refused = true},
    {"chunked with a parameter is refused", OK("Transfer-Encoding: chunked;a=b\r\n"), .refused = true},
    {"chunked behind a vertical tab is refused", OK("Transfer-Encoding: \x0b" "chunked\r\n"), .refused = true},
    {"a misspelt chunked is refused", OK("Transfer-Encoding: xchunked\r\n"), .refused = true},
    {"an empty Transfer-Encoding is refused", OK("Transfer-Encoding:\r\n"), .refused = true},
    {"two Transfer-Encodings are refused", OK("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), .refused = true},
    {"Content-Length before Transfer-Encoding is refused", OK("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), .refused = true},
    {"Content-Length behind Transfer-Encoding is refused", OK("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), .refused = true},
    {"Transfer-Encoding in HTTP/1.0 is refused", OK10("Transfer-Encoding: chunked\r\n"), .refused = true},
    {"a body without a length ends with the connection", OK(""), TO_CLOSE},
    {"a body without a length ends with the connection, whatever that is said to do", OK("Connection: keep-alive\r\n"), TO_CLOSE},
    {"a body of HTTP/1.0 without a length ends with the connection", OK10("Connection: keep-alive\r\n"), TO_CLOSE},

    /* ---- statuses without a body ---- */
    {"a 204 has no body", STATUS(204, "")},
    {"a 204 has no body in HTTP/1.0", BYTES("HTTP/1.0 204 No Content\r\nConnection: keep-alive\r\n\r\n"), .status = 204},
    {"a 204 that announces an empty body has none", STATUS(204, "Content-Length: 0\r\n")},
    {"a 204 that announces a body has none, and is its connection's last", STATUS(204, "Content-Length: 5\r\n"), .closes = true},
    {"a 204 that announces chunks has none, and is its connection's last", STATUS(204, "Transfer-Encoding: chunked\r\n"), .closes = true},
    {"a 204 that is framed in two ways is refused", STATUS(204, "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"), .refused = true},
    {"a 304 has no body", STATUS(304, "")},
    {"a 304 that announces a body has none, and is its connection's last", STATUS(304, "Content-Length: 5\r\n"), .closes = true},
    {"a 304 that announces chunks has none, and is its connection's last", STATUS(304, "Transfer-Encoding: chunked\r\n"), .closes = true},
    {"a 205 has the body that it announces", STATUS(205, "Content-Length: 5\r\n"), .content_length = 5},
    {"100 is an interim head", STATUS(100, ""), INTERIM},
    {"100 leaves the final head alone", BYTES("HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 OK\r\n"), .status = 100, INTERIM, .next_bytes = 17},
    {"103 with fields is an interim head", STATUS(103, "Link: </a>; rel=preload\r\n"), INTERIM},
    {"an unknown 1xx is an interim head", STATUS(199, ""), INTERIM},
    {"an interim head may announce the connection's end", STATUS(100, "Connection: close\r\n"), INTERIM, .closes = true},
    {"a 1xx with Content-Length is refused", STATUS(100, "Content-Length: 0\r\n"), .refused = true},
    {"a 1xx with Transfer-Encoding is refused", STATUS(103, "Transfer-Encoding: chunked\r\n"), .refused = true},
    {"a 1xx of HTTP/1.0 is refused", BYTES("HTTP/1.0 100 Continue\r\n\r\n"), .refused = true},
    {"101 is refused, for nobody asked for it", STATUS(101, "Connection: upgrade\r\nUpgrade: websocket\r\n"), .refused = true},

    /* ---- Connection ---- */
    {"close closes", WITH("Connection: close\r\n"), .closes = true},
    {"close in capitals closes", WITH("CONNECTION: CLOSE\r\n"), .closes = true},
    {"keep-alive changes nothing in HTTP/1.1", WITH("Connection: keep-alive\r\n")},
    {"HTTP/1.0 closes", WITH10(""), .closes = true},
    {"keep-alive keeps an HTTP/1.0 connection", WITH10("Connection: Keep-Alive\r\n")},
    {"close wins over keep-alive", WITH("Connection: keep-alive, close\r\n"), .closes = true},
    {"close wins over keep-alive in HTTP/1.0", WITH10("Connection: close\r\nConnection: keep-alive\r\n"), .closes = true},
    {"close is found in a list", WITH("Connection: ,upgrade ,\tclose,\r\n"), .closes = true},
    {"close is found in a second field", WITH("Connection: upgrade\r\nConnection: close\r\n"), .closes = true},
    {"close ends a connection behind chunks", OK("Connection: close\r\nTransfer-Encoding: chunked\r\n"), IN_CHUNKS, .closes = true},
    {"an option that begins like close is another", WITH("Connection: closed, xclose, clos\r\n")},
    {"an empty Connection says nothing", WITH("Connection:\r\n")},
    {"an option that is no token is refused", WITH("Connection: cl@se\r\n"), .refused = true},
    {"options without a comma are refused", WITH("Connection: keep-alive close\r\n"), .refused = true},

    /* ---- Content-Type ---- */
    {"Content-Type is handed on without the blanks around it", WITH("Content-Type: \ttext/html; charset=\"utf-8\" \t\r\n"), .content_type = "text/html; charset=\"utf-8\""},
    {"Content-Type in capitals is Content-Type", WITH("CONTENT-TYPE:a/b\r\n"), .content_type = "a/b"},
    {"an empty Content-Type is not an absent one", WITH("Content-Type: \r\n"), .content_type = ""},
    {"a name as long as Content-Type is another", WITH("Content-Tape: a/b\r\n")},
    {"two Content-Types are refused", WITH("Content-Type: a/b\r\nContent-Type: c/d\r\n"), .refused = true},
    {"two equal Content-Types are refused", WITH("Content-Type: a/b\r\nContent-Type: a/b\r\n"), .refused = true},
};
/* clang-format on */

enum { REPLY_CASES = sizeof(reply_cases) / sizeof(reply_cases[0]) };

#endif
