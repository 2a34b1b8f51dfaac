/* traffic_shift.h - native blue/green, linear and canary deployments (E162): the new revision, green, scales
 * up beside the old one, blue; then the production rule's weights move requests over, at once or in
 * steps; after a bake time blue is stopped.
 *
 *     RECONCILE_SERVICE (more than one revision there) -> PRE_SCALE_UP -> SCALE_UP -> POST_SCALE_UP
 *         -> TEST_TRAFFIC_SHIFT -> POST_TEST_TRAFFIC_SHIFT -> PRE_PRODUCTION_TRAFFIC_SHIFT
 *         -> PRODUCTION_TRAFFIC_SHIFT (each step) -> POST_PRODUCTION_TRAFFIC_SHIFT -> BAKE_TIME -> CLEAN_UP
 *
 * Blue      the revision that the service completed last; a service without one has nobody to shift from, and
 *           rolls out. The two target groups of each load balancer change places when the shift completes.
 * Failure   traffic goes back to blue at once, which still runs; then green stops. That is the rollback.
 * Choices   (a) a stage without work or hook takes no time. (b) A newer deployment ends the shift that is under
 *           way: its traffic goes back to blue, its green stops, and blue is what is shifted from again. (c) Lambda
 *           hooks succeed at once; a PAUSE hook gets no answer, so it ends by its timeout, and of several at one
 *           stage the first that says ROLLBACK decides. (d) Deregistered, not drained: CLEAN_UP is over when
 *           blue's tasks have been told to stop (E151). (e) The circuit breaker gives green up too, though E159 knows its
 *           rollback for rolling deployments only; without `rollback` everything stays as it is, weights included.
 *           (f) The cap of 24 h concerns SCALE_UP: other stages end by bake times and hooks of their own.
 */
#ifndef BERTH_MODELS_ECS_TRAFFIC_SHIFT_H
#define BERTH_MODELS_ECS_TRAFFIC_SHIFT_H

#include "models/ecs/service_parts.h"

/* Green's share of production traffic in tenths of a percent after the k-th step, k from 1; 1000 ends it. */
uint32_t traffic_shift_step(const traffic_shift_config *config, uint32_t k);

/* Load balancers as update-service names them, their target groups in the roles that they have now: which of
 * the two serves is the service's own business. A copy. */
service_load_balancer *traffic_shift_orient(const service *s, const service_load_balancer *given,
                                            uint32_t count);
/* Gives production and test traffic to the service's own target groups, as they stand. */
void traffic_shift_settle(service *s);
/* The deployment is to be shifted to, if the service is so configured and has a revision to shift from: takes
 * the alternate target groups and begins its first stage. What another shift has moved goes back before. */
void traffic_shift_begin(service *s, deployment *green);
/* Is one under way, forward or back? Then the pass keeps the deployments side by side. */
bool traffic_shift_is_on(const service *s);
/* Passes through every stage that is over, and says how many tasks each deployment is kept at. */
void traffic_shift_advance(service *s);
/* The deployment may not complete yet: traffic is still to be moved. */
bool traffic_shift_holds(const service *s);
/* It is waiting for a time to pass, not for tasks. */
bool traffic_shift_waits(const service *s);
/* Green has failed. Whom traffic has gone back to; NULL: blue itself has failed. */
deployment *traffic_shift_revert(service *s);
/* The deployment has completed: after CLEAN_UP its target groups are the production ones. Or, without it, nothing is
 * to be moved any more. */
void traffic_shift_end(service *s, bool completed);
void traffic_shift_check(const service *s);

#endif
