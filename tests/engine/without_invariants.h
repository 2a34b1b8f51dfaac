/* without_invariants.h - a part of test_check.c that is compiled as a release build is. */
#ifndef BERTH_TESTS_ENGINE_WITHOUT_INVARIANTS_H
#define BERTH_TESTS_ENGINE_WITHOUT_INVARIANTS_H

/* How often a broken INVARIANT evaluated its condition, if it returned at all. */
int invariant_evaluations_without(void);

#endif
