/* The language of a summary: headline, findings, cautions. Internal to analyse; needs finished
 * tables. */
#ifndef ANALYSE_SENTENCES_H
#define ANALYSE_SENTENCES_H

#include "analyse/summary.h"

void sentences_headline(struct summary *summary, const struct result *result);
void sentences_findings(struct summary *summary, const struct result *result);
void sentences_cautions(struct summary *summary, const struct result *result);

#endif
