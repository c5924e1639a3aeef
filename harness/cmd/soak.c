#include "cmd/soak.h"

#include <time.h>

#include "cmd/cmd.h"
#include "data/phases.h"

static int check(const struct experiment *experiment, const struct selection *selection)
{
    const char *option = selection->duration_s ? "--duration" : "--rate";
    if (!phases_are_asked(&experiment->phases))
        return fail(EXIT_USAGE, "%s: %s goes through no phases of load; soak and consistency do",
                    option, experiment->name);
    if (selection->duration_s && phases_load_seconds(&experiment->phases.phases) == 0)
        return fail(EXIT_USAGE, "--duration: %s has no load that could last longer",
                    experiment->name);
    if (selection->rate_rps && !phases_need_rate(&experiment->phases.phases))
        return fail(EXIT_USAGE, "--rate: every phase of %s names its rate in the file",
                    experiment->name);
    return 0;
}

int soak_choose(struct experiment *experiment, const struct selection *selection)
{
    struct phase_set *set = &experiment->phases;
    int code = selection->duration_s || selection->rate_rps ? check(experiment, selection) : 0;
    if (code)
        return code;
    if (selection->rate_rps)
        set->rate_rps = selection->rate_rps;
    if (!selection->duration_s)
        return 0;
    phases_set_load(&set->phases, selection->duration_s);
    set->set.window_s = phases_seconds(&set->phases);
    uint32_t load_s = phases_load_seconds(&set->phases);
    return load_s == selection->duration_s ? 0
                                           : fail(EXIT_USAGE,
                                                  "--duration: only the longest load of %s becomes "
                                                  "shorter: give at least %us",
                                                  experiment->name, load_s);
}

static size_t servers_of(const struct schedule *schedule)
{
    size_t count = 0;
    for (size_t i = 0; i < schedule->count; i++)
        count += schedule->plans[i].phased;
    return count;
}

void soak_announce(FILE *out, const struct experiment *experiment, const struct schedule *schedule)
{
    char end[32];
    time_t at = time(NULL) + (time_t)schedule_seconds(schedule);
    struct tm local;
    if (!experiment->phases.soak || servers_of(schedule) == 0)
        return;
    strftime(end, sizeof(end), "%a %H:%M", localtime_r(&at, &local));
    fprintf(
        out,
        "  ends about %s; takes at most %zu MiB of disk. Ctrl-C, or a kill, leaves the verdict "
        "on what was seen:\n"
        "  what is read is kept every minute, and --resume goes on with the load that is left\n",
        end, servers_of(schedule) * SOAK_SERVER_BYTES >> 20);
}
