/* Goal    what a file may be, what of it is refused and where, and how files and answers are folded in.
 * Method  files in a scratch folder; the folded tree and the printed report compared as text. */
#include "scenarios/read/document.h"
#include "scenarios/read/source.h"
#include "tests/scenarios/scratch.h"

/* ---- one file ---- */

static void loads_as(const char *text, size_t length, const char *want_tree,
                     const char *want_report)
{
    diagnostics d;
    diagnostics_init(&d);
    scratch_put_bytes("t.json", text, length);
    document *doc = document_load("t.json", &d);
    char *tree = doc ? document_text(doc, 0) : NULL;
    IS_STR(tree, want_tree);
    free(tree);
    document_destroy(doc);
    char *report = scratch_report(&d);
    IS_STR(report, want_report);
    free(report);
}

static void refused(const char *text, const char *want_report)
{
    loads_as(text, strlen(text), NULL, want_report);
}

static void test_text(void)
{
    TEST("a byte-order mark and CRLF are no matter")
    {
        const char *text = "\xef\xbb\xbf{\"a\":\r\n 1}\r\n";
        loads_as(text, strlen(text), "{\"a\":1}", "");
        refused("\xef\xbb\xbf{\"a\":\r\n x}\r\n",
                "t.json:2:2: : not JSON: invalid token near 'x'\n");
    }
    TEST("a syntax error stands where the text goes wrong")
    {
        refused("{\"a\": 1,}", "t.json:1:9: : not JSON: string or '}' expected near '}' (a comma "
                               "behind the last element)\n");
        refused("{\n  \"a\": 1\n  \"b\": 2\n}",
                "t.json:3:3: : not JSON: '}' expected near '\"b\"'\n");
        refused("[1, 2", "t.json:1:6: : not JSON: ']' expected near end of file\n");
        refused("[1] 2", "t.json:1:5: : not JSON: end of file expected near '2'\n");
        refused("// c\n{}",
                "t.json:1:1: : not JSON: invalid token near '/' (JSON has no comments)\n");
        refused("[\"\xc3\xa4\", \"a\nb\"]",
                "t.json:1:9: : not JSON: unexpected newline near '\"a'\n");
        refused("[\"a\\qb\"]", "t.json:1:4: : not JSON: invalid escape near '\"a\\q'\n");
        refused("[\"abc", "t.json:1:2: : not JSON: premature end of input near '\"abc'\n");
        refused("[1 \"a long string that jansson does not repeat\"]",
                "t.json:1:4: : not JSON: ']' expected\n");
        refused("{\"desiredCount\": {{COUNT}}}",
                "t.json:1:19: : not JSON: string or '}' expected near '{'\n");
    }
    TEST("nothing is not JSON")
    {
        refused("", "t.json:1:1: : not JSON: there is nothing in it\n");
        refused("\xef\xbb\xbf \n", "t.json:1:1: : not JSON: there is nothing in it\n");
    }
    TEST("bytes that are not UTF-8 are refused where they stand")
    {
        refused("[\"ab\xff\"]", "t.json:1:5: : not JSON: unable to decode byte 0xff near '\"ab'\n");
        loads_as("\xff\xfe[\0]\0", 6, NULL,
                 "t.json:1:1: : not JSON: unable to decode byte 0xff (this looks like UTF-16, "
                 "expected UTF-8)\n");
        loads_as("[1,\0 2]", 7, NULL,
                 "t.json:1:4: : not JSON: invalid token near end of file (a NUL byte)\n");
        refused("[\"\\u0000\"]", "t.json:1:2: : not JSON: \\u0000 is not allowed without "
                                 "JSON_ALLOW_NUL near '\"\\u0000\"'\n");
    }
    TEST("numbers out of range are refused")
    {
        refused("[99999999999999999999]",
                "t.json:1:2: : not JSON: too big integer near '99999999999999999999'\n");
        refused("[1, 1e999]", "t.json:1:5: : not JSON: real number overflow near '1e999'\n");
    }
    TEST("every key given twice is told, and the last one counts")
    {
        const char *text =
            "{\"a\": 1, \"b\": [{\"x\": [],\n \"x\": 2}, {\"y/\": 1, \"y\\u002f\": 2}],\n "
            "\"a\": {}}";
        loads_as(text, strlen(text), "{\"a\":{},\"b\":[{\"x\":2},{\"y/\":2}]}",
                 "t.json:2:2: /b/0/x: the key 'x' is given twice\n"
                 "t.json:2:21: /b/1/y~1: the key 'y/' is given twice\n"
                 "t.json:3:2: /a: the key 'a' is given twice\n");
    }
}

static void test_limits(void)
{
    TEST("64 levels are read, 65 are not, a million neither")
    {
        char text[200];
        memset(text, '[', 64);
        memset(text + 64, ']', 64);
        scratch_put_bytes("deep.json", text, 128);
        diagnostics d;
        diagnostics_init(&d);
        document *doc = document_load("deep.json", &d);
        OK(doc != NULL);
        document_destroy(doc);
        memset(text, '[', 65);
        memset(text + 65, ']', 65);
        loads_as(text, 130, NULL,
                 "t.json:1:65: : lists and objects are nested more than 64 deep\n");
        size_t million = 1000000;
        char *many = malloc(million);
        memset(many, '[', million);
        loads_as(many, million, NULL,
                 "t.json:1:65: : lists and objects are nested more than 64 deep\n");
        free(many);
        diagnostics_finish(&d);
    }
    TEST("64 MiB are the largest file")
    {
        scratch_put("large.json", "[]");
        OK(truncate("large.json", (off_t)SOURCE_MAX_BYTES + 1) == 0);
        diagnostics d;
        diagnostics_init(&d);
        OK(!document_load("large.json", &d));
        char *report = scratch_report(&d);
        IS_STR(report, "large.json:1:1: : is larger than 64 MiB\n");
        free(report);
    }
    TEST("what is no file is refused at once")
    {
        diagnostics d;
        diagnostics_init(&d);
        scratch_put_folder("folder");
        OK(mkfifo("pipe", 0666) == 0);
        scratch_note("pipe");
        OK(!document_load("folder", &d));
        OK(!document_load("pipe", &d));
        OK(!document_load("missing.json", &d));
        OK(!document_load("/dev/zero", &d));
        char *report = scratch_report(&d);
        IS_STR(report, "folder:1:1: : is a folder, not a file\n"
                       "pipe:1:1: : is not a regular file (\"-\" reads standard input)\n"
                       "missing.json:1:1: : can't be opened: No such file or directory\n"
                       "/dev/zero:1:1: : is not a regular file (\"-\" reads standard input)\n");
        free(report);
    }
}

/* ---- folding ---- */

static document *fold(const char *path, bool allow_outside, diagnostics *d)
{
    diagnostics_init(d);
    document *doc = document_load(path, d);
    fold_options options = {
        .allow_outside = allow_outside,
        .places = scenario_places,
        .place_count = scenario_place_count,
    };
    if (doc) document_fold(doc, &options);
    return doc;
}

static void folds_to(const char *scenario, const char *want_tree, const char *want_report)
{
    diagnostics d;
    document *doc = fold(scratch_put("s.json", scenario), false, &d);
    char *tree = document_text(doc, 0);
    IS_STR(tree, want_tree);
    free(tree);
    document_destroy(doc);
    char *report = scratch_report(&d);
    IS_STR(report, want_report);
    free(report);
}

static void test_includes(void)
{
    scratch_put_folder("aws");
    scratch_put("aws/auth.json", "{\n  \"serviceName\": \"auth\",\n  \"desiredCount\": -1\n}\n");
    scratch_put("aws/answer.json",
                "{\"services\": [{\"serviceName\": \"a\"}, {\"serviceName\": \"b\"}], "
                "\"failures\": []}");
    scratch_put("aws/one.json", "{\"service\": {\"serviceName\": \"one\"}}");
    scratch_put("aws/list.json", "[\"auth.json\", {\"serviceName\": \"c\"}, \"one.json\"]");
    TEST("a file may stand for an object, a list, or an element, which may be several")
    {
        folds_to("{\"services\": [\"aws/auth.json\"]}",
                 "{\"services\":[{\"serviceName\":\"auth\",\"desiredCount\":-1}]}", "");
        folds_to("{\"services\": \"aws/answer.json\", \"name\": \"aws/auth.json\"}",
                 "{\"services\":[{\"serviceName\":\"a\"},{\"serviceName\":\"b\"}],\"name\":\"aws/"
                 "auth.json\"}",
                 "");
        folds_to("{\"services\": [{}, \"aws/answer.json\", \"aws/one.json\"]}",
                 "{\"services\":[{},{\"serviceName\":\"a\"},{\"serviceName\":\"b\"},{"
                 "\"serviceName\":\"one\"}]}",
                 "");
        folds_to("{\"services\": \"aws/list.json\"}",
                 "{\"services\":[{\"serviceName\":\"auth\",\"desiredCount\":-1},{\"serviceName\":"
                 "\"c\"},{"
                 "\"serviceName\":\"one\"}]}",
                 "");
    }
    TEST("an answer may stand in place, and so may one about a single object")
    {
        folds_to("{\"services\": {\"services\": [{}]}, \"taskDefinitions\": {\"taskDefinition\": "
                 "{\"family\": \"f\"}, \"tags\": []}, \"cluster\": {\"clusters\": "
                 "[{\"clusterName\": \"c\"}]}}",
                 "{\"services\":[{}],\"taskDefinitions\":[{\"family\":\"f\"}],\"cluster\":{"
                 "\"clusterName\":\"c\"}}",
                 "");
    }
    TEST("actions of the timeline take files")
    {
        folds_to("{\"timeline\": [{\"at\": 1, \"createService\": \"aws/one.json\"}, {\"at\": 2, "
                 "\"updateService\": {\"service\": \"x\"}}]}",
                 "{\"timeline\":[{\"at\":1,\"createService\":{\"serviceName\":\"one\"}},{\"at\":2,"
                 "\"updateService\":{\"service\":\"x\"}}]}",
                 "");
    }
    TEST("an answer that is cut off is warned of")
    {
        folds_to(
            "{\"services\": {\"services\": [], \"nextToken\": \"t\"}}", "{\"services\":[]}",
            "s.json:1:14: /services: warning: the answer holds a part only: it has nextToken\n");
    }
    TEST("an error inside a file is told in that file, by the pointer in the scenario")
    {
        scratch_put("s.json", "{\"services\": [{}, \"aws/answer.json\", \"aws/list.json\"]}");
        diagnostics d;
        document *doc = fold("s.json", false, &d);
        document_error(doc, "/services/3/desiredCount", "expected 0..5000, got -1");
        document_error(doc, "/services/4", "'taskDefinition' is missing");
        document_error(doc, "/services/2/serviceName", "no");
        document_warning(doc, "/services/0", "odd");
        document_error(doc, "/services", "too many");
        document_error(doc, "", "no duration");
        document_error(doc, "/services/9/x", "not there");
        OK(document_from_answer(doc, "/services/2"));
        OK(document_from_answer(doc, "/services/5/serviceName"));
        OK(!document_from_answer(doc, "/services/3"));
        OK(!document_from_answer(doc, "/services"));
        document_destroy(doc);
        char *report = scratch_report(&d);
        IS_STR(report, "aws/auth.json:3:19: /services/3/desiredCount: expected 0..5000, got -1\n"
                       "aws/list.json:1:15: /services/4: 'taskDefinition' is missing\n"
                       "aws/answer.json:1:53: /services/2/serviceName: no\n"
                       "s.json:1:15: /services/0: warning: odd\n"
                       "s.json:1:14: /services: too many\n"
                       "s.json:1:1: : no duration\n"
                       "s.json:1:14: /services/9/x: not there\n");
        free(report);
    }
    TEST("what can't be read is null, told once, and the others are still read")
    {
        scratch_put("aws/broken.json", "{\"serviceName\": }");
        scratch_put("s.json",
                    "{\"services\": [\"aws/no.json\", \"aws/broken.json\", \"aws/one.json\", "
                    "\"aws/broken.json\", \"\", \"aws\"]}");
        diagnostics d;
        document *doc = fold("s.json", false, &d);
        char *tree = document_text(doc, 0);
        IS_STR(tree, "{\"services\":[null,null,{\"serviceName\":\"one\"},null,null,null]}");
        free(tree);
        document_error(doc, "/services/0", "expected an object");
        document_destroy(doc);
        char *report = scratch_report(&d);
        IS_STR(report,
               "s.json:1:15: /services/0: the file 'aws/no.json' can't be opened: No such file or "
               "directory\n"
               "aws/broken.json:1:17: : not JSON: unexpected token near '}'\n"
               "s.json:1:84: /services/4: the empty string names no file\n"
               "s.json:1:88: /services/5: the file 'aws' is a folder, not a file\n");
        free(report);
    }
    TEST("a file that contains itself is an error, one named twice is not")
    {
        scratch_put("loop.json", "[\"aws/one.json\", \"loop2.json\"]");
        scratch_put("loop2.json", "[\"loop.json\", \"aws/one.json\"]");
        folds_to("{\"services\": \"loop.json\"}",
                 "{\"services\":[{\"serviceName\":\"one\"},null,{\"serviceName\":\"one\"}]}",
                 "loop2.json:1:2: /services/1: the file 'loop.json' contains itself\n");
    }
    TEST("files that multiply are cut off by the budget")
    {
        char name[24], text[1200];
        for (int i = 0; i < 9; i++) {
            int length = snprintf(text, sizeof text, "[");
            for (int k = 0; k < 40; k++)
                length += snprintf(text + length, sizeof text - (size_t)length, "%s\"m%d.json\"",
                                   k ? "," : "", i + 1);
            snprintf(text + length, sizeof text - (size_t)length, "]");
            snprintf(name, sizeof name, "m%d.json", i);
            scratch_put(name, text);
        }
        scratch_put("m9.json", "[{}]");
        scratch_put("s.json", "{\"services\": \"m0.json\"}");
        diagnostics d;
        document *doc = fold("s.json", false, &d);
        document_destroy(doc);
        OK(diagnostics_error_count(&d) > 0);
        OK(strstr(d.items[0].text, "more than 100000 times") != NULL);
        diagnostics_finish(&d);
    }
}

static void test_outside(void)
{
    scratch_put_folder("in");
    scratch_put("secret.json", "{\"serviceName\": \"secret\"}");
    OK(symlink("../secret.json", "in/link.json") == 0);
    scratch_note("in/link.json");
    scratch_put("in/up.json", "{\"services\": [\"../secret.json\"]}");
    scratch_put("in/by_link.json", "{\"services\": [\"link.json\"]}");
    scratch_put("in/absolute.json", "{\"services\": [\"/etc/passwd\"]}");
    scratch_put("in/base.json", "{\"extends\": \"../secret.json\"}");
    scratch_put("in/inside.json", "{\"services\": [\"../in/ok.json\"]}");
    scratch_put("in/ok.json", "{}");
    TEST("files outside the scenario's folder need --allow-outside")
    {
        static const struct {
            const char *scenario, *pointer, *name;
        } cases[] = {{"in/up.json", "/services/0", "../secret.json"},
                     {"in/by_link.json", "/services/0", "link.json"},
                     {"in/absolute.json", "/services/0", "/etc/passwd"},
                     {"in/base.json", "/extends", "../secret.json"}};
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            diagnostics d;
            document_destroy(fold(cases[i].scenario, false, &d));
            OK(diagnostics_error_count(&d) == 1 &&
               strstr(d.items[0].text, "outside the scenario's folder") != NULL &&
               strstr(d.items[0].text, cases[i].name) != NULL);
            IS_STR(d.items[0].pointer, cases[i].pointer);
            diagnostics_finish(&d);
        }
        diagnostics d;
        document *doc = fold("in/by_link.json", true, &d);
        char *tree = document_text(doc, 0);
        IS_STR(tree, "{\"services\":[{\"serviceName\":\"secret\"}]}");
        free(tree);
        document_destroy(doc);
        IS_INT(diagnostics_error_count(&d), 0);
        document_destroy(fold("in/inside.json", false, &d));
        IS_INT(diagnostics_error_count(&d), 0);
    }
    TEST("data files follow the same rules, from the file that names them")
    {
        scratch_put("in/rates.csv", "value\n1\n");
        scratch_put("in/traffic.json",
                    "{\"traffic\": [{\"csv\": \"rates.csv\"}, {\"csv\": \"none.csv\"}]}");
        scratch_put("outer.json", "{\"extends\": \"in/traffic.json\"}");
        diagnostics d;
        document *doc = fold("outer.json", false, &d);
        char *path = document_data_file(doc, "/traffic/0/csv");
        IS_STR(path, "in/rates.csv");
        free(path);
        OK(!document_data_file(doc, "/traffic/1/csv"));
        document_destroy(doc);
        char *report = scratch_report(&d);
        IS_STR(report,
               "in/traffic.json:1:44: /traffic/1/csv: the file 'none.csv' can't be opened: No "
               "such file or directory\n");
        free(report);
    }
}

static void test_memory(void)
{
    TEST("a document from memory is like one from a file")
    {
        diagnostics d;
        diagnostics_init(&d);
        const char *text = "{\"services\": [\"aws/one.json\"]}";
        document *doc = document_from_text("given", text, strlen(text), &d);
        fold_options options = {.places = scenario_places, .place_count = scenario_place_count};
        OK(document_fold(doc, &options));
        IS_STR(document_file_name(doc), "given");
        IS_STR(json_string_value(document_get(doc, "/services/0/serviceName")), "one");
        OK(!document_get(doc, "/services/1"));
        document_error(doc, "/services/0/serviceName", "no");
        document_destroy(doc);
        IS_STR(d.items[0].file, "aws/one.json");
        diagnostics_finish(&d);
    }
    TEST("standard input lives in the current folder")
    {
        scratch_put("s.json", "{\"services\": [\"aws/one.json\", 7]}");
        OK(freopen("s.json", "r", stdin) != NULL);
        diagnostics d;
        document *doc = fold("-", false, &d);
        document_error(doc, "/services/1", "expected an object");
        document_destroy(doc);
        char *report = scratch_report(&d);
        IS_STR(report, "<stdin>:1:31: /services/1: expected an object\n");
        free(report);
    }
}

int main(void)
{
    tap_begin();
    scratch_begin();
    test_text();
    test_limits();
    test_includes();
    test_outside();
    test_memory();
    scratch_end();
    return tap_end();
}
