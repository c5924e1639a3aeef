/*
 * Answers and what pace's parser makes of them: the table of test_pace_answer.c. A row says only
 * what differs from a whole 200 without a type whose body is empty and leaves the connection open.
 */
#ifndef TESTS_PACE_ANSWER_CASES_H
#define TESTS_PACE_ANSWER_CASES_H

#include "pace/answer.h"

/* What has come of bytes that were all given, and then closed where that is asked for. */
enum came { WHOLE, UNFINISHED, REFUSED, WHOLE_AT_CLOSE };

struct answer_case {
    const char *name, *bytes;
    size_t len;
    enum came came;
    const char *why;  /* REFUSED: a part of the clause */
    unsigned status;  /* 0: 200 */
    const char *body; /* what was taken of it; NULL: none */
    const char *type; /* what was shown of it; NULL: none */
    const char
        *rest; /* behind it, or from the byte on that is refused; NULL: nothing, or not looked at */
    bool to_head, closes, no_status;
};

#define BYTES(text)    .bytes = text, .len = sizeof(text) - 1
#define LINE(line)     BYTES(line "\r\nContent-Length: 0\r\n\r\n")
#define OK(fields)     BYTES("HTTP/1.1 200 OK\r\n" fields "\r\n")
#define OK10(fields)   BYTES("HTTP/1.0 200 OK\r\n" fields "\r\n")
#define WITH(fields)   OK("Content-Length: 0\r\n" fields)
#define CHUNKS(chunks) BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" chunks)
#define OF(code)       .status = code
#define BAD(reason)    .came = REFUSED, .no_status = true, .why = reason
#define BROKEN(reason) .came = REFUSED, .why = reason
#define TO_CLOSE       .came = WHOLE_AT_CLOSE, .closes = true
#define NO_HEAD_YET    .came = UNFINISHED, .no_status = true

/* clang-format off */
static const struct answer_case answer_cases[] = {
    /* ---- status line */
    {"a plain answer is taken", BYTES("HTTP/1.1 200 OK\r\nServer: backbench-epoll\r\n"
        "Date: Sat, 21 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!"),
        .type = "text/plain", .body = "Hello, World!"},
    {"what follows an answer is left alone", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 5"),
        .body = "hi", .rest = "HTTP/1.1 5"},
    {"an empty reason is taken", LINE("HTTP/1.1 200 ")},
    {"a reason may hold blanks and bytes above ASCII", LINE("HTTP/1.1 200 Tr\xc3\xa8s\tbien fait")},
    {"the greatest status is taken", LINE("HTTP/1.1 599 ?"), OF(599)},
    {"HTTP/1.0 is taken", OK10("Content-Length: 0\r\n"), .closes = true},
    {"HTTP/1.0 keeps alive if it says so", OK10("Content-Length: 0\r\nConnection: Keep-Alive\r\n")},
    {"HTTP/1.2 is refused", LINE("HTTP/1.2 200 OK"), BAD("neither of HTTP/1.0 nor of HTTP/1.1")},
    {"HTTP/2 is refused", LINE("HTTP/2 200 OK"), BAD("does not begin with HTTP/1.")},
    {"HTTP/2.0 is refused", LINE("HTTP/2.0 200 OK"), BAD("does not begin with HTTP/1.")},
    {"HTTP/1.10 is refused", LINE("HTTP/1.10 200 OK"), BAD("no space")},
    {"lower case is refused", LINE("http/1.1 200 OK"), BAD("does not begin with HTTP/1."), .rest = "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"another protocol is refused", BYTES("SSH-2.0-OpenSSH_9.2\r\n"), BAD("does not begin with HTTP/1.")},
    {"an alert of TLS is refused", BYTES("\x15\x03\x01\x00\x02\x02\x46"), BAD("does not begin with HTTP/1.")},
    {"an empty line before an answer is refused", BYTES("\r\nHTTP/1.1 200 OK\r\n\r\n"), BAD("does not begin")},
    {"two spaces before the status are refused", LINE("HTTP/1.1  200 OK"), BAD("no number from 100 to 599")},
    {"a tab before the status is refused", LINE("HTTP/1.1\t200 OK"), BAD("no space")},
    {"no space behind the status is refused", LINE("HTTP/1.1 200"), BAD("no space")},
    {"a status of two digits is refused", LINE("HTTP/1.1 20 OK"), BAD("no number from 100 to 599")},
    {"a status of four digits is refused", LINE("HTTP/1.1 2000 OK"), BAD("no space")},
    {"a status of letters is refused", LINE("HTTP/1.1 2x0 OK"), BAD("no number from 100 to 599")},
    {"a status with a letter at its end is refused", LINE("HTTP/1.1 20x OK"), BAD("no number from 100 to 599")},
    {"a signed status is refused", LINE("HTTP/1.1 +20 OK"), BAD("no number from 100 to 599")},
    {"a status below 100 is refused", LINE("HTTP/1.1 099 OK"), BAD("no number from 100 to 599")},
    {"a status from 600 on is refused", LINE("HTTP/1.1 600 OK"), BAD("no number from 100 to 599")},
    {"NUL in a reason is refused", LINE("HTTP/1.1 200 O\0K"), BAD("control byte")},
    {"a bare CR in a reason is refused", LINE("HTTP/1.1 200 O\rK"), BAD("CR without LF")},
    {"a bare LF behind a reason is refused", BYTES("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), BAD("LF without CR")},

    /* ---- fields */
    {"a field without a value is taken", WITH("X:\r\n")},
    {"blanks around a value are no part of it", BYTES("HTTP/1.1 200 OK\r\nContent-Length: \t 2 \t\r\n\r\nhi"), .body = "hi"},
    {"a name may be any token", WITH("!#$%&'*+-.^_`|~019azAZ: x\r\n")},
    {"a name may be long", WITH("X-This-Is-A-Name-Of-A-Field-That-Is-Longer-Than-Any-Known: x\r\n")},
    {"a name that begins like a known one is another one", WITH("Content-Length-Of-Another: 5\r\n")},
    {"a name that ends like a known one is another one", WITH("X-Transfer-Encoding: x\r\n")},
    {"a value may hold tabs and bytes above ASCII", WITH("X: a\tb \xff\x80 c, \"d\"; (e) \x7e\r\n")},
    {"a space before a colon is refused", WITH("X : x\r\n"), BAD("colon at once")},
    {"a space in a name is refused", WITH("X Y: x\r\n"), BAD("colon at once")},
    {"a line without a colon is refused", WITH("X\r\n"), BAD("colon at once")},
    {"an empty name is refused", WITH(": x\r\n"), BAD("no name")},
    {"a name with brackets is refused", WITH("X(Y): x\r\n"), BAD("colon at once")},
    {"a name above ASCII is refused", WITH("X\xc3\xa8: x\r\n"), BAD("colon at once")},
    {"a folded line is refused", WITH("X: x\r\n y\r\n"), BAD("folded")},
    {"a line folded with a tab is refused", WITH("X: x\r\n\ty\r\n"), BAD("folded")},
    {"a space before the first field is refused", BYTES("HTTP/1.1 200 OK\r\n X: x\r\n\r\n"), BAD("folded")},
    {"NUL in a value is refused", WITH("X: a\0b\r\n"), BAD("control byte")},
    {"DEL in a value is refused", WITH("X: a\x7f" "b\r\n"), BAD("control byte")},
    {"a control byte in a value is refused", WITH("X: some text before it \x01\r\n"), BAD("control byte")},
    {"a bare CR in a value is refused", WITH("X: a\rb\r\n"), BAD("CR without LF")},
    {"two CR before an LF are refused", WITH("X: a\r\r\n"), BAD("CR without LF")},
    {"a bare LF in a value is refused", WITH("X: a\nY: b\r\n"), BAD("LF without CR")},
    {"NUL in a name is refused", WITH("X\0: a\r\n"), BAD("colon at once")},
    {"a bare LF as the empty line is refused", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n"), BAD("no name")},
    {"a bare CR as the empty line is refused", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\rX"), BAD("CR without LF")},

    /* ---- Content-Type */
    {"a type is shown with its parameters", WITH("content-TYPE:text/html; charset=utf-8\r\n"),
        .type = "text/html; charset=utf-8"},
    {"a type may be empty", WITH("Content-Type: \r\n")},
    {"two types are refused", WITH("Content-Type: a/b\r\nContent-Type: a/b\r\n"), BAD("Content-Type comes twice"), .type = "a/b"},
    {"the type of a 1xx is not shown", BYTES("HTTP/1.1 103 Early Hints\r\nContent-Type: a/b\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Type: c/d\r\n\r\n"), .type = "c/d"},

    /* ---- Content-Length */
    {"a length in capitals is one", OK("CONTENT-LENGTH: 0\r\n")},
    {"a length may have leading zeros", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0002\r\n\r\nhi"), .body = "hi"},
    {"the greatest length is taken", OK("Content-Length: 9223372036854775807\r\n"), .came = UNFINISHED},
    {"a length of more than 63 bits is refused", OK("Content-Length: 9223372036854775808\r\n"), BAD("too large")},
    {"a length of more than 64 bits is refused", OK("Content-Length: 18446744073709551617\r\n"), BAD("too large")},
    {"an empty length is refused", OK("Content-Length:\r\n"), BAD("Content-Length is no number")},
    {"a negative length is refused", OK("Content-Length: -1\r\n"), BAD("Content-Length is no number")},
    {"a length with a sign is refused", OK("Content-Length: +1\r\n"), BAD("Content-Length is no number")},
    {"a hexadecimal length is refused", OK("Content-Length: 0x1\r\n"), BAD("Content-Length is no number")},
    {"a fraction as length is refused", OK("Content-Length: 1.0\r\n"), BAD("Content-Length is no number")},
    {"a length of two words is refused", OK("Content-Length: 1 1\r\n"), BAD("Content-Length is no number")},
    {"a list of equal lengths is refused", OK("Content-Length: 0, 0\r\n"), BAD("Content-Length is no number")},
    {"equal lengths are refused", OK("Content-Length: 0\r\nContent-Length: 0\r\n"), BAD("Content-Length comes twice")},
    {"unequal lengths are refused", OK("Content-Length: 0\r\ncontent-length: 1\r\n"), BAD("Content-Length comes twice")},
    {"a body without its end is unfinished", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi"),
        .came = UNFINISHED, .body = "hi"},

    /* ---- Transfer-Encoding */
    {"chunks are joined", CHUNKS("2\r\nhi\r\nA\r\n0123456789\r\n0\r\n\r\n!"), .body = "hi0123456789", .rest = "!"},
    {"a coding in capitals is one", BYTES("HTTP/1.1 200 OK\r\nTRANSFER-ENCODING:\tChunKED \t\r\n\r\n0\r\n\r\n")},
    {"another coding is refused", OK("Transfer-Encoding: gzip\r\n"), BAD("not chunked, once and alone")},
    {"another coding before chunked is refused", OK("Transfer-Encoding: gzip, chunked\r\n"), BAD("not chunked, once and alone")},
    {"chunked twice is refused", OK("Transfer-Encoding: chunked, chunked\r\n"), BAD("not chunked, once and alone")},
    {"chunked in two fields is refused", OK("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), BAD("Transfer-Encoding comes twice")},
    {"a coding with a parameter is refused", OK("Transfer-Encoding: chunked;a=b\r\n"), BAD("not chunked, once and alone")},
    {"an empty coding is refused", OK("Transfer-Encoding:\r\n"), BAD("not chunked, once and alone")},
    {"a coding that begins like chunked is refused", OK("Transfer-Encoding: chunkedy\r\n"), BAD("not chunked, once and alone")},
    {"a length before a coding is refused", OK("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), BAD("beside Transfer-Encoding")},
    {"a length behind a coding is refused", OK("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"), BAD("beside Transfer-Encoding")},
    {"a coding in HTTP/1.0 is refused", OK10("Transfer-Encoding: chunked\r\n"), BAD("in HTTP/1.0")},

    /* ---- Connection */
    {"close ends the connection", WITH("Connection: close\r\n"), .closes = true},
    {"close in capitals does", WITH("CONNECTION: CLOSE\r\n"), .closes = true},
    {"close in a list does", WITH("Connection: upgrade ,\tclose, x\r\n"), .closes = true},
    {"close in a second field does", WITH("Connection: keep-alive\r\nConnection: close\r\n"), .closes = true},
    {"close beside keep-alive does in HTTP/1.0, too", OK10("Content-Length: 0\r\nConnection: close, keep-alive\r\n"), .closes = true},
    {"empty elements of the list are ignored", WITH("Connection: , ,keep-alive,,\r\n")},
    {"an empty list is taken", WITH("Connection:\r\n")},
    {"an option that begins like close is another", WITH("Connection: closed, enclose\r\n")},
    {"close as a value of another field is none", WITH("X-Connection: close\r\n")},
    {"options without a comma are refused", WITH("Connection: close keep-alive\r\n"), BAD("no list of tokens")},
    {"an option that is no token is refused", WITH("Connection: (close)\r\n"), BAD("no list of tokens")},
    {"an option with a value is refused", WITH("Connection: close=1\r\n"), BAD("no list of tokens")},
    {"a bare LF behind an option is refused", WITH("Connection: close\n\r\n"), BAD("no list of tokens")},

    /* ---- bodies */
    {"without framing a body ends with the connection", BYTES("HTTP/1.1 200 OK\r\n\r\nhi"), TO_CLOSE, .body = "hi"},
    {"so does one of HTTP/1.0 that says keep-alive", BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhi"), TO_CLOSE, .body = "hi"},
    {"so does an empty one", OK(""), TO_CLOSE},
    {"204 has no body", BYTES("HTTP/1.1 204 No Content\r\n\r\nHTTP"), OF(204), .rest = "HTTP"},
    {"204 has none whatever its length says", BYTES("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP"), OF(204), .rest = "HTTP"},
    {"304 has none whatever its length says", BYTES("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), OF(304)},
    {"304 has none whatever its coding says", BYTES("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"), OF(304)},
    {"204 may not be framed twice either", BYTES("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD("beside Transfer-Encoding")},
    {"205 has a body if it says so", BYTES("HTTP/1.1 205 Reset Content\r\nContent-Length: 1\r\n\r\nx"), OF(205), .body = "x"},
    {"an answer to HEAD has no body", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP"), .to_head = true, .rest = "HTTP"},
    {"one in chunks to HEAD has none", BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), .to_head = true},
    {"one without framing to HEAD has none", OK(""), .to_head = true},
    {"an error has a body as any other", BYTES("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\noh!\n"), OF(404), .body = "oh!\n"},

    /* ---- 1xx */
    {"100 is skipped", BYTES("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), .body = "hi"},
    {"several 1xx are skipped", BYTES("HTTP/1.1 102 \r\nX: y\r\n\r\nHTTP/1.1 103 \r\nLink: x\r\n\r\nHTTP/1.1 204 \r\n\r\n"), OF(204)},
    {"the length of a 1xx is not that of the answer", BYTES("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), .body = "hi"},
    {"what the connection of a 1xx is said to do, it need not", BYTES("HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\nHTTP/1.1 204 \r\n\r\n"), OF(204)},
    {"1xx alone is unfinished", BYTES("HTTP/1.1 100 Continue\r\n\r\n"), NO_HEAD_YET},
    {"1xx alone to HEAD is unfinished", BYTES("HTTP/1.1 100 Continue\r\n\r\n"), NO_HEAD_YET, .to_head = true},
    {"101 is refused", BYTES("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), BAD("changes the protocol")},
    {"1xx of HTTP/1.0 is refused", BYTES("HTTP/1.0 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n"), BAD("1xx of HTTP/1.0")},
    {"1xx may not be framed twice either", BYTES("HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"), BAD("beside Transfer-Encoding")},

    /* ---- chunks */
    {"an empty body in chunks is taken", CHUNKS("0\r\n\r\n")},
    {"hex digits may be of either case", CHUNKS("a\r\n0123456789\r\nB\r\nabcdefghijk\r\n0\r\n\r\n"), .body = "0123456789abcdefghijk"},
    {"a size may have leading zeros", CHUNKS("0000000000000000000002\r\nhi\r\n000\r\n\r\n"), .body = "hi"},
    {"data may look like framing", CHUNKS("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), .body = "\r\n0\r\n\r\n"},
    {"extensions are read over", CHUNKS("2;a\r\nhi\r\n0 \t;b=\"c;\\\"d\" ; e = f\r\n\r\n"), .body = "hi"},
    {"trailers are read over", CHUNKS("0\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\nConnection: close\r\nContent-Type: a/b\r\nContent-Length: x\r\n\r\n!"), .rest = "!"},
    {"half a size is unfinished", CHUNKS("1"), .came = UNFINISHED},
    {"half a chunk is unfinished", CHUNKS("5\r\nhi"), .came = UNFINISHED, .body = "hi"},
    {"a chunk without its line end is unfinished", CHUNKS("2\r\nhi"), .came = UNFINISHED, .body = "hi"},
    {"no last chunk is unfinished", CHUNKS("2\r\nhi\r\n"), .came = UNFINISHED, .body = "hi"},
    {"no empty line behind the last chunk is unfinished", CHUNKS("0\r\n"), .came = UNFINISHED},
    {"half an empty line is unfinished", CHUNKS("0\r\n\r"), .came = UNFINISHED},
    {"the greatest size is taken", CHUNKS("7fffffffffffffff\r\n"), .came = UNFINISHED},
    {"a size of more than 63 bits is refused", CHUNKS("8000000000000000\r\n"), BROKEN("too large")},
    {"a size of more than 64 bits is refused", CHUNKS("10000000000000002\r\nhi\r\n"), BROKEN("too large")},
    {"an empty size is refused", CHUNKS("\r\nhi\r\n0\r\n\r\n"), BROKEN("chunk's size is no number")},
    {"an empty size behind a chunk is refused", CHUNKS("2\r\nhi\r\n\r\n"), BROKEN("chunk's size is no number"), .body = "hi"},
    {"a size with a letter behind f is refused", CHUNKS("2g\r\nhi\r\n"), BROKEN("no extension")},
    {"a size with a sign is refused", CHUNKS("-2\r\nhi\r\n"), BROKEN("chunk's size is no number")},
    {"a size with 0x is refused", CHUNKS("0x2\r\nhi\r\n"), BROKEN("no extension")},
    {"a size behind a space is refused", CHUNKS(" 2\r\nhi\r\n"), BROKEN("chunk's size is no number")},
    {"a space behind a size is refused", CHUNKS("2 \r\nhi\r\n"), BROKEN("no extension")},
    {"an extension without a size is refused", CHUNKS(";a\r\n"), BROKEN("chunk's size is no number")},
    {"a comma behind a size is refused", CHUNKS("2,\r\nhi\r\n"), BROKEN("no extension")},
    {"a bare LF behind a size is refused", CHUNKS("2\nhi\r\n"), BROKEN("no extension")},
    {"a bare CR behind a size is refused", CHUNKS("2\rhi\r\n"), BROKEN("CR without LF")},
    {"a bare LF in an extension is refused", CHUNKS("2;a\nhi\r\n"), BROKEN("chunk's extension")},
    {"a bare CR in an extension is refused", CHUNKS("2;\"\ra\"\r\nhi\r\n"), BROKEN("CR without LF")},
    {"NUL in an extension is refused", CHUNKS("2;\"\0\"\r\nhi\r\n"), BROKEN("chunk's extension")},
    {"a chunk longer than its size is refused", CHUNKS("2\r\nhi!\r\n0\r\n\r\n"), BROKEN("where a chunk ends"), .body = "hi", .rest = "!\r\n0\r\n\r\n"},
    {"a chunk shorter than its size is refused", CHUNKS("4\r\nhi\r\n0\r\n\r\n"), BROKEN("where a chunk ends"), .body = "hi\r\n"},
    {"a bare LF behind a chunk is refused", CHUNKS("2\r\nhi\n0\r\n\r\n"), BROKEN("where a chunk ends"), .body = "hi"},
    {"a bare CR behind a chunk is refused", CHUNKS("2\r\nhi\r0\r\n\r\n"), BROKEN("where a chunk ends"), .body = "hi"},
    {"a malformed trailer is refused", CHUNKS("0\r\nX : y\r\n\r\n"), BROKEN("colon at once")},
    {"a folded trailer is refused", CHUNKS("0\r\nX: y\r\n z\r\n\r\n"), BROKEN("folded")},
    {"a bare LF behind the last chunk is refused", CHUNKS("0\r\n\n"), BROKEN("no name")},
    {"a wrong status with a broken body is still known", BYTES("HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\nx"), OF(500), BROKEN("chunk's size is no number")},

    /* ---- beginnings */
    {"nothing is unfinished", BYTES(""), NO_HEAD_YET},
    {"a beginning is unfinished", BYTES("HTTP/1."), NO_HEAD_YET},
    {"a head without its end is unfinished", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), NO_HEAD_YET},
    {"a head without its last LF is unfinished", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r"), NO_HEAD_YET},
};
/* clang-format on */

enum { ANSWER_CASES = sizeof(answer_cases) / sizeof(answer_cases[0]) };

#endif
