#include "mhd/diverges.h"

#include <stddef.h>

#define SEEN_ON "libmicrohttpd 0.9.75 "
#define PAGE                                                                                       \
    SEEN_ON "refuses this before it asks us, with the status that is due and a page of its own"
#define TWICE                                                                                      \
    SEEN_ON "refuses this Content-Length before it asks us, with the head of its page twice"
#define LENGTH_STATUS                                                                              \
    SEEN_ON "answers 413 before it asks us to a number that overflows, where 400 is due"
#define LENGTH_SPACE SEEN_ON "refuses a Content-Length with white space behind it, which is allowed"
#define SILENT       SEEN_ON "closes without an answer when a request line begins like this"
#define BLANK                                                                                      \
    SEEN_ON "skips any number of empty lines, of bare LF too, before a request and does not tell"
#define NO_LINE                                                                                    \
    SEEN_ON "shows nothing of a head before its request line has ended, and waits for that"
#define CONTINUE   SEEN_ON "sends 100 (Continue) although there is no body to come"
#define CHUNK      SEEN_ON "takes this framing of a chunked body, of which it shows the data only"
#define CHUNK_SIZE SEEN_ON "shows the data of a chunk when it comes, not the size that is announced"
#define EXTENSION  SEEN_ON "skips the extensions of chunks without a limit"
#define TRAILER    SEEN_ON "repairs the last trailer field and does not show where it ended"
#define NAMELESS                                                                                   \
    SEEN_ON "takes a trailer line without a name, if it comes in pieces, for the empty line"
#define FIELDS                                                                                     \
    SEEN_ON "needs 64 bytes more for each field, and refuses where a connection's 12 KiB end"
#define RESUME                                                                                     \
    SEEN_ON "closes on epoll when a suspended connection is resumed behind the client's FIN"

const struct server_divergence mhd_divergences[] = {
    /* server-mhd alone; mhd_thread_divergences begins behind them. */
    {"close-wait-between/split", RESUME},
    {"proxy-half-close", RESUME},
    {"wait-half-close", RESUME},

    {"chunked-data-no-end", PAGE},
    {"chunked-data-too-long", PAGE},
    {"chunked-extension-quoted-lf", PAGE},
    {"chunked-size-bare-cr", PAGE},
    {"chunked-size-comma", PAGE},
    {"chunked-size-empty", PAGE},
    {"chunked-size-leading-space", PAGE},
    {"chunked-size-letter", PAGE},
    {"chunked-size-negative", PAGE},
    {"chunked-size-nul", PAGE},
    {"chunked-size-plus", PAGE},
    {"chunked-size-prefix", PAGE},
    {"chunked-size-trailing-space", PAGE},
    {"chunked-trailer-no-colon", PAGE},
    {"framing-line-empty-target", PAGE},
    {"framing-line-short", PAGE},
    {"framing-line-tab", PAGE},
    {"framing-line-trailing-space", PAGE},
    {"framing-no-colon", PAGE},
    {"framing-nul-name", PAGE},
    {"limit-head-large", PAGE},
    {"limit-head-many-fields", PAGE},
    {"limit-trailer", PAGE},
    {"linger-head", PAGE},
    {"trailer-request", PAGE},
    {"version-0-9", PAGE},
    {"version-2-0", PAGE},
    {"version-3-0", PAGE},
    {"version-comma", PAGE},
    {"version-letters", PAGE},
    {"version-lower-case", PAGE},
    {"version-no-dot", PAGE},
    {"version-other-name", PAGE},
    {"version-short", PAGE},
    {"version-space", PAGE},
    {"version-two-digits", PAGE},
    {"smuggling-cl-empty", TWICE},
    {"smuggling-cl-exponent", TWICE},
    {"smuggling-cl-fraction", TWICE},
    {"smuggling-cl-hex", TWICE},
    {"smuggling-cl-letters", TWICE},
    {"smuggling-cl-list-differ", TWICE},
    {"smuggling-cl-list", TWICE},
    {"smuggling-cl-minus", TWICE},
    {"smuggling-cl-plus", TWICE},
    {"smuggling-cl-quoted", TWICE},
    {"smuggling-cl-space", TWICE},
    {"smuggling-cl-trailing", TWICE},
    {"smuggling-cl-underscore", TWICE},
    {"smuggling-cl-vertical-tab", TWICE},
    {"smuggling-cl-overflow", LENGTH_STATUS},
    {"chunked-size-overflow", LENGTH_STATUS},
    {"framing-value-spaces", LENGTH_SPACE},
    {"framing-leading-space", SILENT},
    {"framing-not-http", SILENT},
    {"framing-leading-lf", BLANK},
    {"framing-two-empty-lines", BLANK},
    {"limit-head-empty-line-more", BLANK},
    {"limit-head-no-line", NO_LINE},
    {"expect-body-empty", CONTINUE},
    {"expect-no-body", CONTINUE},
    {"chunked-data-bare-lf", CHUNK},
    {"chunked-data-too-short", CHUNK},
    {"chunked-end-bare-lf", CHUNK},
    {"chunked-extension-bare-lf", CHUNK},
    {"chunked-extension-control", CHUNK},
    {"chunked-extension-nameless", CHUNK},
    {"chunked-extension-unclosed", CHUNK},
    {"chunked-last-bare-lf", CHUNK},
    {"chunked-size-bare-lf", CHUNK},
    {"chunked-size-largest", CHUNK_SIZE},
    {"expect-chunk-too-large", CHUNK_SIZE},
    {"limit-body-one-chunk", CHUNK_SIZE},
    {"linger-chunked", CHUNK_SIZE},
    {"limit-extension", EXTENSION},
    {"limit-extensions", EXTENSION},
    {"limit-size-line-more", EXTENSION},
    {"limit-head-tiny-fields-fit", FIELDS},
    {"limit-head-tiny-fields-more", FIELDS},
    {"trailer-many", FIELDS},
    {"chunked-trailer-bare-lf", TRAILER},
    {"chunked-trailer-nul", TRAILER},
    {"trailer-name-empty/bytes", NAMELESS},
    {NULL, NULL},
};

const struct server_divergence *const mhd_thread_divergences = mhd_divergences + 2;
