/* auto_scaling_group.h - EC2 Auto Scaling groups: as many instances as desired, in their zones (A80-A90, A92, A96).
 *
 * When        a group is looked at in PHASE_GROUP, at the first multiple of 60 s behind a change (A85, A110 (6));
 *             nothing happens while nothing changes. Its instances of t = 0 are there like those of
 *             cluster.containerInstances.
 * A look      terminates what does not run any more, then launches or terminates until as many instances as
 *             desired are launching or in service. Launches that are refused in every zone are tried again a minute
 *             later.
 * Zones       when one has two instances more than another that takes launches, one is launched there and, once it is in
 *             service, one of the fuller zone goes: one pair at a time (A89).
 * Kinds       a group of several types or purchase options first brings its On-Demand instances to their number (A95),
 *             of what its pools have (mixed_instances.h); a scale-in takes of what it has too many of, On-Demand or
 *             Spot, then looks at zones and policies.
 * Stand-ins   what replaces an instance before it goes: for the balance of zones, and with CapacityRebalance for a Spot
 *             instance that got its notice (A92). Beyond max by 10 percent of it, rounded up, at least one (A90).
 *             The instance that will go is LEAVING: it counts neither as capacity nor for the balance of zones, and stays
 *             until its stand-in is in service.
 * Lifetime    an instance as old as MaxInstanceLifetime is terminated and replaced, oldest first, at most 10 percent of
 *             desired (at least one) at a time; those protected from scale-in stay (A96).
 * Members     PENDING from the request to registration, IN_SERVICE, TERMINATING while they drain (E176); those of
 *             the first two states count as capacity and for the balance of zones.
 * Managed     by a capacity provider (E189): with managed termination protection an instance goes only while it
 *             runs no task of a REPLICA service or of its own; unless another policy than the default is named, an
 *             instance without tasks goes first, then the one with fewest.
 * Departs     (a) an instance that leaves the running state is replaced at the next look, as the checks of A85 are a
 *             minute apart; (b) the default policy has no launch template to compare, as a group has one; (c) health
 *             checks are EC2's, not a load balancer's; (d) age is counted from the request.
 * Files       auto_scaling_group.c has the members and the looks; who goes is auto_scaling_scale_in.c; stand-ins and
 *             lifetimes have files of their own.
 * Cost        O(instances of the group) for each instance that a scale-in takes, O(zones) for each launch.
 */
#ifndef BERTH_MODELS_EC2_AUTO_SCALING_GROUP_H
#define BERTH_MODELS_EC2_AUTO_SCALING_GROUP_H

#include "models/ecs/ecs.h"

typedef struct auto_scaling auto_scaling;

auto_scaling *auto_scaling_create(ecs *e);
void auto_scaling_destroy(auto_scaling *a); /* NULL is fine */

/* An instance of its group was asked for at t = 0. */
void auto_scaling_add_member(ecs *e, uint32_t index);
/* Launches are no longer refused as they were: capacity has returned (A89). */
void auto_scaling_capacity_returns(ecs *e);
/* What happens to instances; those of no group are of no concern. */
void auto_scaling_registered(ecs *e, uint32_t index);
void auto_scaling_host_died(ecs *e, uint32_t index); /* it does not run any more (A84) */
void auto_scaling_gone(ecs *e, uint32_t index);      /* it is INACTIVE */
void auto_scaling_emptied(ecs *e, uint32_t index);   /* its last task has STOPPED */
/* It is a Spot instance that will be taken back (A92). */
void auto_scaling_noticed(ecs *e, uint32_t index);

/* The instance runs no longer what kept it (managed termination protection). */
void auto_scaling_may_leave(ecs *e, uint32_t index);

typedef struct {
    int64_t min, max, desired;
} auto_scaling_sizes;

auto_scaling_sizes auto_scaling_sizes_now(const ecs *e, uint32_t group);
/* When the newest of its instances, launching or in service, was asked for; SIM_NEVER: none but those of t = 0. */
sim_time auto_scaling_last_launch(const ecs *e, uint32_t group);
/* set-desired-capacity, within the bounds. */
void auto_scaling_set_desired(ecs *e, uint32_t group, int64_t desired);
/* AWS's answer where the bounds refuse it (A80); NULL: they do not. Lives as long as the model. */
const char *auto_scaling_refuses(const ecs *e, uint32_t group, int64_t desired);
/* A scheduled action of a group sets sizes (A70, A72). */
void auto_scaling_set_sizes(ecs *e, uint32_t scheduled_action);
/* terminate-instance-in-auto-scaling-group: desired falls with it. False: the group is at its smallest size, and
 * AWS refuses. True, too, for an instance of no group. */
bool auto_scaling_decrement(ecs *e, uint32_t index);

/* What a scale-in compares, the zone apart (A87). */
typedef struct {
    sim_time launched_us;
    uint32_t instance;
    double misfit;  /* mixed_misfit */
    uint32_t tasks; /* not yet STOPPED; 0 where that is not asked (E189) */
} scale_in_instance;
/* Does a go before b? By the tasks, by the policies in their order, then by launch and number. */
bool auto_scaling_leaves_first(const termination_policy *policies, uint32_t policy_count,
                               sim_time now_us, scale_in_instance a, scale_in_instance b);

/* For instance_refresh.c; groups go by index. */
typedef struct {
    bool in_service; /* and it runs */
    bool is_protected;
    sim_time since_us; /* in service: when it came */
    uint32_t in_zone;  /* how many the group has in its zone */
} auto_scaling_member;
/* Those that launch or are in service, by number; valid until one comes or goes. */
uint32_t auto_scaling_members(const ecs *e, uint32_t group, const uint32_t **list);
auto_scaling_member auto_scaling_member_now(const ecs *e, uint32_t index);
/* The group is to be looked at. */
void auto_scaling_wake(ecs *e, uint32_t group);
/* It has that many more than desired. */
void auto_scaling_set_surge(ecs *e, uint32_t group, int64_t surge);
/* Gives an instance up; another one is launched in its place. */
void auto_scaling_replace(ecs *e, uint32_t index, const char *cause);

/* It is a group's, in service, and runs. */
bool auto_scaling_in_service(const ecs *e, uint32_t index);
void auto_scaling_sample_now(const ecs *e, uint32_t group, auto_scaling_group_sample *out);
void auto_scaling_check(const ecs *e);

#endif
