/* Who answers wrongly in the head, and did not in the base. */
#include "analyse/compare.h"

/* Why a workload that the other one has is not measured on it, as its route is answered wrongly;
 * NULL. */
static const char *wrong_workload(const struct arm *arm, const struct arm *other)
{
    for (size_t i = 0; arm->failed_workload && i < arm->skipped_workloads.count; i++)
        if (!strings_contain(&other->skipped_workloads, arm->skipped_workloads.items[i]))
            return arm->skipped_reasons.items[i];
    return NULL;
}

/* A check does not depend on noise: whoever failed it in the head alone is worse. */
void compare_checks(struct decision *decision, const struct result *base, const struct result *head)
{
    if (!compare_is_same_machine(base, head))
        return;
    for (size_t i = 0; i < head->arm_count && !decision->broken; i++) {
        const struct arm *arm = &head->arms[i];
        int was = result_find_arm(base, arm->id);
        if (was < 0 || arm->self_check || base->arms[was].excluded)
            continue;
        const char *how = arm->excluded && arm->excluded_is_failure
                              ? arm->excluded
                              : wrong_workload(arm, &base->arms[was]);
        if (how)
            decision->broken = text_format("%s fails its check in the head, and did not in the "
                                           "base: %s",
                                           arm->id, how);
    }
    decision->is_head_broken = decision->broken != NULL;
}
