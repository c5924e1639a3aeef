#include "analyse/self_check.h"

static bool differs(enum verdict verdict)
{
    return verdict == VERDICT_REGRESSED || verdict == VERDICT_IMPROVED;
}

/* The estimate after an alarm is that of the fresh blocks alone: blocks that were looked at because
 * they differ are a biased sample, and a pool would carry that bias on. */
struct self_check self_check_judge(const double *ln_ratios, size_t planned, size_t count,
                                   double margin)
{
    struct estimate first = stats_ratio(ln_ratios, planned);
    struct estimate second = stats_ratio(ln_ratios + planned, count - planned);
    struct self_check check = {.state = SELF_CHECK_AGREES, .ratio = first, .alarm = first};
    enum verdict verdict = stats_verdict(&first, margin);
    if (count == 0) {
        check.state = SELF_CHECK_ABSENT;
    } else if (!estimate_has_interval(&first)) {
        check.state = SELF_CHECK_TOO_SHORT;
    } else if (differs(verdict)) {
        bool is_fresh = estimate_has_interval(&second);
        check.ratio = is_fresh ? second : first;
        check.is_refuted = is_fresh && stats_verdict(&second, margin) != verdict;
        check.is_confirmed = is_fresh && !check.is_refuted;
        check.state = check.is_refuted ? SELF_CHECK_AGREES : SELF_CHECK_DIFFERS;
    }
    return check;
}

bool self_check_alarmed(const struct self_check *check)
{
    return check->state == SELF_CHECK_DIFFERS || check->is_refuted;
}
