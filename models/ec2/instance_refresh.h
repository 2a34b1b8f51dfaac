/* instance_refresh.h - start-instance-refresh: a group's instances are replaced, batch by batch (A91).
 *
 * Whom        those that the group has when it starts, of the fullest zone first, the lowest numbers first. With
 *             SkipMatching nobody, as a group has one launch template. Protected ones go, are left alone, or hold it up
 *             (ScaleInProtectedInstances).
 * Batch       begins when the group has all of its instances and they are healthy: in service, and new ones warm.
 *             Without MaxHealthyPercentage as many go as leave MinHealthyPercentage of desired, at least one, and their
 *             replacements are launched behind them. With it that many more are launched before, and as many go as
 *             then leave the minimum. One of neither is no refresh: then one goes at a time.
 * When        at the group's looks, multiples of 60 s in PHASE_GROUP; nothing happens while nothing changes.
 * Checkpoints after that share of the instances it waits for CheckpointDelay; behind the last it is over.
 * Ends        when all have been replaced and the last are warm; it fails where protected instances hold it up for an
 *             hour, and after 14 days.
 * Moves       tasks on instances when those are given up, against the tasks there when it started: 1 is each once.
 * Departs     (a) instances are never in Standby; (b) zones are not rebalanced meanwhile.
 */
#ifndef BERTH_MODELS_EC2_INSTANCE_REFRESH_H
#define BERTH_MODELS_EC2_INSTANCE_REFRESH_H

#include "models/ecs/ecs.h"

typedef struct instance_refreshes instance_refreshes;

instance_refreshes *instance_refreshes_create(ecs *e);
void instance_refreshes_destroy(instance_refreshes *r); /* NULL is fine */

/* How many of `healthy` instances may go at once (A91). extra: those that may be there beyond desired. */
int64_t instance_refresh_batch(int64_t desired, int64_t healthy, uint32_t minimum_percent,
                               int64_t extra);

/* AWS's answer where one is in progress; NULL: none is. Groups go by index. */
const char *instance_refresh_refuses(const ecs *e, uint32_t group);
void instance_refresh_start(ecs *e, uint32_t group, const instance_refresh_config *how);
/* The group is being looked at. */
void instance_refresh_look(ecs *e, uint32_t group);
/* An instance of the group has come into service. */
void instance_refresh_in_service(ecs *e, uint32_t group, uint32_t instance_index);
bool instance_refresh_active(const ecs *e, uint32_t group);

uint32_t instance_refresh_count(const ecs *e, uint32_t group);
void instance_refresh_sample_now(const ecs *e, uint32_t group, uint32_t number,
                                 instance_refresh_sample *out);

#endif
