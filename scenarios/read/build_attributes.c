/* Attributes of target groups and load balancers (L41, L45, L46, L52, L57, L72, L80, L84, L101). */
#include "scenarios/read/build.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_START_LEAST 30 /* L45 */

typedef enum {
    ATTRIBUTE_NUMBER, /* low..high; with `off` this word, too, which is 0 */
    ATTRIBUTE_CHOICE, /* one of `words`: its place among them */
    ATTRIBUTE_ONLY,   /* other values than `words` are an error */
    ATTRIBUTE_AS_IF,  /* other values are a warning: simulated as one of `words` */
    ATTRIBUTE_IGNORED
} attribute_kind;

/* Those that have a value. */
typedef enum {
    VALUE_NONE,
    VALUE_DELAY,
    VALUE_ALGORITHM,
    VALUE_CROSS_ZONE,
    VALUE_SLOW_START,
    VALUE_DNS_COUNT,
    VALUE_DNS_PERCENT,
    VALUE_ROUTING_COUNT,
    VALUE_ROUTING_PERCENT,
    VALUE_TERMINATES,
    VALUE_RESETS,
    VALUE_IDLE_TIMEOUT,
    VALUE_COUNT
} attribute_value;

#define NOT_GIVEN (-1)

/* What a Key of Attributes means. A key that ends in a dot stands for all that begin so. */
typedef struct {
    const char *key;
    attribute_kind kind;
    attribute_value value;
    int low, high;
    bool off;
    const char *words; /* " a b " */
} attribute_rule;

#define HEALTHY "minimum_healthy_targets."

/* clang-format off */
static const attribute_rule group_attributes[] = {
    {"deregistration_delay.timeout_seconds", ATTRIBUTE_NUMBER, VALUE_DELAY, 0, 3600, false, NULL},
    {"load_balancing.algorithm.type", ATTRIBUTE_CHOICE, VALUE_ALGORITHM, 0, 0, false, " round_robin weighted_random least_outstanding_requests "},
    {"load_balancing.cross_zone.enabled", ATTRIBUTE_CHOICE, VALUE_CROSS_ZONE, 0, 0, false, " false true use_load_balancer_configuration "},
    {"slow_start.duration_seconds", ATTRIBUTE_NUMBER, VALUE_SLOW_START, 0, 900, false, NULL},
    {"target_group_health.dns_failover." HEALTHY "count", ATTRIBUTE_NUMBER, VALUE_DNS_COUNT, 1, 1000, true, NULL},
    {"target_group_health.dns_failover." HEALTHY "percentage", ATTRIBUTE_NUMBER, VALUE_DNS_PERCENT, 1, 100, true, NULL},
    {"target_group_health.unhealthy_state_routing." HEALTHY "count", ATTRIBUTE_NUMBER, VALUE_ROUTING_COUNT, 1, 1000, false, NULL},
    {"target_group_health.unhealthy_state_routing." HEALTHY "percentage", ATTRIBUTE_NUMBER, VALUE_ROUTING_PERCENT, 1, 100, true, NULL},
    {"load_balancing.algorithm.anomaly_mitigation", ATTRIBUTE_ONLY, VALUE_NONE, 0, 0, false, " off "}, /* L44 */
    {"stickiness.enabled", ATTRIBUTE_AS_IF, VALUE_NONE, 0, 0, false, " false "}, /* L46 */
    {"stickiness.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"lambda.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"proxy_protocol_v2.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"preserve_client_ip.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"deregistration_delay.connection_termination.enabled", ATTRIBUTE_CHOICE, VALUE_TERMINATES, 0, 0, false, " false true "}, /* L84 */
    {"target_health_state.unhealthy.connection_termination.enabled", ATTRIBUTE_CHOICE, VALUE_RESETS, 0, 0, false, " false true "}, /* L101 */
    {"target_health_state.unhealthy.draining_interval_seconds", ATTRIBUTE_ONLY, VALUE_NONE, 0, 0, false, " 0 "},
    {"target_failover.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
};

static const attribute_rule balancer_attributes[] = {
    {"idle_timeout.timeout_seconds", ATTRIBUTE_NUMBER, VALUE_IDLE_TIMEOUT, 1, 4000, false, NULL},
    {"load_balancing.cross_zone.enabled", ATTRIBUTE_CHOICE, VALUE_CROSS_ZONE, 0, 0, false, " false true "},
    {"access_logs.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"connection_logs.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"health_check_logs.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"client_keep_alive.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"deletion_protection.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"routing.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"waf.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"ipv6.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"zonal_shift.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"dns_record.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
    {"secondary_ips.", ATTRIBUTE_IGNORED, VALUE_NONE, 0, 0, false, NULL},
};
/* clang-format on */

typedef struct {
    int value[VALUE_COUNT];
    const char *pointer[VALUE_COUNT]; /* of what was given */
} attributes;

static const attribute_rule *rule_of(const attribute_rule *rules, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(rules[i].key);
        const bool family = rules[i].key[length - 1] == '.';
        if (family ? strncmp(rules[i].key, key, length) == 0 : strcmp(rules[i].key, key) == 0)
            return &rules[i];
    }
    return NULL;
}

/* The word's place among `words`, from 0; -1: none of them. */
static int place_of(const char *words, const char *value)
{
    char spaced[80];
    snprintf(spaced, sizeof spaced, " %.70s ", value);
    const char *found = value[0] ? strstr(words, spaced) : NULL;
    int nth = -1;
    for (const char *c = words; found && c <= found; c++)
        nth += *c == ' ';
    return nth;
}

static int read_number(builder *b, const attribute_rule *rule, const char *value, const char *at)
{
    if (rule->off && strcmp(value, "off") == 0) return 0;
    char *end;
    const long number = strtol(value, &end, 10);
    if (end != value && !*end && number >= rule->low && number <= rule->high) return (int)number;
    const bool seconds = rule->value == VALUE_DELAY || rule->value == VALUE_SLOW_START ||
                         rule->value == VALUE_IDLE_TIMEOUT;
    build_error(b, at, "expected %d..%d%s, got \"%s\"", rule->low, rule->high,
                rule->off ? " or off"
                : seconds ? " s"
                          : "",
                value);
    return NOT_GIVEN;
}

static void read_one(builder *b, const attribute_rule *rule, const char *value, const char *at,
                     attributes *out)
{
    const int nth = rule->words ? place_of(rule->words, value) : 0;
    switch (rule->kind) {
    case ATTRIBUTE_NUMBER:
        out->value[rule->value] = read_number(b, rule, value, at);
        out->pointer[rule->value] = at;
        break;
    case ATTRIBUTE_CHOICE:
        out->value[rule->value] = nth;
        out->pointer[rule->value] = at;
        if (nth < 0 && value[0])
            build_error(b, at, "expected one of%sgot \"%s\"", rule->words, value);
        break;
    case ATTRIBUTE_ONLY:
        if (nth < 0 && value[0] && !b->bare)
            build_error(b, at, "\"%s\" %s is not simulated by this version of berth, only%s",
                        rule->key, value, rule->words);
        break;
    case ATTRIBUTE_AS_IF:
        if (nth < 0 && value[0] && !b->bare)
            build_warning(b, at, "\"%s\" %s is not simulated: as if it were%s", rule->key, value,
                          rule->words);
        break;
    case ATTRIBUTE_IGNORED:
        break;
    }
}

static attributes read_attributes(builder *b, const json_t *object, const char *pointer,
                                  const attribute_rule *rules, size_t count)
{
    const json_t *list = build_get(object, "Attributes");
    attributes out = {.pointer = {NULL}};
    for (int v = 0; v < VALUE_COUNT; v++)
        out.value[v] = NOT_GIVEN;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *key = build_text(item, "Key", NULL), *value = build_text(item, "Value", "");
        if (!key) continue;
        const attribute_rule *rule = rule_of(rules, count, key);
        if (rule)
            read_one(b, rule, value, build_pointer(b, "%s/Attributes/%zu/Value", pointer, i), &out);
        else
            build_warning(b, build_pointer(b, "%s/Attributes/%zu/Key", pointer, i),
                          "unknown attribute \"%s\"", key);
    }
    return out;
}

static uint32_t given_or(const attributes *a, attribute_value v, uint32_t otherwise)
{
    return a->value[v] == NOT_GIVEN ? otherwise : (uint32_t)a->value[v];
}

/* L53: what withdraws a zone must not be below what opens its node. */
static void check_thresholds(builder *b, const attributes *a, const target_group_config *g)
{
    const attribute_value counts[] = {VALUE_DNS_COUNT, VALUE_DNS_PERCENT};
    const uint32_t dns[] = {g->dns_count, g->dns_percent},
                   routing[] = {g->routing_count, g->routing_percent};
    for (int i = 0; i < 2; i++)
        if (dns[i] > 0 && dns[i] < routing[i] && a->pointer[counts[i]])
            build_error(b, a->pointer[counts[i]],
                        "the DNS threshold (%u) must not be below that of routing (%u) (L53)",
                        dns[i], routing[i]);
}

void build_group_attributes(builder *b, const json_t *object, const char *pointer,
                            target_group_config *g)
{
    static const routing_algorithm algorithms[] = {ALGORITHM_ROUND_ROBIN, ALGORITHM_WEIGHTED_RANDOM,
                                                   ALGORITHM_LEAST_OUTSTANDING};
    const attributes a = read_attributes(b, object, pointer, group_attributes,
                                         sizeof group_attributes / sizeof group_attributes[0]);
    const uint32_t slow_s = given_or(&a, VALUE_SLOW_START, 0);
    g->deregistration_delay_us = given_or(&a, VALUE_DELAY, 300) * SIM_SECOND; /* L80 */
    g->algorithm = algorithms[given_or(&a, VALUE_ALGORITHM, 0)];
    g->slow_start_us = slow_s * SIM_SECOND;
    g->routing_count = given_or(&a, VALUE_ROUTING_COUNT, 1); /* L52 */
    g->routing_percent = given_or(&a, VALUE_ROUTING_PERCENT, 0);
    g->dns_count = given_or(&a, VALUE_DNS_COUNT, g->routing_count);
    g->dns_percent = given_or(&a, VALUE_DNS_PERCENT, 0);
    g->keeps_connections = given_or(&a, VALUE_TERMINATES, 0) == 0;
    g->keeps_unhealthy = given_or(&a, VALUE_RESETS, 1) == 0;
    g->cross_zone = CROSS_ZONE_OF_BALANCER;
    if (a.value[VALUE_CROSS_ZONE] == 0) g->cross_zone = CROSS_ZONE_OFF;
    if (a.value[VALUE_CROSS_ZONE] == 1) g->cross_zone = CROSS_ZONE_ON;
    if (slow_s > 0 && slow_s < SLOW_START_LEAST)
        build_error(b, a.pointer[VALUE_SLOW_START], "expected 0 or %d..900 s, got %u (L45)",
                    SLOW_START_LEAST, slow_s);
    if (slow_s > 0 && g->algorithm != ALGORITHM_ROUND_ROBIN)
        build_error(b, a.pointer[VALUE_SLOW_START], "slow start goes with round_robin only (L45)");
    check_thresholds(b, &a, g);
}

void build_balancer_attributes(builder *b, const json_t *object, const char *pointer,
                               load_balancer_config *l)
{
    const attributes a =
        read_attributes(b, object, pointer, balancer_attributes,
                        sizeof balancer_attributes / sizeof balancer_attributes[0]);
    l->idle_timeout_us = given_or(&a, VALUE_IDLE_TIMEOUT, 60) * SIM_SECOND; /* L72 */
    l->zonal = l->type == LOAD_BALANCER_NETWORK && given_or(&a, VALUE_CROSS_ZONE, 0) == 0;
    if (l->type == LOAD_BALANCER_APPLICATION && a.value[VALUE_CROSS_ZONE] == 0)
        build_error(b, a.pointer[VALUE_CROSS_ZONE],
                    "an application load balancer always crosses zones; a target group may turn it "
                    "off (L57)");
}

void build_cross_zone(builder *b)
{
    for (uint32_t i = 0; i < b->config->target_group_count; i++) {
        target_group_config *g = &b->config->target_groups[i];
        if (g->load_balancer == NO_INDEX) continue;
        const load_balancer_config *l = &b->config->load_balancers[g->load_balancer];
        g->zonal = g->cross_zone == CROSS_ZONE_OFF ||
                   (g->cross_zone == CROSS_ZONE_OF_BALANCER && l->zonal);
    }
}
