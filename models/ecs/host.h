/* host.h - what a container instance's host really has: room, the agent's queue, images, ports.
 *
 * Placement reserves by the scheduler's books (cluster.h); a host is occupied until a task has
 * STOPPED (E59). A task that is placed on room promised by a stopping one waits in PENDING,
 * strictly first in, first out: the head blocks those behind it.
 *
 * Cost   start and end O(ports in use on the host); no allocation once warm.
 */
#ifndef BERTH_MODELS_ECS_HOST_H
#define BERTH_MODELS_ECS_HOST_H

#include "models/ec2/instance.h"
#include "models/ecs/placement.h"
#include "models/memory_line.h"
#include "sim/engine/engine.h"
#include "sim/engine/names.h"
#include "sim/engine/simtime.h"

/* Host ports of one protocol in use, ascending. */
typedef struct {
    uint16_t *port;
    uint32_t count, capacity;
} port_set;

typedef struct {
    name_id name;
    sim_time there_us; /* when its first pull ends */
} host_image;

/* Who reserves on the host. */
typedef struct {
    uint32_t service; /* NO_INDEX: standalone tasks */
    uint32_t tasks;   /* of those holding */
    int64_t cpu_used; /* by these, in 1 / CPU_FINE units */
} host_owner;

struct task;

typedef struct {
    const instance_group_config *group;
    int64_t cpu_free, memory_free;
    int32_t gpu_free, eni_free;
    port_set tcp, udp;
    host_image *images;
    uint32_t image_count, image_capacity;
    struct task *queue_head, *queue_tail; /* PENDING, waiting for room */
    struct task *tasks;                   /* all not yet STOPPED, newest first */
    uint32_t task_count;                  /* of those … */
    uint32_t daemon_count;                /* … of DAEMON services, … */
    uint32_t holding;                     /* … that placement has not offered again … */
    int64_t cpu_held, memory_held;        /* … and what these reserve */
    uint32_t telling;                     /* of those holding, whose behavior tells what they use */
    host_owner *owners;                   /* whose those holding are, the longest there first */
    uint32_t owner_count, owner_room;
    uint32_t drain_order;     /* which drain it was that began here; 0: not DRAINING */
    bool counts, counts_busy; /* in managed_scaling.c: among the instances, among the busy ones */
    bool queue_due;           /* its queue is looked at later in this instant */
    /* agent.c */
    uint32_t agent_away;      /* for how many reasons nothing is heard from its agent */
    bool dead;                /* its processes are gone, and that is not noticed yet (E174) */
    const char *away_cause;   /* for the log */
    event_handle silence;     /* the end of agentLossDetect */
    bool spot_noticed;        /* it is going to be taken back (E175) */
    int64_t cpu_used;         /* by its containers, in 1 / CPU_FINE units */
    memory_line memory;       /* that its containers use */
    uint32_t soft_containers; /* that run, use memory and may exceed what they reserve */
    event_handle oom;         /* all of the instance's memory is in use (E25) … */
    struct task *oom_task;    /* … and this container is killed */
    uint32_t oom_container;
} host;

void host_init(host *h, const instance *i);
void host_finish(host *h);
bool host_has_room(const host *h, const task_needs *needs);
/* The task occupies its share and its static ports; ephemeral gets the lowest free port of the
 * range for each of the dynamic mappings (E7), 0 when the range is exhausted. */
void host_occupy(host *h, const task_needs *needs);
void host_vacate(host *h, const task_needs *needs);
/* Owners of a task that holds now, and that uses so much more CPU, or that does not hold any more. O(owners). */
void host_owner_holds(host *h, uint32_t service);
void host_owner_uses(host *h, uint32_t service, int64_t more);
void host_owner_frees(host *h, uint32_t service, int64_t cpu_used);
uint16_t host_take_port(host *h, port_protocol protocol, uint16_t low, uint16_t high);
void host_give_port(host *h, port_protocol protocol, uint16_t port);
/* When the image is there for a task that starts pulling now: the first pull takes first_us, later
 * ones cached_us but never end before the first has. */
sim_time host_pull(host *h, name_id image, sim_time now_us, sim_time first_us, sim_time cached_us);
bool host_has_image(const host *h, name_id image);

#endif
