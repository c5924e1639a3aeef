/* The language of a summary: headline, findings, cautions. Internal to analyse; needs finished
 * tables. */
#ifndef ANALYSE_SENTENCES_H
#define ANALYSE_SENTENCES_H

#include "analyse/summary.h"

void sentences_headline(struct summary *summary, const struct result *result);
/* After the headline: what that says is no finding. */
void sentences_findings(struct summary *summary, const struct result *result);
/* The planned blocks of a self-check alarmed and the fresh ones did not confirm it. */
void sentences_refuted_alarm(struct summary *summary, const char *workload,
                             const struct estimate *alarm, const struct estimate *fresh);
void sentences_cautions(struct summary *summary, const struct result *result);

#endif
