/* When the requests of a schedule are due, by pace's own code: schedule_times SCHEDULE SEED prints
 * a line of nanoseconds from the schedule's beginning for each, ascending. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pace/schedule.h"

int main(int argc, char **argv)
{
    struct schedule schedule;
    struct arrivals arrivals;
    struct arrival arrival;
    char *error = NULL;
    if (argc != 3) {
        fputs("usage: schedule_times SCHEDULE SEED\n", stderr);
        return 2;
    }
    if (schedule_read(&schedule, argv[1], &error) != 0) {
        fprintf(stderr, "schedule_times: %s\n", error);
        free(error);
        schedule_clear(&schedule);
        return 2;
    }
    arrivals_init(&arrivals, &schedule, strtoull(argv[2], NULL, 10));
    while (arrivals_next(&arrivals, &arrival))
        printf("%" PRId64 "\n", arrival.due_ns);
    schedule_clear(&schedule);
    return 0;
}
