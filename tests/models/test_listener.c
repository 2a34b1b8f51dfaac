/* Listener rules: patterns, priorities, conditions, weights (L60-L64). */
#include "tests/tap.h"

#include "models/elb/listener.h"

static bool path_matches(const char *pattern, const char *text)
{
    return listener_pattern_matches(pattern, text, strlen(text), false);
}

/* The plain recursive definition of `*` and `?`, as the oracle. */
static bool plainly(const char *pattern, const char *text)
{
    if (*pattern == '\0') return *text == '\0';
    if (*pattern == '*')
        return plainly(pattern + 1, text) || (*text != '\0' && plainly(pattern, text + 1));
    return *text != '\0' && (*pattern == '?' || *pattern == *text) &&
           plainly(pattern + 1, text + 1);
}

static void patterns(void)
{
    TEST("star_spans_slashes_and_question_mark_is_one_character (L62)")
    {
        OK(path_matches("/img/*", "/img/"));
        OK(path_matches("/img/*/pics", "/img/a/b/pics"));
        OK(!path_matches("/img/*/pics", "/img/pics"));
        OK(path_matches("/?", "/a"));
        OK(!path_matches("/?", "/"));
        OK(!path_matches("/?", "/ab"));
        OK(path_matches("*", ""));
        OK(!path_matches("", "/"));
        OK(!path_matches("/IMG", "/img"));
        OK(listener_pattern_matches("*.Example.com", "www.example.COM", 15, true));
    }
    TEST("matching_agrees_with_the_plain_definition_on_all_short_texts")
    {
        static const char pattern_letters[] = "a*?", text_letters[] = "ab";
        for (int p = 0; p < 729; p++) {
            char pattern[7] = "";
            for (int i = 0, rest = p; i < 6; i++, rest /= 3)
                pattern[i] = pattern_letters[rest % 3];
            for (int n = 0; n <= 6; n++)
                for (int v = 0; v < 1 << n; v++) {
                    char text[7] = "";
                    for (int i = 0; i < n; i++)
                        text[i] = text_letters[v >> i & 1];
                    if (!OK(path_matches(pattern, text) == plainly(pattern, text)))
                        printf("# %s on %s\n", pattern, text);
                }
        }
    }
    TEST("a_hundred_stars_do_not_blow_up")
    {
        char pattern[201], text[1001];
        for (int i = 0; i < 200; i += 2) {
            pattern[i] = '*';
            pattern[i + 1] = 'a';
        }
        pattern[200] = '\0';
        memset(text, 'a', 1000);
        text[1000] = '\0';
        OK(path_matches(pattern, text));
        text[999] = 'b';
        OK(!path_matches(pattern, text));
    }
}

static void rules(void)
{
    const char *api[] = {"/api/*"}, *two[] = {"/one", "/two"}, *host[] = {"*.example.com"};
    forward_target to[4] = {{0, 1}, {1, 1}, {2, 1}, {3, 1}};
    listener_action forward[4];
    for (int i = 0; i < 4; i++)
        forward[i] =
            (listener_action){.kind = ACTION_FORWARD, .forward_count = 1, .forwards = &to[i]};
    listener_config listeners[] = {
        {.load_balancer = 1, .default_action = forward[3]},
        {.load_balancer = 0, .port = 80, .default_action = {.kind = ACTION_REDIRECT}},
        {.load_balancer = 0, .port = 443, .default_action = forward[3]},
        {.load_balancer = 2, .default_action = {.kind = ACTION_FIXED_RESPONSE}},
    };
    listener_rule_config list[] = {
        {.listener = 0, .priority = 1, .path_count = 1, .paths = api, .action = forward[2]},
        {.listener = 2, .priority = 5, .unmatched = true, .action = forward[2]},
        {.listener = 2,
         .priority = 10,
         .path_count = 1,
         .paths = api,
         .host_count = 1,
         .hosts = host,
         .action = forward[0]},
        {.listener = 2, .priority = 20, .path_count = 2, .paths = two, .action = forward[1]},
    };
    model_config cfg = {
        .listener_count = 4, .listeners = listeners, .rule_count = 4, .rules = list};
#define GOES_TO(host_name, path)                                                                   \
    (listener_match(&cfg, 2, host_name, path)->forwards[0].target_group)
    TEST("first_rule_whose_conditions_all_hold_wins_else_the_default (L60, L61, L64)")
    {
        IS_INT(GOES_TO("www.example.com", "/api/x"), 0);
        IS_INT(GOES_TO("WWW.EXAMPLE.COM", "/api/x"), 0);
        IS_INT(GOES_TO("other.org", "/api/x"), 3);
        IS_INT(GOES_TO(NULL, "/api/x"), 3);
        IS_INT(GOES_TO(NULL, "/two"), 1);
        IS_INT(GOES_TO(NULL, "/two?q=/three"), 1);
        IS_INT(GOES_TO(NULL, "/three?q=/two"), 3);
        IS_INT(listener_match(&cfg, 0, NULL, "/api/x")->forwards[0].target_group, 2);
    }
    TEST("traffic_enters_the_first_listener_that_forwards")
    {
        IS_INT(listener_of(&cfg, 0), 2);
        IS_INT(listener_of(&cfg, 1), 0);
        IS_INT(listener_of(&cfg, 2), 3);
        IS_INT(listener_of(&cfg, 3), NO_INDEX);
    }
    TEST("weights_are_shares_and_weight_0_gets_nothing (L63)")
    {
        forward_target weighted[] = {{0, 10}, {1, 20}, {2, 0}};
        listener_action action = {.kind = ACTION_FORWARD, .forward_count = 3, .forwards = weighted};
        IS_DOUBLE(listener_forward_share(&action, 0), 1.0 / 3);
        IS_DOUBLE(listener_forward_share(&action, 1), 2.0 / 3);
        IS_DOUBLE(listener_forward_share(&action, 2), 0);
        weighted[0].weight = weighted[1].weight = 0;
        IS_DOUBLE(listener_forward_share(&action, 0), 0);
    }
}

int main(void)
{
    tap_begin();
    patterns();
    rules();
    return tap_end();
}
