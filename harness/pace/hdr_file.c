/* See hdr_file.h. */
#include "pace/hdr_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/hgrm.h"
#include "data/hlog.h"
#include "data/strings.h"
#include "pace/quantity.h"

int hdr_file_open(struct hdr_file *hdr, const char *path, enum hdr_form form, char **error)
{
    struct stat status;

    *hdr = (struct hdr_file){.path = path, .form = form};
    if (form == HDR_NONE)
        return 0;
    hdr->was_there = stat(path, &status) == 0;
    if (hdr->was_there && !S_ISREG(status.st_mode))
        return text_error(error, "--hdr %s is no file that could be written", path);
    hdr->file = fopen(path, "ae"); /* keeps what is there */
    if (!hdr->file)
        return text_error(error, "--hdr %s: %s; give a file in a folder that is there", path,
                          strerror(errno));
    return 0;
}

static int write_hgrm(FILE *out, const struct trial *trial)
{
    struct histogram histogram;

    tally_histogram(&trial->targets[0].record.response, &histogram);
    int status = hgrm_write_up_to(out, &histogram, HGRM_MS, trial->trusted_p);
    histogram_release(&histogram);
    return status;
}

static int write_part(FILE *out, const struct trial *trial, unsigned target, unsigned part)
{
    const struct record *record = &trial->targets[target].record;
    const char *tag = trial->target_count < TRIAL_TARGETS ? NULL : target ? "B" : "A";
    int64_t part_ns = record->window_ns / RECORD_PARTS;
    struct histogram histogram;

    tally_histogram(&record->parts[part], &histogram);
    int status = hlog_interval(out, tag, part * part_ns, part_ns, &histogram);
    histogram_release(&histogram);
    return status;
}

static int write_hlog(FILE *out, const struct trial *trial)
{
    char by[200] = "pace " BACKBENCH_VERSION, p[QUANTITY_SIZE];

    if (trial->trusted_p < 1)
        snprintf(by, sizeof by,
                 "pace " BACKBENCH_VERSION ", which was late: believe percentiles up to %s",
                 quantity_percentile(p, trial->trusted_p));
    int status = hlog_begin(out, trial->start_unix_ns, by);
    for (unsigned part = 0; part < RECORD_PARTS; part++)
        for (unsigned target = 0; status == 0 && target < trial->target_count; target++)
            status = write_part(out, trial, target, part);
    return status;
}

int hdr_file_write(struct hdr_file *hdr, const struct trial *trial, char **error)
{
    if (!hdr->file)
        return 0;
    int status = ftruncate(fileno(hdr->file), 0) < 0 ? -errno : 0;
    if (status == 0)
        status =
            hdr->form == HDR_HGRM ? write_hgrm(hdr->file, trial) : write_hlog(hdr->file, trial);
    if (fclose(hdr->file) != 0 && status == 0)
        status = -errno;
    hdr->file = NULL;
    return status < 0
               ? text_error(error, "%s could not be written: %s", hdr->path, strerror(-status))
               : 0;
}

void hdr_file_drop(struct hdr_file *hdr)
{
    if (!hdr->file)
        return;
    fclose(hdr->file);
    hdr->file = NULL;
    if (!hdr->was_there)
        unlink(hdr->path);
}
