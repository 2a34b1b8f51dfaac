/* query.h - the cluster query language: which container instances an expression selects (E93-E95).
 *
 *     expr      := and_expr { ("or" | "||") and_expr }
 *     and_expr  := unary { ("and" | "&&") unary }
 *     unary     := ("not" | "!") unary | "(" expr ")" | predicate
 *     predicate := subject binop literal | subject unop
 *                | subject listop "[" literal {"," literal} "]"
 *
 * `not` binds tighter than `and`, `and` tighter than `or`; every operator but !exists is false on a
 * missing attribute (E95). Which operators a subject takes is E93, what they compare is E94.
 *
 * task:group holds if some group on the instance does; its negative forms (!=, !in, !~, !exists) if
 * none does what the positive form asks.
 *
 * `=~` and `!~` take a Java regex that must match the whole value (java_regex.h says what is
 * carried over and what is refused).
 *
 * Cost   parse O(length); match O(predicates), no allocation, no recursion on input depth.
 */
#ifndef BERTH_MODELS_ECS_QUERY_H
#define BERTH_MODELS_ECS_QUERY_H

#include "sim/engine/error.h"
#include <stdbool.h>
#include <stdint.h>

#define QUERY_LENGTH_MAX 2000 /* E84 */

typedef struct query query;

/* NULL and *err (text, and column within the expression, from 1) for one that does not parse. */
query *query_parse(const char *expression, sim_error *err);
void query_destroy(query *q); /* NULL is fine */
/* Does it parse? For readers: the error is that of query_parse. */
bool query_check(const char *expression, sim_error *err);

/* What the expression looks at besides attributes. */
enum {
    QUERY_READS_IDENTITY = 1, /* agentVersion, ec2InstanceId, registeredAt: fixed for an instance */
    QUERY_READS_AGENT = 2,    /* agentConnected */
    QUERY_READS_TASKS = 4,    /* runningTasksCount, task:group */
};
unsigned query_reads(const query *q);
/* The attribute names it mentions, i from 0; NULL past the last. */
const char *query_attribute(const query *q, uint32_t i);

/* An instance as the language sees it. */
typedef struct {
    const void *context;
    /* The attribute's value, "" for one without a value, NULL when the instance lacks it. */
    const char *(*attribute)(const void *context, const char *name);
    /* The i-th group of which it hosts a task whose desiredStatus is RUNNING; NULL past the last.
     */
    const char *(*group)(const void *context, uint32_t i);
    bool agent_connected;
    const char *agent_version, *ec2_instance_id; /* NULL: unknown, every comparison is false */
    int64_t registered_unix_us;
    uint32_t running_tasks;
} query_subject;

bool query_matches(const query *q, const query_subject *s);

#endif
