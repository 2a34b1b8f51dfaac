/* without_invariants.c - INVARIANT as a release build has it; see test_check.c. */
#undef BERTH_INVARIANTS
#include "tests/engine/without_invariants.h"
#include "sim/engine/check.h"

int invariant_evaluations_without(void)
{
    int evaluations = 0;
    INVARIANT(++evaluations == 100);
    return evaluations;
}
