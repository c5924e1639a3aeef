/* The file `running` of a run's folder: one line "PID START COMMAND" for each process that is
 * alive, START being its start time in clock ticks since boot (proc(5), /proc/PID/stat field 22),
 * which tells it from a later process with the same number. Internal to data; journal.h is the
 * interface. */
#ifndef DATA_RUNNING_H
#define DATA_RUNNING_H

#include <stdbool.h>
#include <stddef.h>

/* Replaces the file; without pids removes it. 0 or errno. A pid that is gone by now is left out. */
int running_write(const char *directory, const int *pids, size_t count);
/* Is the run's harness still there? It holds the record's lock as long as it lives; who opened the
 * record itself and asks finds itself. */
bool running_is_locked(const char *directory);

#endif
