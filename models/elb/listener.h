/* listener.h - which action a request meets: a listener's rules by priority, then its default
 * (L60-L64). Pure functions of the configuration.
 */
#ifndef BERTH_MODELS_ELB_LISTENER_H
#define BERTH_MODELS_ELB_LISTENER_H

#include "models/model_config.h"
#include <stdbool.h>

/* The listener that traffic to a load balancer enters: the first in file order that forwards
 * anywhere (one that only redirects to another port is passed by), else the first; NO_INDEX without
 * one. Cost O(listeners + rules). */
uint32_t listener_of(const model_config *cfg, uint32_t load_balancer);
/* The first rule, by ascending priority, whose conditions all hold, else the default action. host
 * may be NULL: then no rule that asks for one holds. A query behind the path is not looked at. */
const listener_action *listener_match(const model_config *cfg, uint32_t listener, const char *host,
                                      const char *path);
/* The action of a rule, or a listener's default one. */
const listener_action *listener_place_action(const model_config *cfg, listener_place place);
/* The share of an action's requests that goes to its i-th forward: weight / sum (L63); 0 for all
 * where every weight is 0. */
double listener_forward_share(const listener_action *action, uint32_t i);
/* `*`: any number of characters, `/` included; `?`: exactly one (L62). Compares length characters
 * of text. O(pattern * length) at worst, no recursion. */
bool listener_pattern_matches(const char *pattern, const char *text, size_t length,
                              bool ignore_case);

#endif
