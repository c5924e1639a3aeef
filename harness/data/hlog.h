/*
 * Histograms over time, HdrHistogram's .hlog, format version 1.3: comments, then
 * one line an interval with an optional tag, its start and length in seconds, its
 * highest value in milliseconds and its counts in V2 (data/histogram_v2.h). Lines
 * of one tag can be added to a whole; readers choose by tag. Intervals' starts are
 * counted from the log's, which stands in it as StartTime and BaseTime. Source of
 * the form: HdrHistogram's Java library (HistogramLogWriter, HistogramLogReader).
 */
#ifndef DATA_HLOG_H
#define DATA_HLOG_H

#include <stdint.h>
#include <stdio.h>

#include "data/histogram.h"

/* All of these write and flush. 0, or -errno of a write that failed; out stays open. */

/* The head. start_unix_ns: when the first interval starts. by:
 * who wrote it, one line: "pace 0.1.0"; NULL: nobody says. */
int hlog_begin(FILE *out, int64_t start_unix_ns, const char *by);

/* tag tells apart what is measured side by side: "A", "B"; it has no comma, blank or line break (an
 * assert). NULL: none. Lines are to be written in the order of their starts. */
int hlog_interval(FILE *out, const char *tag, int64_t start_ns, int64_t length_ns,
                  const struct histogram *histogram);

/* A log of one interval a tag, the whole: head and lines. An item without a tag may stand alone. */
struct hlog_item {
    const char *tag;
    const struct histogram *histogram;
};
int hlog_write(FILE *out, int64_t start_unix_ns, int64_t length_ns, const char *by,
               const struct hlog_item *items, size_t count);

#endif
