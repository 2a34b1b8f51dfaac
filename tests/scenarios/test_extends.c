/* Goal    how scenarios merge, what --with, --set and --deploy change, and where each value is said to be from.
 * Method  files in a scratch folder; the folded tree and the printed report compared as text. */
#include "scenarios/read/document.h"
#include "tests/scenarios/scratch.h"

static const char *const no_list[1] = {NULL};

static document *fold(const char *with, const char *set, diagnostics *d)
{
    const char *const withs[] = {with}, *const sets[] = {set};
    diagnostics_init(d);
    document *doc = document_load("s.json", d);
    fold_options options = {
        .places = scenario_places,
        .place_count = scenario_place_count,
        .with = with ? withs : no_list,
        .with_count = with != NULL,
        .sets = set ? sets : no_list,
        .set_count = set != NULL,
    };
    bool good = document_fold(doc, &options);
    OK(good == (diagnostics_error_count(d) == 0));
    return doc;
}

static void folds_to(const char *scenario, const char *with, const char *set, const char *want_tree,
                     const char *want_report)
{
    diagnostics d;
    scratch_put("s.json", scenario);
    document *doc = fold(with, set, &d);
    char *tree = document_text(doc, 0);
    IS_STR(tree, want_tree);
    free(tree);
    document_destroy(doc);
    char *report = scratch_report(&d);
    IS_STR(report, want_report);
    free(report);
}

static void extends(const char *base, const char *scenario, const char *want_tree)
{
    scratch_put("base.json", base);
    folds_to(scenario, NULL, NULL, want_tree, "");
}

static void test_merging(void)
{
    TEST("objects merge by key, null removes")
    {
        extends("{\"berth\": 1, \"duration\": \"1h\", \"cluster\": {\"clusterName\": \"c\", \"x\": "
                "[1]}}",
                "{\"extends\": \"base.json\", \"duration\": null, \"cluster\": {\"x\": [2, 3], "
                "\"y\": 1}, "
                "\"seed\": 2}",
                "{\"berth\":1,\"cluster\":{\"clusterName\":\"c\",\"x\":[2,3],\"y\":1},\"seed\":2}");
    }
    TEST("lists of named objects merge by name, other lists replace")
    {
        extends(
            "{\"services\": [{\"serviceName\": \"a\", \"desiredCount\": 1, \"placementStrategy\": "
            "[{\"type\": \"random\"}]}, {\"serviceName\": \"b\"}]}",
            "{\"extends\": \"base.json\", \"services\": [{\"serviceName\": \"c\"}, "
            "{\"serviceName\": "
            "\"a\", \"desiredCount\": 2, \"placementStrategy\": []}]}",
            "{\"services\":[{\"serviceName\":\"a\",\"desiredCount\":2,\"placementStrategy\":[]},{"
            "\"serviceName\":\"b\"},{\"serviceName\":\"c\"}]}");
    }
    TEST("task definitions merge by family and revision")
    {
        extends(
            "{\"taskDefinitions\": [{\"family\": \"a\", \"cpu\": 1}, {\"family\": \"a\", \"cpu\": "
            "2}, "
            "{\"family\": \"b\", \"revision\": 7, \"cpu\": 3}]}",
            "{\"extends\": \"base.json\", \"taskDefinitions\": [{\"family\": \"a\", \"revision\": "
            "2, "
            "\"cpu\": 20}, {\"family\": \"b\", \"revision\": 7, \"memory\": 30}, {\"family\": "
            "\"a\", "
            "\"cpu\": 9}]}",
            "{\"taskDefinitions\":[{\"family\":\"a\",\"cpu\":1},{\"family\":\"a\",\"cpu\":20,"
            "\"revision\":2},{\"family\":\"b\",\"revision\":7,\"cpu\":3,\"memory\":30},{\"family\":"
            "\"a\",\"cpu\":9}]}");
        extends(
            "{\"taskDefinitions\": [{\"family\": \"a\", \"cpu\": 1}]}",
            "{\"extends\": \"base.json\", \"taskDefinitions\": [{\"family\": \"a\", \"cpu\": 2}]}",
            "{\"taskDefinitions\":[{\"family\":\"a\",\"cpu\":2}]}");
    }
    TEST("timeline, traffic, arrivals and expect of the top level are appended")
    {
        extends(
            "{\"timeline\": [{\"at\": 1}], \"expect\": [{\"metric\": \"m\", \"name\": \"n\"}], "
            "\"behavior\": {\"timeline\": [1]}}",
            "{\"extends\": \"base.json\", \"timeline\": [{\"at\": 1}], \"expect\": [{\"metric\": "
            "\"m\", "
            "\"name\": \"n\"}], \"traffic\": [1], \"behavior\": {\"timeline\": [2]}}",
            "{\"timeline\":[{\"at\":1},{\"at\":1}],\"expect\":[{\"metric\":\"m\",\"name\":\"n\"},{"
            "\"metric\":\"m\",\"name\":\"n\"}],\"behavior\":{\"timeline\":[2]},\"traffic\":[1]}");
    }
    TEST("bases go from left to right, each with its own bases")
    {
        scratch_put("x.json", "{\"a\": 1, \"b\": 1, \"c\": 1}");
        scratch_put("y.json", "{\"extends\": [\"x.json\"], \"b\": 2, \"c\": 2}");
        scratch_put("z.json", "{\"extends\": \"x.json\", \"c\": 3}");
        folds_to("{\"extends\": [\"y.json\", \"z.json\"], \"d\": 4}", NULL, NULL,
                 "{\"a\":1,\"b\":1,\"c\":3,\"d\":4}", "");
    }
    TEST("a list that the base takes from a file merges by name, too")
    {
        scratch_put_folder("dump");
        scratch_put("dump/services.json",
                    "{\"services\": [{\"serviceName\": \"a\", \"desiredCount\": 1}]}");
        scratch_put("dump/base.json", "{\"services\": \"services.json\"}");
        folds_to("{\"extends\": \"dump/base.json\", \"services\": [{\"serviceName\": \"a\", "
                 "\"desiredCount\": 5}]}",
                 NULL, NULL, "{\"services\":[{\"serviceName\":\"a\",\"desiredCount\":5}]}", "");
    }
    TEST("a name that several bear can't be merged by")
    {
        scratch_put("base.json",
                    "{\"cluster\": {\"containerInstances\": [{\"instanceType\": \"t\"}, "
                    "{\"instanceType\": \"t\"}]}}");
        folds_to(
            "{\"extends\": \"base.json\", \"cluster\": {\"containerInstances\": "
            "[{\"instanceType\": "
            "\"t\", \"count\": 2}]}}",
            NULL, NULL,
            "{\"cluster\":{\"containerInstances\":[{\"instanceType\":\"t\"},{\"instanceType\":"
            "\"t\"}"
            "]}}",
            "s.json:1:61: /cluster/containerInstances/0: 't' names several elements of this list "
            "or of the one that it extends, so it can't be merged by name\n");
    }
}

static void test_wrong_bases(void)
{
    TEST("what extends itself, is missing or is no scenario is told where it is named")
    {
        scratch_put("x.json", "{\n \"extends\": \"s.json\"}");
        folds_to(
            "{\"extends\": [\"x.json\", \"none.json\", 7, \"list.json\"], \"a\": 1}", NULL, NULL,
            "{\"a\":1}",
            "x.json:2:13: /extends: 's.json' extends itself\n"
            "s.json:1:24: /extends/1: the file 'none.json' can't be opened: No such file or "
            "directory\n"
            "s.json:1:37: /extends/2: expected the path of a scenario, or a list of such paths\n"
            "s.json:1:40: /extends/3: the file 'list.json' can't be opened: No such file or "
            "directory\n");
        scratch_put("list.json", "[]");
        folds_to("{\"extends\": \"list.json\"}", NULL, NULL, "{}",
                 "list.json:1:1: : expected a scenario, which is an object\n");
        folds_to(
            "{\"extends\": {}}", NULL, NULL, "{}",
            "s.json:1:13: /extends: expected the path of a scenario, or a list of such paths\n");
        folds_to("[1]", NULL, NULL, "[1]",
                 "s.json:1:1: : expected a scenario, which is an object\n");
    }
    TEST("a chain of bases may be sixteen deep")
    {
        char name[24], text[64];
        for (int i = 0; i < 17; i++) {
            snprintf(name, sizeof name, "c%d.json", i);
            snprintf(text, sizeof text, i < 16 ? "{\"extends\": \"c%d.json\"}" : "{\"a\": %d}",
                     i + 1);
            scratch_put(name, text);
        }
        folds_to("{\"extends\": \"c1.json\"}", NULL, NULL, "{\"a\":17}", "");
        folds_to("{\"extends\": \"c0.json\"}", NULL, NULL, "{}",
                 "c15.json:1:13: /extends: scenarios extend each other more than 16 deep\n");
    }
}

static void test_origins(void)
{
    TEST("each value is from the file that gave it")
    {
        scratch_put("base.json",
                    "{\"a\": 1,\n \"services\": [{\"serviceName\": \"a\",\n"
                    "   \"desiredCount\": 1, \"cpu\": 1}],\n \"timeline\": [{\"at\": 0}]}");
        scratch_put("with.json",
                    "{\"services\": [\n{\"serviceName\": \"w\"},\n{\"serviceName\": \"a\", "
                    "\"cpu\": 3}]}");
        scratch_put("s.json",
                    "{\"extends\": \"base.json\",\n\"services\": [{\"serviceName\": \"a\",\n"
                    "\"desiredCount\": 2}], \"timeline\": [{\"at\": 5}]}");
        diagnostics d;
        document *doc = fold("with.json", "/services/w/desiredCount=  7", &d);
        static const char *const pointers[] = {"/a",
                                               "/services",
                                               "/services/0",
                                               "/services/0/desiredCount",
                                               "/services/0/cpu",
                                               "/services/1",
                                               "/services/1/desiredCount",
                                               "/timeline/0/at",
                                               "/timeline/1/at",
                                               ""};
        for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
            document_error(doc, pointers[i], "here");
        document_destroy(doc);
        char *report = scratch_report(&d);
        IS_STR(report, "base.json:1:7: /a: here\n"
                       "base.json:2:14: /services: here\n"
                       "base.json:2:15: /services/0: here\n"
                       "s.json:3:17: /services/0/desiredCount: here\n"
                       "with.json:3:29: /services/0/cpu: here\n"
                       "with.json:2:1: /services/1: here\n"
                       "--set:1:28: /services/1/desiredCount: here\n"
                       "base.json:4:22: /timeline/0/at: here\n"
                       "s.json:3:42: /timeline/1/at: here\n"
                       "with.json:1:1: : here\n");
        free(report);
    }
}

#define SCENARIO                                                                                   \
    "{\"seed\": 1, \"services\": [{\"serviceName\": \"a\", \"n\": 1}, {\"serviceName\": \"b\"}]}"

static void set(const char *argument, const char *want_tree, const char *want_report)
{
    folds_to(SCENARIO, NULL, argument, want_tree, want_report);
}

static void test_set(void)
{
    TEST("--set changes, adds, removes")
    {
        set("/seed=7",
            "{\"seed\":7,\"services\":[{\"serviceName\":\"a\",\"n\":1},{\"serviceName\":\"b\"}]}",
            "");
        set("/services/b/n={\"x\": [1.50]}",
            "{\"seed\":1,\"services\":[{\"serviceName\":\"a\",\"n\":1},{\"serviceName\":\"b\","
            "\"n\":{\"x\":"
            "[1.5]}}]}",
            "");
        set("/services/*/n=2",
            "{\"seed\":1,\"services\":[{\"serviceName\":\"a\",\"n\":2},{\"serviceName\":\"b\","
            "\"n\":2}]}",
            "");
        set("/services/a=null", "{\"seed\":1,\"services\":[{\"serviceName\":\"b\"}]}", "");
        set("/services/*=null", "{\"seed\":1,\"services\":[]}", "");
        set("/services/*/n=null",
            "{\"seed\":1,\"services\":[{\"serviceName\":\"a\"},{\"serviceName\":\"b\"}]}", "");
        set("/services/-={}",
            "{\"seed\":1,\"services\":[{\"serviceName\":\"a\",\"n\":1},{\"serviceName\":\"b\"},{}]"
            "}",
            "");
    }
    TEST("a bare word is a string")
    {
        set("/seed=auth:2",
            "{\"seed\":\"auth:2\",\"services\":[{\"serviceName\":\"a\",\"n\":1},{\"serviceName\":"
            "\"b\"}]}",
            "");
        set("/seed=5m",
            "{\"seed\":\"5m\",\"services\":[{\"serviceName\":\"a\",\"n\":1},{\"serviceName\":\"b\"}"
            "]}",
            "");
        set("/seed=a=b",
            "{\"seed\":\"a=b\",\"services\":[{\"serviceName\":\"a\",\"n\":1},{\"serviceName\":"
            "\"b\"}]}",
            "");
    }
    const char *unchanged =
        "{\"seed\":1,\"services\":[{\"serviceName\":\"a\",\"n\":1},{\"serviceName\":\"b\"}]}";
    TEST("what can't be set changes nothing")
    {
        set("/servces/a/n=2", unchanged,
            "--set:1:1: /servces/a/n: there is no 'servces' in '', did you mean 'services'?\n");
        set("/services/c/n=2", unchanged,
            "--set:1:1: /services/c/n: there is no 'c' in '/services', which has 'a', 'b'\n");
        set("/seed/x=2", unchanged,
            "--set:1:1: /seed/x: '/seed' holds no list or object, so there is no 'x' in it\n");
        set("seed=2", unchanged,
            "--set:1:1: seed: 'seed' is no JSON pointer: it must be empty or begin with '/', and a "
            "'~' "
            "stands before 0 or 1 only\n");
        set("/seed", unchanged, "--set:1:1: : expected POINTER=JSON, got '/seed'\n");
        set("=2", unchanged,
            "--set:1:1: : the whole scenario can't be set, give a pointer such as /seed\n");
        set("/seed={\"a\": 1,}", unchanged,
            "--set:1:15: : not JSON: string or '}' expected near '}' (a comma behind the last "
            "element)\n");
        set("/seed=\xff", unchanged, "--set:1:7: : the value is not UTF-8\n");
    }
}

static void test_append(void)
{
    TEST("an action is appended to a list, made where there is none")
    {
        scratch_put("s.json", "{\"a\": {}}");
        diagnostics d;
        document *doc = fold(NULL, NULL, &d);
        OK(document_append(doc, "/timeline", "--deploy", "{\"at\": 1}"));
        OK(document_append(doc, "/timeline", "--deploy", "{\"at\": -2}"));
        OK(!document_append(doc, "/a", "--deploy", "{}"));
        char *tree = document_text(doc, 0);
        IS_STR(tree, "{\"a\":{},\"timeline\":[{\"at\":1},{\"at\":-2}]}");
        free(tree);
        document_error(doc, "/timeline/1/at", "negative");
        document_destroy(doc);
        char *report = scratch_report(&d);
        IS_STR(report, "s.json:1:7: /a: expected a list\n--deploy:1:8: /timeline/1/at: negative\n");
        free(report);
    }
}

int main(void)
{
    tap_begin();
    scratch_begin();
    test_merging();
    test_wrong_bases();
    test_origins();
    test_set();
    test_append();
    scratch_end();
    return tap_end();
}
