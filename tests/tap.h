/* tap.h - the tests' whole framework: TAP on standard output, one program a module.
 *
 *     int main(void)
 *     {
 *         tap_begin();
 *         TEST("cancelled event never fires") { ... IS_INT(count, 0); }
 *         return tap_end();
 *     }
 *
 * Checks print both values when they differ. Doubles compare bit for bit unless IS_NEAR. tap_end
 * prints the plan; a program that leaves before it prints a failing line and exits 1, so that a
 * test that dies half-way is never counted as passed (meson takes output without a plan for
 * success).
 */
#ifndef BERTH_TESTS_TAP_H
#define BERTH_TESTS_TAP_H

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int tap_count, tap_failures, tap_test_failures;
static bool tap_ended;
static const char *tap_name;

static inline void tap_leave(void)
{
    if (!tap_ended) {
        printf("not ok %d - the program left before tap_end\n", tap_count + 1);
        fflush(stdout);
        _exit(1);
    }
}

static inline void tap_begin(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    atexit(tap_leave);
}

static inline bool tap_start(const char *name)
{
    tap_name = name;
    tap_test_failures = 0;
    return true;
}

static inline bool tap_finish(void)
{
    tap_count++;
    if (tap_test_failures > 0) tap_failures++;
    printf("%s %d - %s\n", tap_test_failures > 0 ? "not ok" : "ok", tap_count, tap_name);
    return false;
}

/* A whole test that cannot run here: `reason` names what is missing. */
static inline void tap_skip(const char *name, const char *reason)
{
    printf("ok %d - %s # SKIP %s\n", ++tap_count, name, reason);
}

static inline int tap_end(void)
{
    printf("1..%d\n", tap_count);
    tap_ended = true;
    return tap_failures > 0 || tap_count == 0 ? 1 : 0;
}

#define TEST(name) for (bool tap_more = tap_start(name); tap_more; tap_more = tap_finish())

#define TAP_FAIL(...)                                                                              \
    (tap_test_failures++, printf("# %s:%d: ", __FILE__, __LINE__), printf(__VA_ARGS__),            \
     printf("\n"), false)

#define OK(cond) ((cond) ? true : TAP_FAIL("%s is false", #cond))

static inline bool tap_is_int(int64_t got, int64_t want, const char *what, const char *file,
                              int line)
{
    if (got == want) return true;
    tap_test_failures++;
    printf("# %s:%d: %s: got %" PRId64 ", want %" PRId64 "\n", file, line, what, got, want);
    return false;
}

static inline bool tap_is_double(double got, double want, double tolerance, const char *what,
                                 const char *file, int line)
{
    bool same =
        tolerance == 0 ? memcmp(&got, &want, sizeof got) == 0 : fabs(got - want) <= tolerance;
    if (same) return true;
    tap_test_failures++;
    printf("# %s:%d: %s: got %.17g, want %.17g\n", file, line, what, got, want);
    return false;
}

static inline bool tap_is_str(const char *got, const char *want, const char *what, const char *file,
                              int line)
{
    if (got == want || (got && want && strcmp(got, want) == 0)) return true;
    tap_test_failures++;
    printf("# %s:%d: %s:\n#   got  %s\n#   want %s\n", file, line, what, got ? got : "(null)",
           want ? want : "(null)");
    return false;
}

#define IS_INT(got, want)       tap_is_int((int64_t)(got), (int64_t)(want), #got, __FILE__, __LINE__)
#define IS_DOUBLE(got, want)    tap_is_double((got), (want), 0, #got, __FILE__, __LINE__)
#define IS_NEAR(got, want, tol) tap_is_double((got), (want), (tol), #got, __FILE__, __LINE__)
#define IS_STR(got, want)       tap_is_str((got), (want), #got, __FILE__, __LINE__)

#endif
