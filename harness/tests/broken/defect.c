#include "tests/broken/defect.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
static const char *const defects[] = {
    "none", "wrong-order", "stale-date", "bad-date", "no-date", "accepts-lf", "accepts-cl-te", "no-linger",
    "mixed-clients", "wrong-body", "wrong-octet", "wrong-length", "extra-field", "head-with-body", "keeps-open",
    "early-wait", "silent-expect", "loses-pipelined", "drops-half-closed", "answers-cut", "surplus", "dies",
    "no-drain", "late-exit", "exit-code", "drops-busy", "keeps-listening", "no-limit", "mute", "hangs-up", "hushed",
    "slow-at-first", "leaves-child", "resets-beyond-limit", "spins-at-limit", "forgets-waiting", "stalls-at-limit",
    "spins-without-files", "refuses-without-files", "deaf-without-files", "waits-for-a-leaver", "stalls-without-files",
    "dies-without-files", "proxy-trusts-pool", "proxy-keeps-surplus", "proxy-keeps-all", "proxy-gives-up",
    "proxy-unescapes", "proxy-drops-query", "proxy-asks-head", "proxy-forgets-via", "proxy-tells-cookies",
    "proxy-blocks", "proxy-closes-after-fault", "proxy-loses-type", "proxy-retries-twice", "proxy-never-retries",
    "proxy-retries-begun", "proxy-hangs-at-close", "proxy-drops-at-term", "proxy-waits-at-term",
    "proxy-pools-abandoned", "proxy-leaks-abandoned", "proxy-passes-short", "proxy-relays-garbage",
    "proxy-first-length", "proxy-takes-interim", "proxy-without-upstream",
};
/* clang-format on */

const char *defect;

bool is(const char *name)
{
    return strcmp(defect, name) == 0;
}

bool defect_choose(const char *program)
{
    const char *name = strrchr(program, '/') ? strrchr(program, '/') + 1 : program;
    name = strncmp(name, "server-", 7) == 0 ? name + 7 : name;
    for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
        if (strcmp(name, defects[i]) == 0)
            defect = defects[i];
    return defect != NULL;
}
