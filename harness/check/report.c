/* A check's findings once they are there. */
#include "check/check.h"

#include <stdlib.h>
#include <string.h>

const char *check_report_bars(const struct check_report *report, const struct workload *workload)
{
    for (size_t i = 0; i < report->broken_routes.count; i++) {
        const char *broken = report->broken_routes.items[i];
        if ((workload->route && strcmp(broken, workload->route) == 0) ||
            strcmp(broken, workload->name) == 0) /* "pipeline" */
            return report->broken_reasons.items[i];
    }
    return NULL;
}

void check_report_release(struct check_report *report)
{
    strings_release(&report->failures);
    strings_release(&report->differences);
    strings_release(&report->slow);
    strings_release(&report->broken_routes);
    strings_release(&report->broken_reasons);
    free(report->died);
    strings_release(&report->divergences);
    strings_release(&report->recoveries);
    *report = (struct check_report){0};
}
