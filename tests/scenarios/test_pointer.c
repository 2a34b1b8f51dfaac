/* Goal    pointers by key, index, name and star find what they say, and say what is near when they don't.
 * Method  one tree; patterns against the list of concrete pointers they match. */
#include "scenarios/read/element_name.h"
#include "scenarios/read/pointer.h"
#include "tests/tap.h"

static json_t *tree;

static void matches(const char *pattern, const char *want)
{
    pointer_set set;
    sim_error err = {0};
    text_buffer got = {0};
    text_add(&got, "");
    if (pointer_match(tree, pattern, &set, &err)) {
        for (size_t i = 0; i < set.count; i++)
            text_printf(&got, "%s%s", i ? " " : "", set.pointers[i]);
        pointer_set_finish(&set);
    } else {
        text_printf(&got, "! %s", err.text);
    }
    tap_is_str(got.text, want, pattern, __FILE__, __LINE__);
    free(got.text);
}

static void test_match(void)
{
    TEST("keys and indices")
    {
        matches("", "");
        matches("/services/1/desiredCount", "/services/1/desiredCount");
        matches("/odd/a~1b~0c", "/odd/a~1b~0c");
        matches("/odd/*", "/odd/*");
        matches("/odd/", "/odd/");
    }
    TEST("names stand for indices")
    {
        matches("/services/random/desiredCount", "/services/1/desiredCount");
        matches("/scalableTargets/auth/MinCapacity", "/scalableTargets/0/MinCapacity");
        matches("/taskDefinitions/auth:1", "/taskDefinitions/0");
        matches("/taskDefinitions/auth:5/cpu", "/taskDefinitions/2/cpu");
        matches("/taskDefinitions/auth:6", "/taskDefinitions/3");
        matches("/taskDefinitions/random", "/taskDefinitions/1");
        matches("/targetGroups/tg-a", "/targetGroups/0");
        matches("/targetGroups/tg-b/Attributes/k/Value", "/targetGroups/1/Attributes/0/Value");
        matches("/cluster/containerInstances/t2.small", "/cluster/containerInstances/0");
        matches("/scalingPolicies/cpu-up", "/scalingPolicies/0");
        matches("/scalingPolicies/worker", "/scalingPolicies/1");
    }
    TEST("a star is every element and every key")
    {
        matches("/services/*", "/services/0 /services/1");
        matches("/services/*/desiredCount", "/services/0/desiredCount /services/1/desiredCount");
        matches("/services/*/only", "/services/0/only");
        matches("/behavior/*/startup", "/behavior/auth/startup /behavior/random/startup");
    }
    TEST("what matches nothing says what is near")
    {
        matches("/servcies/0", "! there is no 'servcies' in '', did you mean 'services'?");
        matches("/services/auht", "! there is no 'auht' in '/services', did you mean 'auth'?");
        matches("/services/7", "! there is no '7' in '/services', which has 'auth', 'random'");
        matches("/services/*/x", "! there is no 'x' in '/services/0', which has 'serviceName', "
                                 "'desiredCount', 'only'");
        matches("/plain/3", "! there is no '3' in '/plain', a list of 2 without names");
        matches("/empty/0", "! '/empty' is empty, there is no '0' in it");
        matches("/plain/0/x", "! '/plain/0' holds no list or object, so there is no 'x' in it");
    }
    TEST("a name that several bear is not taken for one of them")
    {
        matches("/taskDefinitions/auth",
                "! 'auth' names 3 elements of '/taskDefinitions', give an index "
                "instead");
        matches("/scalingPolicies/auth",
                "! 'auth' names 2 elements of '/scalingPolicies', give an index "
                "instead");
    }
    TEST("what is no pointer is refused")
    {
        OK(!pointer_valid("services"));
        OK(!pointer_valid("/a~2"));
        OK(!pointer_valid("/a~"));
        OK(pointer_valid("/a~0~1"));
        size_t index;
        OK(!pointer_index("01", &index));
        OK(!pointer_index("", &index));
        OK(!pointer_index("-", &index));
        OK(!pointer_index("99999999999999999999999", &index));
        OK(pointer_index("10", &index) && index == 10);
    }
}

static void test_path(void)
{
    TEST("a path grows and shrinks with a walk")
    {
        pointer_path p;
        pointer_init(&p);
        IS_STR(p.text, "");
        size_t outer = pointer_push_key(&p, "a/b~");
        size_t inner = pointer_push_index(&p, 12);
        IS_STR(p.text, "/a~1b~0/12");
        pointer_truncate(&p, inner);
        IS_STR(p.text, "/a~1b~0");
        pointer_truncate(&p, outer);
        IS_STR(p.text, "");
        pointer_finish(&p);
    }
    TEST("a concrete pointer gets its value and nothing else")
    {
        IS_INT(json_integer_value(pointer_get(tree, "/odd/a~1b~0c")), 1);
        OK(pointer_get(tree, "") == tree);
        OK(!pointer_get(tree, "/services/auth"));
        OK(!pointer_get(tree, "/services/0/serviceName/x"));
        OK(!pointer_get(tree, "services"));
    }
}

static void test_names(void)
{
    TEST("elements have one name to merge by")
    {
        const json_t *list = json_object_get(tree, "taskDefinitions");
        char **names = element_names(list);
        IS_STR(names[0], "auth:1");
        IS_STR(names[1], "random:1");
        IS_STR(names[2], "auth:5");
        IS_STR(names[3], "auth:6");
        IS_STR(names[4], NULL);
        element_names_free(names, json_array_size(list));
    }
}

int main(void)
{
    tap_begin();
    tree = json_loads(
        "{\"services\": [{\"serviceName\": \"auth\", \"desiredCount\": 2, \"only\": 1},"
        "  {\"serviceName\": \"random\", \"desiredCount\": 4}],"
        " \"taskDefinitions\": [{\"family\": \"auth\"}, {\"family\": \"random\"}, {\"family\": "
        "\"auth\", "
        "  \"revision\": 5, \"cpu\": 1}, {\"family\": \"auth\"}, {}],"
        " \"scalableTargets\": [{\"ResourceId\": \"service/stage01/auth\", \"MinCapacity\": 1}],"
        " \"scalingPolicies\": [{\"PolicyName\": \"cpu-up\", \"ResourceId\": \"service/c/auth\"},"
        "  {\"PolicyName\": \"queue\", \"ResourceId\": \"service/c/worker\"},"
        "  {\"PolicyName\": \"cpu-down\", \"ResourceId\": \"service/c/auth\"}],"
        " \"targetGroups\": [{\"Name\": \"tg-a\"}, {\"TargetGroupName\": \"tg-b\", \"Attributes\": "
        "  [{\"Key\": \"k\", \"Value\": \"v\"}]}],"
        " \"cluster\": {\"containerInstances\": [{\"instanceType\": \"t2.small\"}]},"
        " \"behavior\": {\"auth\": {\"startup\": 1}, \"random\": {\"startup\": 2}, \"other\": 3},"
        " \"odd\": {\"a/b~c\": 1, \"*\": 2, \"\": 3}, \"plain\": [1, 2], \"empty\": []}",
        0, NULL);
    OK(tree != NULL);
    test_match();
    test_path();
    test_names();
    json_decref(tree);
    return tap_end();
}
