/* merge.h - one tree onto another, as `extends` and --with do (contract: scenario).
 *
 * Objects     merge by key; null removes the key.
 * Lists       merge by name (element_name.h) where every element of both is an object with a name:
 *             an element onto the one of the same name, the others behind. All other lists replace
 *             the one before, and so does an empty one. A definition without `revision` is that of
 *             its place: {"family": "auth"} changes auth:1; a new revision says "revision": 2.
 * Appended    the top level's timeline, traffic, arrivals and expect.
 * Origins     go along. A merged object is from where its base is, except the root, which is from
 *             where the later file is: there its missing keys should be added.
 */
#ifndef BERTH_SCENARIOS_READ_MERGE_H
#define BERTH_SCENARIOS_READ_MERGE_H

#include "scenarios/read/origin.h"

/* Several elements of the base, or several of `over`, bear this name of the one at `place`. */
typedef void merge_ambiguous(void *context, origin_place place, const char *name);

/* Both are objects; base takes values of `over`, which must not be used after. No recursion; cost
 * O(members and elements of `over` and of the lists that merge). */
void merge_onto(json_t *base, origin *base_origin, json_t *over, origin *over_origin,
                merge_ambiguous *ambiguous, void *context);

#endif
