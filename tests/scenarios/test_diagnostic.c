/* Goal    what is printed, how much of it, and which names are suggested.
 * Method  diagnostics added by hand, the printed text compared. */
#include "scenarios/read/diagnostic.h"
#include "scenarios/read/spelling.h"
#include "tests/scenarios/scratch.h"
#include <limits.h>

static void is_report(diagnostics *d, const char *want)
{
    char *got = scratch_report(d);
    IS_STR(got, want);
    free(got);
}

static void test_printing(void)
{
    diagnostics d;
    TEST("one line each, in order of discovery")
    {
        diagnostics_init(&d);
        diagnostics_add(&d, SEVERITY_ERROR, "a.json", 4, 2, "/x", "expected %d..%d", 0, 100);
        diagnostics_add(&d, SEVERITY_WARNING, "b.json", 1, 1, "", "unknown");
        diagnostics_add(&d, SEVERITY_ERROR, "a.json", 2, 9, "/y/0", "no");
        IS_INT(diagnostics_error_count(&d), 2);
        IS_INT(diagnostics_warning_count(&d), 1);
        is_report(&d, "a.json:4:2: /x: expected 0..100\n"
                      "b.json:1:1: : warning: unknown\n"
                      "a.json:2:9: /y/0: no\n");
    }
    TEST("twenty errors are printed, the others counted")
    {
        diagnostics_init(&d);
        for (int i = 1; i <= 23; i++) {
            OK(diagnostics_keeps(&d, SEVERITY_ERROR) == (i <= 20));
            diagnostics_add(&d, SEVERITY_ERROR, "a", i, 1, "", "e");
        }
        diagnostics_add(&d, SEVERITY_WARNING, "a", 1, 1, "", "still kept");
        char *got = scratch_report(&d);
        OK(strstr(got, "a:20:1: : e\n") != NULL);
        OK(strstr(got, "a:21:1") == NULL);
        OK(strstr(got, "a:1:1: : warning: still kept\n3 more errors\n") != NULL);
        free(got);
    }
    TEST("one more is singular")
    {
        diagnostics_init(&d);
        for (int i = 0; i <= DIAGNOSTIC_MAX; i++)
            diagnostics_add(&d, SEVERITY_WARNING, "a", 1, 1, "", "w");
        char *got = scratch_report(&d);
        OK(strstr(got, "\n1 more warning\n") != NULL);
        free(got);
    }
    TEST("control characters neither break lines nor reach the terminal")
    {
        diagnostics_init(&d);
        diagnostics_add(&d, SEVERITY_ERROR, "a\x1b[31m", 1, 1, "/x\ny", "%s",
                        "\x7f \xc2\x9b \xc3\xa9");
        is_report(&d, "a\\u001b[31m:1:1: /x\\u000ay: \\u007f \\u009b \xc3\xa9\n");
    }
}

static void test_spelling(void)
{
    TEST("distance counts inserts, deletes, replacements and swaps")
    {
        IS_INT(spelling_distance("", ""), 0);
        IS_INT(spelling_distance("abc", ""), 3);
        IS_INT(spelling_distance("kitten", "sitting"), 3);
        IS_INT(spelling_distance("desiredCuont", "desiredCount"), 1);
        IS_INT(spelling_distance("ab", "ba"), 1);
        IS_INT(spelling_distance("ca", "abc"), 3); /* optimal string alignment, not full Damerau */
        IS_INT(spelling_distance("Cpu", "cpu"), 1);
        char long_name[300];
        memset(long_name, 'a', 299);
        long_name[299] = '\0';
        IS_INT(spelling_distance(long_name, "a"), INT_MAX);
    }
    static const char *const names[] = {"serviceName", "desiredCount", "cluster", "cpu"};
    TEST("the nearest name is suggested, a far one is not")
    {
        IS_STR(spelling_nearest("servicName", names, 4), "serviceName");
        IS_STR(spelling_nearest("desired_count", names, 4), "desiredCount");
        IS_STR(spelling_nearest("cpus", names, 4), "cpu");
        IS_STR(spelling_nearest("image", names, 4), NULL);
        IS_STR(spelling_nearest("x", names, 4), NULL);
        IS_STR(spelling_nearest("cluster", names, 0), NULL);
    }
    TEST("a likely misspelling is at most 2 and a third of the length away")
    {
        OK(spelling_likely_misspelt("desiredCuont", "desiredCount"));
        OK(spelling_likely_misspelt("desierdCuont", "desiredCount"));
        OK(!spelling_likely_misspelt("esierdCuont", "desiredCount"));
        OK(spelling_likely_misspelt("cpx", "cpu"));
        OK(!spelling_likely_misspelt("cp", "cpu"));
        OK(!spelling_likely_misspelt("cpu", "cpu"));
    }
}

int main(void)
{
    tap_begin();
    test_printing();
    test_spelling();
    return tap_end();
}
