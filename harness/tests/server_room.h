/* What the tests of server processes share: how one is started, and whether a process lives. */
#ifndef TESTS_SERVER_ROOM_H
#define TESTS_SERVER_ROOM_H

#include "process_room.h"

#include "measure/process_tree.h"

static inline struct server_options options_for(const char *way)
{
    return (struct server_options){
        .path = tools_link(&tools, "fake_server", way), .address = "127.0.0.1", .workers = 1};
}

static inline bool alive(pid_t pid)
{
    struct process_stat stat;
    return process_read_stat(pid, &stat) && stat.state != 'Z';
}

#endif
