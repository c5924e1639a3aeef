/*
 * The distribution of a trial's responses as a file that HdrHistogram's tools read: .hgrm,
 * percentiles as text, or .hlog, V2 histograms of the twelve parts of the window, tagged A and B in
 * a duet. Opened before the run, so that a folder which is not there is told before anything is
 * measured. Where pace was late beyond a percentile, a .hgrm ends there, and a .hlog, whose
 * histograms cannot be cut, says so in its head.
 */
#ifndef PACE_HDR_FILE_H
#define PACE_HDR_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "pace/options.h"
#include "pace/trial.h"

struct hdr_file {
    const char *path; /* borrowed */
    enum hdr_form form;
    FILE *file; /* NULL: none is wanted */
    bool was_there;
};

/* What is in a file already stays until it is written. 0, or -1 with one sentence in *error. */
int hdr_file_open(struct hdr_file *hdr, const char *path, enum hdr_form form, char **error);
/* Writes and closes. 0, or -1 with one sentence in *error. */
int hdr_file_write(struct hdr_file *hdr, const struct trial *trial, char **error);
/* Closes without writing; a file that was not there before is
 * taken away again. Nothing after hdr_file_write. */
void hdr_file_drop(struct hdr_file *hdr);

#endif
