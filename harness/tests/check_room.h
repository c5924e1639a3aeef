/*
 * What the tests of the conformance driver share: broken_server.c asked the cases of a folder, and
 * what is to be found. Needs cmocka.h before it.
 */
#ifndef TESTS_CHECK_ROOM_H
#define TESTS_CHECK_ROOM_H

#include <string.h>

#include "check/check.h"
#include "measure/describe.h"
#include "tests/room.h"

enum { AGAIN_SHORT_MS = 250 }; /* what hangs is to be asked again, and not waited for */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char *case_path(const char *name)
{
    char folder[PATH_MAX];
    const char *source = getenv("BACKBENCH_SOURCE");
    assert_non_null(realpath(source ? source : ".", folder));
    return text_format("%s/servers/tests/conformance/%s.case", folder, name);
}

static void case_link(const char *folder, const char *name)
{
    char *path = in_room(folder, "", name, ".case"), *target = case_path(name);
    link_once(target, path);
    free(path);
    free(target);
}

static char *make_folder(const char *name)
{
    char *command = text_format("mkdir -p '%s/%s'", room, name);
    assert_int_equal(system(command), 0);
    free(command);
    return text_format("%s/%s", room, name);
}

/* The short check of server-DEFECT with the cases of a folder, as described or as somebody else's
 * server. again_ms: how long what is asked again may take; 0: as long as a user's. */
static void check_within(const char *defect, const char *folder, bool own, unsigned again_ms,
                         struct check_report *report)
{
    char error[512], *path = server_link(defect);
    struct server_info info;
    assert_int_equal(server_describe(&info, defect, path, error, sizeof(error)), 0);
    assert_true(info.own_core);
    info.own_core = info.own_app = own;
    struct check_options options = {
        .cases = folder, .short_form = true, .address = "127.0.0.1", .again_ms = again_ms};
    char *unreadable = NULL;
    assert_int_equal(check_servers(&info, 1, &options, report, &unreadable), 0);
    server_info_release(&info);
    free(path);
}

static void check_defect(const char *defect, const char *folder, bool own,
                         struct check_report *report)
{
    check_within(defect, folder, own, AGAIN_SHORT_MS, report);
}

/* Is there a finding that begins with the name and says the words? */
static bool is_found(const struct strings *findings, const char *name, const char *says)
{
    for (size_t i = 0; i < findings->count; i++) {
        const char *finding = findings->items[i];
        size_t len = strlen(name);
        if (strncmp(finding, name, len) == 0 && strchr(",:", finding[len]) != NULL &&
            strstr(finding, says) != NULL)
            return true;
    }
    return false;
}

#endif
