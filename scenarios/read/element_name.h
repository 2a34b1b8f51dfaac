/* element_name.h - the names of the elements of lists, for pointers and for merging.
 *
 * An object in a list is named by the first of these that it has as a non-empty string: PolicyName,
 * ScheduledActionName, AlarmName, serviceName, family (as FAMILY:REVISION), TargetGroupName,
 * LoadBalancerName, AutoScalingGroupName, Name, ResourceId (its last part), instanceType, Key,
 * name. That is its merge name. A pointer may also use any other of them that the element has (so
 * /scalingPolicies/auth finds the policy by its ResourceId), and a family without revision, as long
 * as one element only answers to it.
 * REVISION    the element's `revision`, or one more than that of the last of its family before it
 * in the list, from 1.
 */
#ifndef BERTH_SCENARIOS_READ_ELEMENT_NAME_H
#define BERTH_SCENARIOS_READ_ELEMENT_NAME_H

#include <jansson.h>
#include <stdbool.h>

/* The merge names of all elements of a list: json_array_size strings (to be released with
 * element_names_free), NULL where an element has none. Cost O(elements). */
char **element_names(const json_t *list);
void element_names_free(char **names, size_t count);

/* How many elements answer to `name` (by merge name, else by any other); *index is the first. Cost
 * O(elements), no allocation. */
size_t element_find(const json_t *list, const char *name, size_t *index);

#endif
