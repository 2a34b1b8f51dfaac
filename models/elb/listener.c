/* listener.c - rule matching; see listener.h. */
#include "models/elb/listener.h"
#include "sim/engine/check.h"
#include <string.h>

static bool forwards(const listener_action *action)
{
    return action->kind == ACTION_FORWARD && action->forward_count > 0;
}

/* Rules are sorted by (listener, priority): the first one of this listener. */
static uint32_t first_rule(const model_config *cfg, uint32_t listener)
{
    uint32_t low = 0, high = cfg->rule_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (cfg->rules[middle].listener < listener)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool forwards_anywhere(const model_config *cfg, uint32_t listener)
{
    if (forwards(&cfg->listeners[listener].default_action)) return true;
    for (uint32_t r = first_rule(cfg, listener);
         r < cfg->rule_count && cfg->rules[r].listener == listener; r++)
        if (forwards(&cfg->rules[r].action)) return true;
    return false;
}

uint32_t listener_of(const model_config *cfg, uint32_t load_balancer)
{
    uint32_t first = NO_INDEX;
    for (uint32_t l = 0; l < cfg->listener_count; l++) {
        if (cfg->listeners[l].load_balancer != load_balancer) continue;
        if (forwards_anywhere(cfg, l)) return l;
        if (first == NO_INDEX) first = l;
    }
    return first;
}

/* ASCII only: the locale stays out of it. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(char a, char b, bool ignore_case)
{
    return a == b || (ignore_case && lower(a) == lower(b));
}

/* Greedy with one point of return, the last `*`: a later star makes an earlier one's choice final.
 */
bool listener_pattern_matches(const char *pattern, const char *text, size_t length,
                              bool ignore_case)
{
    const size_t pattern_length = strlen(pattern);
    size_t p = 0, t = 0, star = SIZE_MAX, retry = 0;
    while (t < length) {
        if (p < pattern_length && pattern[p] == '*') {
            star = p++;
            retry = t;
        } else if (p < pattern_length &&
                   (pattern[p] == '?' || same(pattern[p], text[t], ignore_case))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern_length && pattern[p] == '*')
        p++;
    return p == pattern_length;
}

static bool any_matches(const char *const *patterns, uint32_t count, const char *text,
                        size_t length, bool ignore_case)
{
    for (uint32_t i = 0; i < count; i++)
        if (listener_pattern_matches(patterns[i], text, length, ignore_case)) return true;
    return false;
}

/* Values of a condition are OR-ed, conditions are AND-ed (L61). */
static bool holds(const listener_rule_config *rule, const char *host, const char *path,
                  size_t path_length)
{
    if (rule->unmatched) return false;
    if (rule->path_count > 0 &&
        !any_matches((const char *const *)rule->paths, rule->path_count, path, path_length, false))
        return false;
    if (rule->host_count == 0) return true;
    return host && any_matches((const char *const *)rule->hosts, rule->host_count, host,
                               strlen(host), true);
}

const listener_action *listener_match(const model_config *cfg, uint32_t listener, const char *host,
                                      const char *path)
{
    CHECK(listener < cfg->listener_count);
    const size_t path_length = strcspn(path, "?#");
    for (uint32_t r = first_rule(cfg, listener);
         r < cfg->rule_count && cfg->rules[r].listener == listener; r++)
        if (holds(&cfg->rules[r], host, path, path_length)) return &cfg->rules[r].action;
    return &cfg->listeners[listener].default_action;
}

const listener_action *listener_place_action(const model_config *cfg, listener_place place)
{
    CHECK(place.given && place.listener < cfg->listener_count);
    if (place.rule == NO_INDEX) return &cfg->listeners[place.listener].default_action;
    CHECK(place.rule < cfg->rule_count);
    return &cfg->rules[place.rule].action;
}

double listener_forward_share(const listener_action *action, uint32_t i)
{
    CHECK(i < action->forward_count);
    uint64_t sum = 0;
    for (uint32_t f = 0; f < action->forward_count; f++)
        sum += action->forwards[f].weight;
    return sum > 0 ? (double)action->forwards[i].weight / (double)sum : 0;
}
