/* model.c - puts a system together and lets it run.
 *
 * Invariants that model_check proves after every event where asked:
 *   (1) reserved + free = registered for CPU and memory on every instance, in the scheduler's books
 *       and in the host's own; nothing is negative, GPUs and ENIs included
 *   (2) a task occupies exactly one host from ACTIVATING until it has stopped
 *   (3) a healthy target is a RUNNING task
 *   (4) counts of tasks by state and verdict add up to the live tasks, per service and deployment
 *   (5) no host port is used twice on one host
 *   (6) a host's queue holds exactly its PENDING tasks
 *   (7) what has happened on a host, and what was ordered, waits only while its agent is away; an
 *       instance is not connected only while its agent is away
 *   (8) CPU given adds up, no more than there is, to nobody more than it wants, and all of it while
 *       somebody goes short (E26, E27)
 *   (9) memory in use adds up, and exceeds no limit unless the kill is due at this instant (E25)
 */
#include "models/model.h"
#include "models/autoscaling/scheduled_action.h"
#include "models/ec2/auto_scaling_group.h"
#include "models/ec2/fault.h"
#include "models/ec2/instance_refresh.h"
#include "models/ec2/warmup.h"
#include "models/ecs/existing_task.h"
#include "models/ecs/managed_scaling.h"
#include "models/ecs/provisioning.h"
#include "models/ecs/scale_in_order.h"
#include "models/ecs/task_cpu.h"
#include "models/ecs/task_memory.h"
#include "models/phase.h"
#include "models/timeline.h"
#include "models/workload/arrivals.h"
#include "models/workload/queue.h"
#include "sim/engine/check.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct model {
    ecs ecs;
    model_options options;
    placement_plan **fit_plans; /* by task definition */
};

/* ---- the whole ---- */

/* t = 0, in the order of A111: instances, (task definitions, load balancers), services, the tasks that
 * exist, then the timeline. */
static void create_all(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)subject;
    ecs *e = context;
    ecs_add_instances(e);
    load_balancing_start(e->lb);
    for (uint32_t s = 0; s < e->cfg->service_count_at_start; s++)
        service_create(&e->services[s]);
    existing_tasks_create(e);
    queues_start(e->queues);
    scaling_start(e->scaling);
    scheduled_actions_start(e);
    managed_scaling_start(e);
    timeline_start(e->timeline);
    arrivals_start(e->arrivals);
}

/* What scaling looks at has changed; before any observer from outside is told. */
static void look_at_changed(void *context, const struct model *m, changed_kind kind, uint32_t index)
{
    ecs *e = context;
    alarms_look_at(scaling_alarms(e->scaling), m, kind, index);
    scaling_look_at(e->scaling, kind, index);
}

/* Everything that is measured is looked at once: what never changes has a value, too. */
static void look_at_all(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    (void)subject;
    ecs *e = context;
    alarms_look_at_all(scaling_alarms(e->scaling), e->model);
}

static void check_after_event(void *context)
{
    model_check(((ecs *)context)->model);
}

/* Requests reach a service's tasks at another rate, or are served otherwise. */
static void requests_changed(void *context, uint32_t index, bool rates)
{
    if (rates) task_cpu_requests_changed(context, index);
    task_memory_requests_changed(context, index);
}

model *model_create(const model_config *cfg, uint32_t replication, const model_options *options)
{
    model *m = memory_alloc(1, sizeof *m);
    m->options = options ? *options : (model_options){0};
    ecs *e = &m->ecs;
    e->model = m;
    e->cfg = cfg;
    e->random = (random_source){.seed = cfg->seed, .replication = replication};
    e->eng = engine_create(e);
    e->arena = arena_create();
    e->names = names_create();
    e->notifier = notifier_create(e->eng, m);
    e->cluster = cluster_create(e->names, &cfg->control, m->options.scan_placement);
    cluster_set_clock(e->cluster, cfg->start_unix_us);
    e->lb = load_balancing_create(cfg, e->random, e->eng, e->names, e->notifier,
                                  task_target_changed, e, m->options.every_probe);
    load_balancing_on_shares(e->lb, requests_changed, e);
    e->cpu = task_cpu_create();
    e->scale_in_order = scale_in_order_create();
    e->tasks = pool_create(e->arena, sizeof(task));
    e->input_used = ARENA_ARRAY(e->arena, cfg->input_count + 1, bool);
    for (int cause = 0; cause < CAUSE_COUNT; cause++)
        e->cause_names[cause] = names_intern(e->names, stop_cause_names[cause]);
    task_families_init(e);
    e->group_registered = ARENA_ARRAY(e->arena, cfg->group_count + 1, uint32_t);
    e->services = ARENA_ARRAY(e->arena, cfg->service_count + 1, service);
    for (uint32_t s = 0; s < cfg->service_count; s++)
        service_init(e, s);
    e->timeline = timeline_create(e);
    e->arrivals = arrivals_create(e);
    e->faults = faults_create(e);
    e->auto_scaling = auto_scaling_create(e);
    e->warmups = warmups_create(e);
    e->managed_scaling = managed_scaling_create(e, m->options.every_minute);
    e->provisioning = provisioning_create(e);
    e->refreshes = instance_refreshes_create(e);
    m->fit_plans = ARENA_ARRAY(e->arena, cfg->task_definition_count + 1, placement_plan *);
    for (uint32_t d = 0; d < cfg->task_definition_count; d++) {
        placement_request request = {.definition = &cfg->task_definitions[d],
                                     .group = e->families[d].group,
                                     .spread_group = e->families[d].group,
                                     .standalone = true};
        m->fit_plans[d] = ecs_make_plan(e, &request);
    }
    e->queues = queues_create(cfg, e->random, e->eng, e->notifier, e->arena);
    for (uint32_t q = 0; q < cfg->queue_count; q++)
        e->services[cfg->queues[q].service].works_on_queue = true;
    e->scaling = scaling_create(e, m->options.every_minute);
    if (cfg->metric_count > 0 || cfg->scalable_target_count > 0) {
        notifier_observe(e->notifier, &(model_observer){.context = e, .changed = look_at_changed});
        engine_schedule(e->eng, 0, PHASE_OBSERVE, look_at_all, 0);
    }
    engine_schedule(e->eng, 0, PHASE_CREATE, create_all, 0);
    if (m->options.check_invariants) engine_check_each(e->eng, check_after_event);
    return m;
}

void model_destroy(model *m)
{
    if (!m) return;
    ecs *e = &m->ecs;
    for (uint32_t i = 0; e->hosts && i < cluster_instance_count(e->cluster); i++)
        host_finish(&e->hosts[i]);
    for (uint32_t s = 0; s < e->cfg->service_count; s++)
        service_finish(&e->services[s]);
    for (uint32_t p = 0; p < e->plan_count; p++)
        placement_plan_destroy(e->plans[p]);
    task_families_finish(e);
    scaling_destroy(e->scaling);
    queues_destroy(e->queues);
    timeline_destroy(e->timeline);
    faults_destroy(e->faults);
    instance_refreshes_destroy(e->refreshes);
    warmups_destroy(e->warmups);
    auto_scaling_destroy(e->auto_scaling);
    provisioning_destroy(e->provisioning);
    load_balancing_destroy(e->lb);
    task_cpu_destroy(e->cpu);
    cluster_destroy(e->cluster);
    notifier_destroy(e->notifier);
    names_destroy(e->names);
    engine_destroy(e->eng);
    free(e->hosts);
    free(e->bills);
    free(e->plans);
    free(e->containers);
    free(e->dirty);
    free(e->host_dirty);
    free(e->candidates);
    free(e->candidate_tasks);
    scale_in_order_destroy(e->scale_in_order);
    free(e->message.text);
    arena_destroy(e->arena);
    free(m);
}

void model_observe(model *m, const model_observer *observer)
{
    notifier_observe(m->ecs.notifier, observer);
}

bool model_run(model *m, sim_time until_us, const volatile int *stop)
{
    return engine_run_until(m->ecs.eng, until_us, stop);
}

const model_config *model_get_config(const model *m)
{
    return m->ecs.cfg;
}

const names *model_names(const model *m)
{
    return m->ecs.names;
}

sim_time model_now(const model *m)
{
    return engine_now(m->ecs.eng);
}

uint64_t model_event_count(const model *m)
{
    return engine_event_count(m->ecs.eng);
}

bool model_input_used(const model *m, uint32_t input)
{
    CHECK(input < m->ecs.cfg->input_count);
    return m->ecs.input_used[input];
}

/* ---- what observers may read ---- */

const char *model_refusal(const model *m, uint32_t action)
{
    return timeline_refusal(m->ecs.timeline, action);
}

void model_cluster_sample(const model *m, cluster_sample *out)
{
    const ecs *e = &m->ecs;
    const cluster_totals *t = cluster_get_totals(e->cluster);
    *out = (cluster_sample){
        .instances = t->instances,
        .empty_instances = t->empty,
        .cpu_registered = t->cpu_registered,
        .cpu_reserved = t->cpu_reserved,
        .memory_registered = t->memory_registered,
        .memory_reserved = t->memory_reserved,
        .memory = e->memory,
        .cpu_used = task_cpu_cluster_used(e),
        .placements = e->placements,
        .placements_failed = e->placements_failed,
    };
    for (uint32_t g = 0; g < e->cfg->group_count; g++) {
        double price = e->cfg->groups[g].price_usd_per_hour;
        if (isnan(price))
            out->unpriced_instances += e->group_registered[g];
        else
            out->price_usd_per_hour += e->group_registered[g] * price;
    }
    for (uint32_t i = 0; i < e->bill_count; i++)
        out->price_usd_per_hour += (double)e->bills[i].nano_usd_per_hour / 1e9;
}

uint32_t model_fargate_zone_count(const model *m)
{
    return m->ecs.bill_count;
}

void model_fargate_sample(const model *m, uint32_t index, fargate_sample *out)
{
    CHECK(index < m->ecs.bill_count);
    const fargate_bill *b = &m->ecs.bills[index];
    *out = (fargate_sample){b->zone, b->nano_usd_per_hour, b->extra_usd};
}

void model_auto_scaling_group_sample(const model *m, uint32_t group, auto_scaling_group_sample *out)
{
    CHECK(group < m->ecs.cfg->auto_scaling_group_count);
    auto_scaling_sample_now(&m->ecs, group, out);
}

uint32_t model_instance_refresh_count(const model *m, uint32_t group)
{
    CHECK(group < m->ecs.cfg->auto_scaling_group_count);
    return instance_refresh_count(&m->ecs, group);
}

void model_instance_refresh_sample(const model *m, uint32_t group, uint32_t number,
                                   instance_refresh_sample *out)
{
    instance_refresh_sample_now(&m->ecs, group, number, out);
}

double model_warm_cpu_percent(const model *m, uint32_t warmup, uint32_t *instances)
{
    CHECK(warmup < m->ecs.cfg->warmup_count);
    *instances = warmup_count(&m->ecs, warmup);
    return warmup_cpu_percent(&m->ecs, warmup);
}

void model_capacity_provider_sample(const model *m, uint32_t provider,
                                    capacity_provider_sample *out)
{
    CHECK(provider < m->ecs.cfg->provider_count);
    managed_scaling_sample_now(&m->ecs, provider, out);
}

void model_instance_sample(const model *m, uint32_t index, instance_sample *out)
{
    const ecs *e = &m->ecs;
    const instance *i = cluster_instance(e->cluster, index);
    *out = (instance_sample){
        .status = i->status,
        .registered = instance_is_registered(i),
        .group = i->group_index,
        .zone = i->zone,
        .cpu_registered = i->cpu_registered,
        .cpu_reserved = i->cpu_reserved,
        .memory_registered = i->memory_registered,
        .memory_reserved = i->memory_reserved,
        .memory = e->hosts[index].memory,
        .cpu_used = e->hosts[index].cpu_used,
        .tasks = e->hosts[index].task_count,
        .price_usd_per_hour = i->group->price_usd_per_hour,
    };
}

static void add_to_owner(instance_owner *o, const task *t)
{
    const task_needs *needs = placement_needs(t->plan);
    const task_family *f = &t->ecs->families[t->definition];
    o->cpu_units += needs->cpu_units;
    o->memory_mib += needs->memory_mib;
    if (f->cpu_use_count > 0) o->cpu_told += needs->cpu_units;
    if (f->uses_memory) {
        o->memory_told += needs->memory_mib;
        memory_line_add(&o->memory_used, t->memory, 1);
    }
}

/* Returns how many owners there are. */
static uint32_t list_owners(const host *h, instance_owner *out, uint32_t room)
{
    for (uint32_t i = 0; i < h->owner_count && i < room; i++)
        out[i] =
            (instance_owner){.service = h->owners[i].service, .cpu_used = h->owners[i].cpu_used};
    return h->owner_count;
}

uint32_t model_instance_owners(const model *m, uint32_t index, instance_owner *out, uint32_t room)
{
    const host *h = &m->ecs.hosts[index];
    const uint32_t count = list_owners(h, out, room);
    if (count == 0 || count > room) return count;
    if (count == 1 && h->telling == 0) {
        out[0].cpu_units = h->cpu_held;
        out[0].memory_mib = h->memory_held;
        return 1;
    }
    for (const task *t = h->tasks; t; t = t->host_next) {
        if (t->freed) continue;
        uint32_t i = 0;
        while (out[i].service != task_owner(t))
            i++;
        add_to_owner(&out[i], t);
    }
    return count;
}

uint32_t model_instance_users(const model *m, uint32_t index, instance_owner *out, uint32_t room)
{
    return list_owners(&m->ecs.hosts[index], out, room);
}

void model_service_sample(const model *m, uint32_t index, service_sample *out)
{
    service_sample_now(&m->ecs.services[index], out);
}

void model_scaling_sample(const model *m, uint32_t index, scaling_sample *out)
{
    scaling_sample_now(m->ecs.scaling, index, out);
}

void model_queue_sample(const model *m, uint32_t queue, queue_sample *out)
{
    queues_sample(m->ecs.queues, queue, out);
}

int64_t model_instance_cpu_used(const model *m, uint32_t index)
{
    return m->ecs.hosts[index].cpu_used;
}

const latency_part *model_service_latency(const model *m, uint32_t index, uint32_t *count)
{
    return load_balancing_service_latency(m->ecs.lb, index, count);
}

void model_target_group_sample(const model *m, uint32_t target_group, target_group_sample *out)
{
    load_balancing_group_sample(m->ecs.lb, target_group, out);
}

void model_load_balancer_requests(const model *m, uint32_t load_balancer, request_sample *out)
{
    load_balancing_balancer_requests(m->ecs.lb, load_balancer, out);
}

bool model_task_fits(const model *m, uint32_t index, uint32_t definition)
{
    return placement_fits(m->ecs.cluster, m->fit_plans[definition], index);
}

/* ---- invariants ---- */

static void check_owners(const host *h)
{
    uint32_t holding = 0;
    for (uint32_t i = 0; i < h->owner_count; i++) {
        const host_owner *o = &h->owners[i];
        uint32_t tasks = 0;
        int64_t used = 0;
        for (const task *t = h->tasks; t; t = t->host_next) {
            if (t->freed || task_owner(t) != o->service) continue;
            tasks++;
            used += t->cpu_used;
        }
        CHECK(tasks > 0 && tasks == o->tasks && used == o->cpu_used);
        holding += tasks;
    }
    CHECK(holding == h->holding);
}

static void check_host(const ecs *e, uint32_t index)
{
    const host *h = &e->hosts[index];
    const instance *i = cluster_instance(e->cluster, index);
    if (!h->group) return; /* not registered yet */
    CHECK(i->connected || h->agent_away > 0 || i->status == INSTANCE_INACTIVE);
    CHECK(!h->dead || h->agent_away > 0);
    int64_t cpu = i->cpu_registered, memory = i->memory_registered;
    int64_t cpu_held = 0, memory_held = 0;
    uint32_t pending = 0, queued = 0, count = 0, holding = 0, telling = 0;
    for (const task *t = h->tasks; t; t = t->host_next) {
        CHECK(t->instance == index);
        pending += t->queued;
        count++;
        if (!t->freed) {
            holding++;
            telling += task_tells_use(t);
            cpu_held += placement_needs(t->plan)->cpu_units;
            memory_held += placement_needs(t->plan)->memory_mib;
        }
        if (t->on_host) {
            cpu -= placement_needs(t->plan)->cpu_units;
            memory -= placement_needs(t->plan)->memory_mib;
        }
    }
    for (const task *t = h->queue_head; t; t = t->queue_next)
        queued++;
    CHECK(pending == queued);                              /* (6) */
    CHECK(cpu == h->cpu_free && memory == h->memory_free); /* (1), the host's own books */
    CHECK(count == h->task_count && holding == h->holding && telling == h->telling);
    CHECK(cpu_held == h->cpu_held && memory_held == h->memory_held);
    CHECK(cpu >= 0 && memory >= 0 && h->gpu_free >= 0 && h->eni_free >= 0);
    check_owners(h);
    host_memory_check(e, index);
    host_cpu_check(e, index);
    for (uint32_t p = 1; p < h->tcp.count; p++)
        CHECK(h->tcp.port[p - 1] < h->tcp.port[p]); /* (5) */
}

void model_check(const model *m)
{
    const ecs *e = &m->ecs;
    cluster_check(e->cluster); /* (1), (2), the scheduler's books */
    if (!e->hosts) return;
    for (uint32_t i = 0; i < cluster_instance_count(e->cluster); i++)
        check_host(e, i);
    auto_scaling_check(e);
    warmups_check(e);
    managed_scaling_check(e);
    provisioning_check(e);
    for (const task *t = e->standalone_first; t; t = t->service_next)
        task_check(t);
    for (uint32_t s = 0; s < e->cfg->service_count; s++)
        if (e->services[s].newest) service_check(&e->services[s]); /* (4) */
}
