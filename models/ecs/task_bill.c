/* task_bill.c - what tasks on Fargate cost: added to the bills of their zone and of their service while
 * they are billed (fargate.h).
 */
#include "models/ecs/fargate.h"
#include "models/ecs/service.h"
#include "models/ecs/task_parts.h"

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
}

void task_end_billing(task *t)
{
    if (!t->billed) return;
    t->billed = false;
    double extra_h = (double)fargate_billed_extra_us(engine_now(t->ecs->eng) - t->billed_since_us) /
                     (double)SIM_HOUR;
    add_to_bills(t, -t->nano_usd_per_hour, (double)t->nano_usd_per_hour / 1e9 * extra_h);
}
