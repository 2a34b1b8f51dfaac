/* The cluster query language (E93-E95): what it selects, and where it says what is wrong. */
#include "models/ecs/java_regex.h"
#include "models/ecs/query.h"
#include "tests/tap.h"

typedef struct {
    const char *name, *value;
} pair;

static const pair attributes[] = {
    {"ecs.instance-type", "t2.small"},
    {"stack", "prod"},
    {"size", "10"},
    {"ratio", "1.50"},
    {"flag", ""},
    {NULL, NULL},
};
static const char *const groups[] = {"service:web", "family:batch"};

static const char *attribute(const void *context, const char *name)
{
    (void)context;
    for (const pair *p = attributes; p->name; p++)
        if (strcmp(p->name, name) == 0) return p->value;
    return NULL;
}

static const char *group(const void *context, uint32_t i)
{
    (void)context;
    return i < 2 ? groups[i] : NULL;
}

static const char *no_group(const void *context, uint32_t i)
{
    (void)context;
    (void)i;
    return NULL;
}

/* 2018-02-12T23:59:59Z */
#define REGISTERED INT64_C(1518479999000000)

static bool selects(const char *expression)
{
    sim_error err = {.line = 0};
    query_subject s = {
        .attribute = attribute,
        .group = group,
        .agent_connected = true,
        .agent_version = "1.51.0",
        .ec2_instance_id = "i-abcd1234",
        .registered_unix_us = REGISTERED,
        .running_tasks = 2,
    };
    query *q = query_parse(expression, &err);
    if (!q) return TAP_FAIL("%s: column %d: %s", expression, err.column, err.text);
    bool selected = query_matches(q, &s);
    query_destroy(q);
    return selected;
}

#define SELECTS(e) (selects(e) ? true : TAP_FAIL("should select: %s", e))
#define REFUSES(e) (selects(e) ? TAP_FAIL("should not select: %s", e) : true)

/* Not parsed, with the error at this column and these words in it. */
static void wrong(const char *expression, int column, const char *words)
{
    sim_error err = {.line = 0};
    if (query_check(expression, &err)) {
        (void)TAP_FAIL("should not parse: %s", expression);
        return;
    }
    if (err.column != column || !strstr(err.text, words))
        (void)TAP_FAIL("%s: column %d: %s", expression, err.column, err.text);
}

static bool matches(const char *pattern, const char *value)
{
    char problem[160] = "";
    regex_t r;
    if (!java_regex_compile(&r, pattern, problem, sizeof problem))
        return TAP_FAIL("%s: %s", pattern, problem);
    bool found = regexec(&r, value, 0, NULL, 0) == 0;
    regfree(&r);
    return found;
}

static void refused(const char *pattern, const char *words)
{
    char problem[160] = "";
    regex_t r;
    if (java_regex_compile(&r, pattern, problem, sizeof problem)) {
        regfree(&r);
        (void)TAP_FAIL("should be refused: %s", pattern);
    } else if (!strstr(problem, words)) {
        (void)TAP_FAIL("%s: %s", pattern, problem);
    }
}

static void test_operators(void)
{
    TEST("symbols and words mean the same")
    {
        SELECTS("attribute:stack == prod");
        SELECTS("attribute:stack equals prod");
        REFUSES("attribute:stack != prod");
        REFUSES("attribute:stack not_equals prod");
        SELECTS("attribute:stack in [dev, prod]");
        SELECTS("attribute:stack !in [dev,test]");
        SELECTS("attribute:stack not_in [ dev , 'a b' ]");
        SELECTS("attribute:ecs.instance-type =~ t2.*");
        SELECTS("attribute:ecs.instance-type matches 't2\\.(small|medium)'");
        SELECTS("attribute:ecs.instance-type !~ m4.*");
        SELECTS("attribute:ecs.instance-type not_matches m4.*");
        SELECTS("attribute:stack exists");
        SELECTS("attribute:other !exists");
        SELECTS("attribute:other not_exists");
        SELECTS("runningTasksCount greater_than 1");
        SELECTS("runningTasksCount greater_than_equal 2");
        SELECTS("runningTasksCount less_than 3");
        SELECTS("runningTasksCount less_than_equal 2");
    }
    TEST("blanks around symbols are free")
    {
        SELECTS("attribute:stack==prod");
        SELECTS("  ( attribute:stack=='prod' )  ");
        SELECTS("!(attribute:stack!=prod)");
        SELECTS("runningTasksCount>=2 &&attribute:stack==\"prod\"||attribute:x exists");
        wrong("runningTasksCount>=2&&attribute:x exists", 20, "whole number"); /* one bare word */
    }
    TEST("a missing attribute fails every operator but !exists (E95)")
    {
        REFUSES("attribute:other == prod");
        REFUSES("attribute:other != prod");
        REFUSES("attribute:other !in [a]");
        REFUSES("attribute:other !~ a.*");
        REFUSES("attribute:other < 5");
        REFUSES("attribute:other exists");
        SELECTS("not attribute:other == prod");
    }
    TEST("an attribute without a value exists and is empty (E15)")
    {
        SELECTS("attribute:flag exists");
        SELECTS("attribute:flag == ''");
        SELECTS("attribute:flag != prod");
    }
    TEST("relations on attributes are numeric if both are numbers, else by bytes (E94)")
    {
        SELECTS("attribute:size > 9");
        REFUSES("attribute:size > 9a"); /* "10" < "9a" */
        SELECTS("attribute:ratio == 1.50");
        REFUSES("attribute:ratio == 1.5"); /* equality is of text */
        SELECTS("attribute:ratio >= 1.5");
        SELECTS("attribute:ratio <= 1.5");
        SELECTS("attribute:ratio > -1.75");
        SELECTS("attribute:ratio < 1.500000000000000000001");
        SELECTS("attribute:stack > dev");
    }
}

static void test_subjects(void)
{
    TEST("agent, instance id, counts")
    {
        SELECTS("agentConnected == true");
        SELECTS("agentConnected in [true]");
        REFUSES("agentConnected =~ f.*");
        SELECTS("ec2InstanceId in ['i-abcd1234', \"i-wxyx7890\"]");
        SELECTS("ec2InstanceId =~ 'i-[a-d]+[0-9]{4}'");
        SELECTS("runningTasksCount == 2");
        REFUSES("runningTasksCount != 2");
    }
    TEST("agent versions compare number by number")
    {
        SELECTS("agentVersion == 1.51.0");
        SELECTS("agentVersion == 1.51");
        SELECTS("agentVersion > 1.9.9");
        SELECTS("agentVersion < 1.100.0");
        SELECTS("agentVersion >= v1.51.0");
        REFUSES("agentVersion > 1.51.0");
    }
    TEST("registration times: dates, offsets")
    {
        SELECTS("registeredAt < 2018-02-13");
        REFUSES("registeredAt >= 2018-02-13");
        SELECTS("registeredAt == 2018-02-12T23:59:59Z");
        SELECTS("registeredAt == 2018-02-12T23:59:59");
        SELECTS("registeredAt == 2018-02-13T01:29:59+01:30");
        SELECTS("registeredAt == '2018-02-12T18:59:59-05:00'");
        SELECTS("registeredAt > 1969-12-31T23:59:59Z");
        SELECTS("registeredAt < 2024-02-29");
    }
    TEST("task:group holds if some group does, its negatives if none does (E95)")
    {
        SELECTS("task:group == service:web");
        REFUSES("task:group == service:other");
        REFUSES("task:group != service:web");
        SELECTS("task:group != service:other");
        SELECTS("task:group =~ family:.*");
        REFUSES("task:group !~ family:.*");
        SELECTS("task:group in [x, family:batch]");
        REFUSES("task:group not_in [family:batch]");
        SELECTS("task:group exists");
        query *q = query_parse("task:group !exists and task:group != a", NULL);
        query_subject empty = {.attribute = attribute, .group = no_group};
        OK(query_matches(q, &empty));
        IS_INT(query_reads(q), QUERY_READS_TASKS);
        query_destroy(q);
    }
}

static void test_structure(void)
{
    TEST("not binds tighter than and, and tighter than or")
    {
        SELECTS("attribute:stack == prod or attribute:x == 1 and attribute:y == 1");
        REFUSES("(attribute:stack == prod or attribute:x == 1) and attribute:y == 1");
        REFUSES("not attribute:stack == prod and attribute:size == 10");
        SELECTS("not attribute:stack == prod or attribute:size == 10");
        SELECTS("not (attribute:stack == prod and attribute:size == 11)");
        SELECTS("not not attribute:stack == prod");
        SELECTS("!!(attribute:stack == prod)");
    }
    TEST("nesting as deep as the length allows")
    {
        char deep[QUERY_LENGTH_MAX + 1];
        const char *core = "attribute:stack==prod";
        size_t n = (QUERY_LENGTH_MAX - strlen(core)) / 2;
        memset(deep, '(', n);
        strcpy(deep + n, core);
        memset(deep + n + strlen(core), ')', n);
        deep[2 * n + strlen(core)] = 0;
        SELECTS(deep);
        deep[2 * n + strlen(core) - 1] = 0;
        wrong(deep, (int)(2 * n + strlen(core)), "not closed");
        memset(deep, '!', n * 2);
        strcpy(deep + n * 2, core);
        SELECTS(deep);
    }
    TEST("many predicates in a row")
    {
        char wide[QUERY_LENGTH_MAX + 1] = "runningTasksCount==2";
        while (strlen(wide) < 1950)
            strcat(wide, " &&!(runningTasksCount==1)");
        SELECTS(wide);
    }
}

static void test_errors(void)
{
    TEST("errors say where")
    {
        wrong("", 1, "condition is expected");
        wrong("   ", 4, "condition is expected");
        wrong("stack == prod", 1, "attribute:NAME");
        wrong("attribute: == prod", 11, "without a name");
        wrong("attribute:stack", 16, "operator is expected");
        wrong("attribute:stack = prod", 17, "expected an operator");
        wrong("attribute:stack == ", 20, "value is expected");
        wrong("attribute:stack == prod extra", 25, "and, or");
        wrong("attribute:stack == 'prod", 20, "quote");
        wrong("attribute:stack in prod", 20, "[");
        wrong("attribute:stack in [a b]", 23, ", or ]");
        wrong("attribute:stack in [a", 22, ", or ]");
        wrong("attribute:stack in []", 21, "expected a value");
        wrong("(attribute:stack == prod", 25, "not closed");
        wrong("attribute:stack == prod)", 24, ") without (");
        wrong("attribute:stack == prod and", 28, "condition is expected");
        wrong("attribute:stack == t(2)", 21, "and, or");
        wrong("attribute:stack == [", 20, "expected a value");
    }
    TEST("subjects take the operators of E93 only")
    {
        wrong("agentConnected > 1", 16, "operator");
        wrong("agentConnected exists", 16, "operator");
        wrong("ec2InstanceId < i-1", 15, "operator");
        wrong("agentVersion in [1.0]", 14, "operator");
        wrong("agentVersion =~ 1.*", 14, "operator");
        wrong("registeredAt !~ 2.*", 14, "operator");
        wrong("runningTasksCount exists", 19, "operator");
        wrong("agentConnectedX == true", 1, "expected agentConnected");
    }
    TEST("values of the wrong kind")
    {
        wrong("runningTasksCount == two", 22, "whole number");
        wrong("runningTasksCount == -1", 22, "whole number");
        wrong("agentVersion == 1.x", 17, "version");
        wrong("registeredAt == 2018-02-30", 17, "YYYY-MM-DD");
        wrong("registeredAt == 2018-02-12T24:00:00", 17, "YYYY-MM-DD");
        wrong("registeredAt == 2018-2-1", 17, "YYYY-MM-DD");
        wrong("attribute:a =~ '(?=x)'", 16, "not supported");
        wrong("attribute:a =~ '['", 16, "regex");
    }
    TEST("longer than 2,000 characters (E84)")
    {
        char text[QUERY_LENGTH_MAX + 10];
        memset(text, ' ', sizeof text);
        text[QUERY_LENGTH_MAX + 1] = 0;
        wrong(text, QUERY_LENGTH_MAX + 1, "longer than 2000");
    }
}

static void test_regex(void)
{
    TEST("a Java regex must match the whole value")
    {
        OK(matches("t2.*", "t2.small"));
        OK(!matches("t2", "t2.small"));
        OK(!matches("small", "t2.small"));
        OK(matches("a|b", "b"));
        OK(!matches("a|b", "ab"));
        OK(matches("", ""));
        OK(matches("^t2$", "t2"));
    }
    TEST("what POSIX lacks is translated")
    {
        OK(matches("\\d+\\.\\d{2}", "12.34"));
        OK(!matches("\\d+", "1a"));
        OK(matches("\\w+-\\W", "ab_9-!"));
        OK(matches("a\\sb\\S", "a bc"));
        OK(matches("\\D+", "abc"));
        OK(matches("(?:ab)+c?", "abab"));
        OK(matches("a.*?b", "a1b2b"));
        OK(matches("a{1,2}?b", "aab"));
        OK(matches("[\\w.]+", "a.b_1"));
        OK(matches("[^\\d]", "x"));
        OK(!matches("[^\\d]", "7"));
        OK(matches("[a\\-\\]]+", "a-]"));
        OK(matches("[-^]+", "^-"));
        OK(matches("[\\^]", "^"));
        OK(matches("\\Qa.b*\\E", "a.b*"));
        OK(!matches("\\Qa.b\\E", "axb"));
        OK(matches("\\Qab\\E+", "abbb"));
        OK(matches("a\\.b\\\\\\^\\$\\{", "a.b\\^${"));
        OK(matches("x\\ty", "x\ty"));
        OK(matches("/-_@", "/-_@"));
        OK(matches("a}]", "a}]"));
    }
    TEST("what cannot be carried over is refused")
    {
        refused("(?=a)", "(?");
        refused("(?<n>a)", "(?");
        refused("(?i)a", "(?");
        refused("a*+", "possessive");
        refused("a{2}+", "possessive");
        refused("(a)\\1", "back-references");
        refused("\\ba", "escape");
        refused("\\p{L}", "escape");
        refused("\\x41", "escape");
        refused("[a&&b]", "intersection");
        refused("[a[b]]", "class within");
        refused("[z-a]", "range");
        refused("[a-\\d]", "range");
        refused("[", "not closed");
        refused("[^", "not closed");
        refused("[]", "empty");
        refused("(a", "not closed");
        refused("a)", ") without (");
        refused("*a", "nothing to repeat");
        refused("a|*", "nothing to repeat");
        refused("a**", "nothing to repeat");
        refused("a{,3}", "bound");
        refused("a{3,2}", "bounds");
        refused("a{", "bound");
        refused("a{1000}", "255");
        refused("((a{100}){100}){2}", "10,000");
        refused("a\\", "backslash");
    }
}

int main(void)
{
    tap_begin();
    test_operators();
    test_subjects();
    test_structure();
    test_errors();
    test_regex();
    return tap_end();
}
