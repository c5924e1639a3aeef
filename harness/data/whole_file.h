/*
 * A file that is there as a whole, or as it was before, whenever its writer ends: what is written
 * goes beside it, into PATH.new, and is renamed to it (rename(2)). What a killed writer left there
 * the next one replaces. One process at a time may write a path.
 */
#ifndef DATA_WHOLE_FILE_H
#define DATA_WHOLE_FILE_H

#include <stdbool.h>

/* is_synced: its bytes are on the disk when this returns (fsync(2)), else they may be lost with the
 * machine. 0 or errno; the file is then as it was, and nothing lies beside it. */
int whole_file_write(const char *path, const char *text, bool is_synced);

#endif
