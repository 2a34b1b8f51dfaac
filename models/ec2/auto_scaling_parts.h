/* auto_scaling_parts.h - between the files of Auto Scaling groups; nobody else includes it. */
#ifndef BERTH_MODELS_EC2_AUTO_SCALING_PARTS_H
#define BERTH_MODELS_EC2_AUTO_SCALING_PARTS_H

#include "models/ec2/auto_scaling_group.h"
#include "models/ec2/mixed_instances.h"

typedef enum { MEMBER_NONE, MEMBER_PENDING, MEMBER_IN_SERVICE, MEMBER_TERMINATING } member_state;

typedef struct {
    uint32_t group;
    uint32_t zone; /* index in the group's zones */
    member_state state;
    bool is_protected;              /* from scale-in */
    bool launched;                  /* by the group; else it was there at t = 0 */
    bool lost;                      /* does not run any more, and is still listed */
    bool noticed;                   /* Spot, and will be taken back */
    uint32_t kind;                  /* its group of instances */
    uint32_t stand_in;              /* it is LEAVING: who takes its place; NO_INDEX */
    uint32_t stands_for;            /* it is a stand-in: who goes then; NO_INDEX */
    sim_time launched_us, since_us; /* asked for; in service */
    const char *cause;              /* of the launch */
    event_handle drain_end;
} group_member;

typedef struct {
    const auto_scaling_group_config *config;
    const instance_group_config *launches_what;
    int64_t min, max, desired;
    uint32_t *listed; /* PENDING and IN_SERVICE, ascending */
    uint32_t count, room;
    uint32_t leaving;    /* of those, LEAVING … */
    uint32_t *in_zone;   /* … and the others by zone … */
    uint32_t on_demand;  /* … and how many are not Spot */
    bool *zone_refused;  /* scratch */
    uint32_t lost_count; /* of those listed */
    uint32_t in_service; /* of those listed, and not lost */
    uint32_t replacing;  /* next launches that stand in for lost ones */
    int64_t surge;       /* beyond desired, for an instance refresh (A91) */
    bool all_protected;  /* a scale-in found nobody to take */
    bool due;            /* it is looked at in the next look */
    event_handle expiry; /* of the next lifetime that ends */
    bool overdue;        /* there are instances beyond their lifetime */
    uint32_t order;      /* launches so far: the number of each one's stream */
    uint32_t launches, terminations, flaps;
    sim_time last_termination_us;
    name_id name;
} scaling_group;

struct auto_scaling {
    ecs *ecs;
    scaling_group *groups; /* by index in the config */
    group_member *members; /* by instance index */
    uint32_t member_room;
    mixed_use use;
    bool look_planned, looking;
};

/* How many it should have now: those that will go have stand-ins, and a refresh launches before. */
static inline int64_t auto_scaling_wanted(const scaling_group *g)
{
    return g->desired + g->surge + g->leaving;
}

static inline scaling_group *auto_scaling_group_of(const ecs *e, const group_member *m)
{
    return &e->auto_scaling->groups[m->group];
}

static inline bool auto_scaling_is_spot(const ecs *e, const group_member *m)
{
    return e->cfg->groups[m->kind].spot;
}

/* ---- auto_scaling_group.c ---- */

/* NULL: it is of no group, or INACTIVE. */
group_member *auto_scaling_member_of(const ecs *e, uint32_t index);
/* A look at the next multiple of 60 s: this instant's only before its PHASE_GROUP, and not `behind` a look. */
void auto_scaling_look_later(ecs *e, scaling_group *g, bool behind);
/* The member begins to count (+1) as capacity and for the balance of zones, or does no longer (-1). */
void auto_scaling_count(scaling_group *g, const group_member *m, int by);
/* The instance launched, in the zone or wherever one is to be had (A86). NO_INDEX: there is no capacity, or a fault
 * refuses it. */
uint32_t auto_scaling_launch_in_zone(ecs *e, scaling_group *g, bool spot, uint32_t zone,
                                     const char *cause);
uint32_t auto_scaling_launch(ecs *e, scaling_group *g, bool spot, const char *cause);
/* Ends it, behind its tasks where the capacity provider drains (E176, A88). It is off the list. */
void auto_scaling_terminate(ecs *e, scaling_group *g, uint32_t index, const char *cause);

/* ---- auto_scaling_scale_in.c ---- */

/* Who may go: of one purchase option, and of one zone unless ANY_ZONE. */
#define ANY_ZONE NO_INDEX
typedef enum { OF_ON_DEMAND, OF_SPOT, OF_ANY } purchase;

/* The first to go, of the zone with most of which one may (A87). False: none may. */
bool auto_scaling_choose_to_leave(const ecs *e, const scaling_group *g, purchase of,
                                  uint32_t in_zone, uint32_t *chosen);
/* One goes. False: none may. */
bool auto_scaling_scale_in(ecs *e, scaling_group *g);

/* ---- auto_scaling_stand_in.c ---- */

/* The leaver counts as before; its stand-in is one like any other. */
void auto_scaling_part(ecs *e, scaling_group *g, group_member *leaver);
/* Those whose stand-ins are in service go. */
void auto_scaling_end_leaving(ecs *e, scaling_group *g);
/* One launch in the emptiest zone, where the fullest has two more and can give one up (A89, A90). */
void auto_scaling_rebalance(ecs *e, scaling_group *g);
/* Stand-ins for Spot instances that will be taken back (A92). False: one is not to be had now. */
bool auto_scaling_replace_noticed(ecs *e, scaling_group *g);

/* ---- auto_scaling_lifetime.c ---- */

/* A look when the next one's lifetime ends. */
void auto_scaling_plan_expiry(ecs *e, scaling_group *g);
/* Those whose lifetimes have ended go, the oldest first, as many as may at once (A96). */
void auto_scaling_end_lifetimes(ecs *e, scaling_group *g);

#endif
