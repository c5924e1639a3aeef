/* All that an experiment's ini can say, and where in a struct
 * experiment it goes. Private to experiment.c. */
#ifndef DATA_EXPERIMENT_KEYS_H
#define DATA_EXPERIMENT_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "data/catalog.h"

enum experiment_key_kind {
    KIND_TEXT,
    KIND_WORD,
    KIND_LIST,
    KIND_NUMBER,
    KIND_NUMBER_OR_AUTO,
    KIND_LEVELS,
    KIND_LEVELS_OR_AUTO,
    KIND_RATES_OR_AUTO,
    KIND_SLOS,
    KIND_PHASES,
    KIND_YES_OR_NO,
};

struct experiment_key {
    const char *section, *name;
    enum experiment_key_kind kind;
    size_t offset;        /* in struct experiment */
    unsigned least, most; /* of a number, or of each in a list of them */
};

enum { EXPERIMENT_SECTIONS = 10 };
extern const struct experiment_key experiment_keys[]; /* EXPERIMENT_KEYS */
extern const char *const experiment_sections[EXPERIMENT_SECTIONS];

bool experiment_is_section(const char *name);
/* NULL: there is none. */
const struct experiment_key *experiment_key_find(const char *section, const char *name);

#endif
