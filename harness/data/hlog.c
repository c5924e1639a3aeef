/* Lines of a .hlog. The date beside StartTime is for people: readers take the seconds. */
#include "data/hlog.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/histogram_v2.h"

#define NS_PER_S 1e9

static int flushed(FILE *out)
{
    if (fflush(out) == 0 && !ferror(out))
        return 0;
    return errno ? -errno : -EIO;
}

/* In the form of Java's Date.toString(), in UTC. */
static void put_start(FILE *out, int64_t start_unix_ns)
{
    time_t seconds = (time_t)(start_unix_ns / 1000000000);
    double exact = (double)(start_unix_ns / 1000000) / 1e3;
    struct tm utc;
    char date[64] = "";

    if (gmtime_r(&seconds, &utc))
        strftime(date, sizeof date, "%a %b %d %H:%M:%S UTC %Y", &utc);
    fprintf(out, "#[BaseTime: %.3f (seconds since epoch)]\n", exact);
    fprintf(out, "#[StartTime: %.3f (seconds since epoch), %s]\n", exact, date);
}

int hlog_begin(FILE *out, int64_t start_unix_ns, const char *by)
{
    errno = 0;
    if (by)
        fprintf(out, "#[Logged with %s]\n", by);
    fputs("#[Histogram log format version 1.3]\n", out);
    put_start(out, start_unix_ns);
    fputs("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
          "\"Interval_Compressed_Histogram\"\n",
          out);
    return flushed(out);
}

int hlog_interval(FILE *out, const char *tag, int64_t start_ns, int64_t length_ns,
                  const struct histogram *histogram)
{
    assert(!tag || (*tag && !strpbrk(tag, ", \t\r\n")));
    errno = 0;
    if (tag)
        fprintf(out, "Tag=%s,", tag);

    char *counts = histogram_v2_encode(histogram);
    fprintf(out, "%.3f,%.3f,%.3f,%s\n", (double)start_ns / NS_PER_S, (double)length_ns / NS_PER_S,
            (double)histogram_max_ns(histogram) / 1e6, counts);
    free(counts);
    return flushed(out);
}

int hlog_write(FILE *out, int64_t start_unix_ns, int64_t length_ns, const char *by,
               const struct hlog_item *items, size_t count)
{
    int status = hlog_begin(out, start_unix_ns, by);

    for (size_t i = 0; status == 0 && i < count; i++)
        status = hlog_interval(out, items[i].tag, 0, length_ns, items[i].histogram);
    return status;
}
