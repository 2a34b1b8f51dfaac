/* task_bill.c - what tasks on Fargate cost: added to the bills of their zone and of their service while
 * they are billed (fargate.h).
 */
#include "models/ecs/fargate.h"
#include "models/ecs/service.h"
#include "models/ecs/task_parts.h"
#include "models/workload/cpu_share.h"
#include <math.h>

static fargate_bill *bill_of_zone(ecs *e, name_id zone)
{
    uint32_t i = 0;
    while (i < e->bill_count && e->bills[i].zone != zone)
        i++;
    if (i == e->bill_count) {
        e->bills = memory_resize(e->bills, e->bill_count + 1, sizeof *e->bills);
        e->bills[e->bill_count++] = (fargate_bill){.zone = zone};
    }
    return &e->bills[i];
}

static void add_to_bills(task *t, int64_t nano_usd_per_hour, double extra_usd)
{
    ecs *e = t->ecs;
    fargate_bill *zone = bill_of_zone(e, t->zone);
    zone->nano_usd_per_hour += nano_usd_per_hour;
    zone->extra_usd += extra_usd;
    notify_changed(e->notifier, CHANGED_CLUSTER, 0);
    if (!t->service) return;
    t->service->bill.nano_usd_per_hour += nano_usd_per_hour;
    t->service->bill.extra_usd += extra_usd;
    notify_changed(e->notifier, CHANGED_SERVICE, t->service->index);
}

/* ---- What is paid for and not used ---- */

#define NANO_USD      1e9
#define BYTES_PER_MIB 1048576.0

static fargate_idle idle_now(const task *t)
{
    const task_family *f = &t->ecs->families[t->definition];
    if (!t->billed || !task_tells_use(t)) return (fargate_idle){0};
    const task_definition_config *d = task_definition(t);
    const fargate_parts usd = fargate_usd_per_hour(&t->ecs->cfg->fargate_prices, d, t->provider);
    double at_zero = 0, growth = 0;
    if (f->cpu_use_count > 0) {
        const double used = (double)t->cpu_used / CPU_FINE / (double)d->cpu_units;
        at_zero += usd.cpu_usd_per_hour * (1 - used);
    }
    if (f->uses_memory) {
        const double bytes = (double)d->memory_mib * BYTES_PER_MIB;
        at_zero += usd.memory_usd_per_hour * (1 - (double)t->memory.at_zero_bytes / bytes);
        growth = -usd.memory_usd_per_hour * (double)t->memory.bytes_per_hour / bytes;
    }
    return (fargate_idle){llround(at_zero * NANO_USD), llround(growth * NANO_USD), 1};
}

void task_bill_use_changed(task *t)
{
    if (!t->service || !task_on_fargate(t)) return;
    const fargate_idle now = idle_now(t), was = t->idle;
    fargate_idle *sum = &t->service->bill.idle;
    sum->at_zero_nano_usd_per_hour += now.at_zero_nano_usd_per_hour - was.at_zero_nano_usd_per_hour;
    sum->growth_per_hour += now.growth_per_hour - was.growth_per_hour;
    sum->tasks += now.tasks - was.tasks;
    t->idle = now;
    notify_changed(t->ecs->notifier, CHANGED_SERVICE, t->service->index);
}

/* ---- The bills ---- */

void task_begin_billing(task *t)
{
    const model_config *cfg = t->ecs->cfg;
    if (t->provider == PROVIDER_FARGATE_SPOT)
        task_use_input(t, cfg->fargate_prices.spot_discount_input);
    t->billed_since_us = engine_now(t->ecs->eng);
    t->nano_usd_per_hour =
        fargate_nano_usd_per_hour(&cfg->fargate_prices, task_definition(t), t->provider);
    t->billed = true;
    add_to_bills(t, t->nano_usd_per_hour, 0);
    task_bill_use_changed(t);
}

void task_end_billing(task *t)
{
    if (!t->billed) return;
    t->billed = false;
    double extra_h = (double)fargate_billed_extra_us(engine_now(t->ecs->eng) - t->billed_since_us) /
                     (double)SIM_HOUR;
    add_to_bills(t, -t->nano_usd_per_hour, (double)t->nano_usd_per_hour / NANO_USD * extra_h);
    task_bill_use_changed(t);
}
