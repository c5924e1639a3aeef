/* A check's findings once they are there. */
#include "check/check.h"

bool check_report_bars(const struct check_report *report, const struct workload *workload)
{
    return (workload->route && strings_contain(&report->broken_routes, workload->route)) ||
           strings_contain(&report->broken_routes, workload->name); /* "pipeline" */
}

void check_report_release(struct check_report *report)
{
    strings_release(&report->failures);
    strings_release(&report->differences);
    strings_release(&report->slow);
    strings_release(&report->broken_routes);
    strings_release(&report->divergences);
    strings_release(&report->recoveries);
    *report = (struct check_report){0};
}
