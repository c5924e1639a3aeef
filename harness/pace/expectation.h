/*
 * What a workload says its answers are (its `--| expect-...` lines), and the look
 * at one answer: status, Content-Type and body, the latter as it streams by.
 * Status and length are looked at in every answer, the rest on a sample, because a
 * digest of every body would cost the generator what it has to give to its clock.
 */
#ifndef PACE_EXPECTATION_H
#define PACE_EXPECTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/catalog.h"

/* Owned copies. */
struct expectation {
    unsigned status; /* 0: any 2xx */
    char *type;      /* NULL: not looked at */
    char *body;      /* NULL: not looked at */
    size_t body_len;
    unsigned char sha256[32];
    bool has_sha256;
};
void expectation_init(struct expectation *expectation); /* any 2xx */
void expectation_of(struct expectation *expectation, const struct workload *workload);
void expectation_release(struct expectation *expectation);

/* Is the answer's status and length one that it may have? to_head: no body is due. */
bool expectation_suits(const struct expectation *expectation, unsigned status, uint64_t body_len,
                       bool to_head);

/* One answer under the lens. All memory is had by lens_new, which
 * borrows the expectation; then it is used again and again. */
struct lens;
struct lens *lens_new(const struct expectation *expectation);
void lens_free(struct lens *lens);
void lens_begin(struct lens *lens);
/* For struct answer_sink: the next bytes of either. */
void lens_type(void *lens, const char *value, size_t len);
void lens_body(void *lens, const char *bytes, size_t len);
/* NULL: as expected; else a clause about "it", the answer, printable and borrowed until lens_begin:
 * `from byte 3 on its body is "p me!" instead of "lo"`. The media type is compared without its
 * parameters and without regard to case. */
const char *lens_end(struct lens *lens, bool to_head);

#endif
