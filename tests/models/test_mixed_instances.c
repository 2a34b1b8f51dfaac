/* Goal: Auto Scaling groups of several types and purchase options launch, replace and terminate as A86, A87, A90, A92 and
 * A94-A96 say.
 * Method: the choices on their own, over one zone's pools; then small groups by hand, the log of their instances compared
 * line by line. Launches take 120 s (A81), groups are looked at at multiples of 60 s (A110). Types "t0", "t1", … cost 1,
 * 2, … USD On-Demand and half of it as Spot. */
#include "models/ec2/auto_scaling_group.h"
#include "tests/models/system.h"

static void log_is(char *got, const char *want)
{
    IS_STR(got, want);
    free(got);
}

/* A group of so many instances at t = 0 over one zone or two. */
static system_of_test *group_of(uint32_t count, int64_t max, const char *second)
{
    system_of_test *sys = system_begin();
    system_auto_scaling(sys, "web", system_instances(sys, count, 1024, 2048, "a", second), 0, max);
    return sys;
}

static timeline_action *interrupt(system_of_test *sys, double seconds, uint32_t count)
{
    timeline_action *a = system_at(sys, seconds, TIMELINE_SPOT_INTERRUPTION);
    a->select.count = count;
    a->select.has_count = true;
    return a;
}

/* ---- A94, A95 ---- */

static void on_demand_comes_first_and_is_rounded_up(void)
{
    const mixed_instances_config m = {.on_demand_base = 2, .on_demand_percent = 30};
    OK(mixed_on_demand(&m, 1) == 1); /* the base */
    OK(mixed_on_demand(&m, 2) == 2);
    OK(mixed_on_demand(&m, 3) == 3);  /* 0.3 of one */
    OK(mixed_on_demand(&m, 12) == 5); /* 3 exactly */
    OK(mixed_on_demand(&m, 13) == 6); /* 3.3 */
}

static void pools_are_types_in_zones(void)
{
    /* the spec's example spot-pools */
    IS_INT(mixed_pool_count(4, 4), 16);
    /* and each type On-Demand */
    IS_INT(mixed_kind_count(4, 4), 20);
    /* a group of one kind */
    IS_INT(mixed_kind_count(0, 3), 1);
}

/* Types whose Spot pools cost 0.5, 0.3, 0.4 USD and have 10, 1, 5 instances. */
static system_of_test *three_pools(void)
{
    static const double prices[] = {0.5, 0.3, 0.4};
    static const int64_t capacity[] = {10, 1, 5};
    system_of_test *sys = group_of(0, 20, NULL);
    system_mixed(sys, &sys->auto_scaling[0], 3, 0, 0);
    for (int i = 0; i < 3; i++) {
        sys->groups[3 + i].price_usd_per_hour = prices[i];
        sys->spot_pools[i].capacity = capacity[i];
    }
    return sys;
}

/* The pools of so many Spot launches in a row, as digits. */
static void pools_are(system_of_test *sys, uint32_t launches, const char *want)
{
    mixed_use use = mixed_use_create(&sys->cfg);
    char got[32] = "";
    for (uint32_t i = 0; i < launches; i++) {
        uint32_t group = mixed_choose(&use, &sys->auto_scaling[0], true, 0, launches - i);
        got[i] = group == NO_INDEX ? '-' : (char)('0' + (group - 3));
        if (group != NO_INDEX) mixed_use_count(&use, group, 1);
    }
    IS_STR(got, want);
    mixed_use_finish(&use);
}

static void strategies_choose_pools(void)
{
    system_of_test *sys = three_pools();
    mixed_instances_config *m = &sys->auto_scaling[0].mixed;
    /* the cheapest while it has any, then the next, then none */
    pools_are(sys, 18,
              "122222000000000"
              "0--");
    m->spot_pools = 2;
    /* evenly over the two cheapest with capacity: 1 and 2, then 2 and 0 */
    pools_are(sys, 8, "12020202");
    m->spot_pools = 1;
    m->spot = SPOT_CAPACITY_OPTIMIZED;
    /* most spare capacity: 10 down to 5, a tie goes to the first, then 4 against 5, … */
    pools_are(sys, 8, "00000020");
    m->spot = SPOT_PRICE_CAPACITY_OPTIMIZED;
    /* room for all that are asked for: 6 and 5 only in pool 0, which leaves 4 to 2 and the last one to 1 */
    pools_are(sys, 6, "022221");
    m->spot = SPOT_LOWEST_PRICE;
    m->max_price_usd_per_hour = 0.4;
    /* dearer ones give nothing */
    pools_are(sys, 7, "122222-");
    m->max_price_usd_per_hour = NAN;
    sys->groups[4].price_usd_per_hour = 2.5;
    /* nor do those above the On-Demand price, 2 */
    pools_are(sys, 6, "222220");
    system_end(sys);
}

/* A92: a pool that takes instances back is the last choice, of those that the lowest price spreads over, too. */
static void risky_pools_come_last(void)
{
    system_of_test *sys = three_pools();
    mixed_use use = mixed_use_create(&sys->cfg);
    sys->auto_scaling[0].mixed.spot_pools = 3;
    use.risky[4] = 1; /* the cheapest */
    for (uint32_t i = 0; i < 8; i++) {
        const uint32_t group = mixed_choose(&use, &sys->auto_scaling[0], true, 0, 8 - i);
        IS_INT(group, i % 2 == 0 ? 5 : 3); /* the other two in turn */
        mixed_use_count(&use, group, 1);
    }
    sys->spot_pools[0].capacity = sys->spot_pools[2].capacity = 4;
    IS_INT(mixed_choose(&use, &sys->auto_scaling[0], true, 0, 1), 4);
    mixed_use_finish(&use);
    system_end(sys);
}

static void on_demand_types_are_chosen(void)
{
    system_of_test *sys = three_pools();
    mixed_use use = mixed_use_create(&sys->cfg);
    sys->groups[0].price_usd_per_hour = 9;
    /* the first */
    IS_INT(mixed_choose(&use, &sys->auto_scaling[0], false, 0, 1), 0);
    sys->auto_scaling[0].mixed.on_demand = ON_DEMAND_LOWEST_PRICE;
    /* the cheapest: 9, 2, 3 USD */
    IS_INT(mixed_choose(&use, &sys->auto_scaling[0], false, 0, 1), 1);
    mixed_use_finish(&use);
    system_end(sys);
}

static void a_group_has_its_share_of_on_demand(void)
{
    system_of_test *sys = group_of(4, 6, "b");
    system_mixed(sys, &sys->auto_scaling[0], 1, 1, 50);
    sys->spot_pools[0].capacity = 0; /* zone a has none (A86: on failure try others) */
    sys->spot_pools[1].capacity = 3;
    system_capacity(sys, 60, 0, 6);
    system_capacity(sys, 300, 0, 2);
    system_mixed_starts(sys);
    /* 4: 1 + ceil(1.5) = 3 On-Demand, in zones a b a, 1 Spot in b; 6: 1 + 3 = 4; then 3 Spot, 2 of them new; 2: 1 + 1. both
     * Spot instances go, and On-Demand of zone a, then of b; what is left in zone a is spread again (A89) */
    log_is(system_run_only(sys, 600, "instance."),
           "0 instance.registered i-000001 t0 a scenario 1024 2048 web\n"
           "0 instance.registered i-000002 t0 b scenario 1024 2048 web\n"
           "0 instance.registered i-000003 t0 a scenario 1024 2048 web\n"
           "0 instance.registered i-000004 t0 b scenario 1024 2048 web\n"
           "60 instance.launching i-000005 t0 a scaleOut web\n"
           "60 instance.launching i-000006 t0 b scaleOut web\n"
           "180 instance.registered i-000005 t0 a scaleOut 1024 2048 web\n"
           "180 instance.registered i-000006 t0 b scaleOut 1024 2048 web\n"
           "300 instance.terminated i-000001 t0 a scaleIn\n"
           "300 instance.terminated i-000002 t0 b scaleIn\n"
           "300 instance.terminated i-000004 t0 b scaleIn\n"
           "300 instance.terminated i-000006 t0 b scaleIn\n"
           "300 instance.launching i-000007 t0 b rebalance web\n"
           "420 instance.registered i-000007 t0 b rebalance 1024 2048 web\n"
           "420 instance.terminated i-000003 t0 a scaleIn\n");
    system_end(sys);
}

static void what_pools_lack_comes_later(void)
{
    system_of_test *sys = group_of(0, 3, NULL);
    system_mixed(sys, &sys->auto_scaling[0], 1, 0, 0);
    sys->spot_pools[0].capacity = 2;
    system_capacity(sys, 60, 0, 3);
    timeline_action *a = system_at(sys, 200, TIMELINE_TERMINATE_INSTANCES);
    a->select.instance_count = 1;
    a->select.instances = ARENA_NEW(sys->arena, uint32_t);
    a->select.instances[0] = 1;
    system_mixed_starts(sys);
    /* no On-Demand in place of Spot; one more when one has gone */
    log_is(system_run_only(sys, 400, "instance."),
           "60 instance.launching i-000001 t0 a scaleOut web\n"
           "60 instance.launching i-000002 t0 a scaleOut web\n"
           "180 instance.registered i-000001 t0 a scaleOut 1024 2048 web\n"
           "180 instance.registered i-000002 t0 a scaleOut 1024 2048 web\n"
           "200 instance.terminated i-000001 t0 a user\n"
           "240 instance.launching i-000003 t0 a replacement web\n"
           "360 instance.registered i-000003 t0 a replacement 1024 2048 web\n");
    system_end(sys);
}

static void groups_share_pools(void)
{
    system_of_test *sys = group_of(0, 3, "b");
    system_mixed(sys, &sys->auto_scaling[0], 1, 0, 0);
    system_auto_scaling(sys, "api", system_instances(sys, 1, 1024, 2048, "b", NULL), 0, 3);
    system_mixed(sys, &sys->auto_scaling[1], 1, 0, 0);
    sys->groups[sys->auto_scaling[1].instances + 1].spot_pool = 2; /* zone b's, of both */
    sys->spot_pools[1].capacity = 1;
    system_capacity(sys, 60, 0, 2);
    system_capacity(sys, 240, 1, 0);
    system_mixed_starts(sys);
    /* zone b's pool is empty until the other group's instance has gone: that capacity returns balances the zones (A89),
     * at the next look (A111) */
    log_is(system_run_only(sys, 400, "instance.launching"),
           "60 instance.launching i-000002 t0 a scaleOut web\n"
           "60 instance.launching i-000003 t0 a scaleOut web\n"
           "300 instance.launching i-000004 t0 b rebalance web\n");
    system_end(sys);
}

/* ---- A87 ---- */

static void what_the_allocation_strategy_likes_least_goes(void)
{
    system_of_test *sys = three_pools();
    sys->groups[0].count = 3;
    system_capacity(sys, 60, 0, 2);
    system_mixed_starts(sys); /* t1, t2, t2 */
    sys->auto_scaling[0].policies[0] = TERMINATE_ALLOCATION;
    log_is(system_run_only(sys, 300, "instance.terminated"),
           "60 instance.terminated i-000002 t2 a scaleIn\n");
    sys->auto_scaling[0].policies[0] = TERMINATE_OLDEST;
    log_is(system_run_only(sys, 300, "instance.terminated"),
           "60 instance.terminated i-000001 t1 a scaleIn\n");
    system_end(sys);
}

/* ---- A89 ---- */

static void zones_are_rebalanced_within_a_purchase_option(void)
{
    system_of_test *sys = group_of(4, 4, "b");
    system_mixed(sys, &sys->auto_scaling[0], 1, 0, 50);
    timeline_action *a = system_at(sys, 70, TIMELINE_ZONE_OUTAGE);
    a->select.zone = "b";
    a->duration_us = 400 * SIM_SECOND;
    system_mixed_starts(sys);
    char *log = system_run_only(sys, 1800, "instance.");
    const char *from = strstr(log, "480 instance");
    IS_STR(from ? from : "", "480 instance.launching i-000007 t0 b rebalance web\n"
                             "600 instance.registered i-000007 t0 b rebalance 1024 2048 web\n"
                             "600 instance.terminated i-000001 t0 a scaleIn\n"
                             "600 instance.launching i-000008 t0 b rebalance web\n"
                             "720 instance.registered i-000008 t0 b rebalance 1024 2048 web\n"
                             "720 instance.terminated i-000003 t0 a scaleIn\n");
    free(log);
    model *m = model_create(&sys->cfg, 0, &sys->options);
    model_run(m, 1800 * SIM_SECOND, NULL);
    cluster_sample sample;
    model_cluster_sample(m, &sample);
    /* two On-Demand and two Spot instances, as before */
    OK(sample.price_usd_per_hour > 2.999 && sample.price_usd_per_hour < 3.001);
    model_destroy(m);
    system_end(sys);
}

/* ---- A92 ---- */

static void interruptions_strike_spot_alone(void)
{
    system_of_test *sys = group_of(4, 4, NULL);
    system_mixed(sys, &sys->auto_scaling[0], 1, 2, 0);
    system_at(sys, 65, TIMELINE_SPOT_INTERRUPTION);
    system_mixed_starts(sys);
    /* replaced once they have gone, as CapacityRebalance is off */
    log_is(system_run_only(sys, 300, "instance."),
           "0 instance.registered i-000001 t0 a scenario 1024 2048 web\n"
           "0 instance.registered i-000002 t0 a scenario 1024 2048 web\n"
           "0 instance.registered i-000003 t0 a scenario 1024 2048 web\n"
           "0 instance.registered i-000004 t0 a scenario 1024 2048 web\n"
           "185 instance.terminated i-000003 t0 a spot\n"
           "185 instance.terminated i-000004 t0 a spot\n"
           "240 instance.launching i-000005 t0 a replacement web\n"
           "240 instance.launching i-000006 t0 a replacement web\n");
    system_end(sys);
}

static void a_stand_in_comes_before_a_spot_instance_goes(void)
{
    system_of_test *sys = group_of(2, 2, NULL);
    system_mixed(sys, &sys->auto_scaling[0], 2, 1, 0);
    sys->auto_scaling[0].capacity_rebalance = true;
    interrupt(sys, 65, 1);
    system_mixed_starts(sys);
    /* at the next look, above max (A90), from a pool that takes nobody back; it is there too late */
    log_is(system_run_only(sys, 600, "instance."),
           "0 instance.registered i-000001 t0 a scenario 1024 2048 web\n"
           "0 instance.registered i-000002 t0 a scenario 1024 2048 web\n"
           "120 instance.launching i-000003 t1 a capacityRebalance web\n"
           "185 instance.terminated i-000002 t0 a spot\n"
           "240 instance.registered i-000003 t1 a capacityRebalance 1024 2048 web\n");
    /* in time: the group ends the old one */
    sys->cfg.control.instance_launch = distribution_constant(30);
    log_is(system_run_only(sys, 600, "instance.t"),
           "180 instance.terminated i-000002 t0 a capacityRebalance\n");
    /* once its instances have gone a pool is as good as before */
    timeline_action *more = system_capacity(sys, 200, 0, 3);
    sys->auto_scaling[0].max_size = 3;
    log_is(system_run_only(sys, 600, "instance.l"),
           "120 instance.launching i-000003 t1 a capacityRebalance web\n"
           "240 instance.launching i-000004 t0 a scaleOut web\n");
    more->desired_capacity = sys->auto_scaling[0].max_size = 2;
    /* no other pool has capacity: the same again, since it is the notice itself */
    sys->spot_pools[1].capacity = 0;
    log_is(system_run_only(sys, 600, "instance.l"),
           "120 instance.launching i-000003 t0 a capacityRebalance web\n");
    system_end(sys);
}

static void stand_ins_exceed_max_by_a_tenth(void)
{
    system_of_test *sys = group_of(21, 21, NULL);
    system_mixed(sys, &sys->auto_scaling[0], 1, 0, 0);
    sys->auto_scaling[0].capacity_rebalance = true;
    interrupt(sys, 65, 10);
    system_mixed_starts(sys);
    char *log = system_run_only(sys, 700, "instance.l");
    /* ceil(2.1) at 120 s; no room for more until the others have gone: 7 are replaced then */
    OK(count_of(log, "120 instance.launching") == 3);
    OK(count_of(log, "capacityRebalance") == 3);
    OK(count_of(log, "240 instance.launching") == 7 && count_of(log, "launching") == 10);
    free(log);
    system_end(sys);
}

static void a_stand_in_that_fails_is_tried_again(void)
{
    system_of_test *sys = group_of(2, 4, "b");
    system_mixed(sys, &sys->auto_scaling[0], 1, 0, 0);
    sys->auto_scaling[0].capacity_rebalance = true;
    sys->cfg.control.spot_notice_us = 600 * SIM_SECOND;
    timeline_action *a = interrupt(sys, 65, 1);
    a->select.instance_count = 1;
    a->select.instances = ARENA_NEW(sys->arena, uint32_t);
    a->select.instances[0] = 1;
    a = system_at(sys, 130, TIMELINE_TERMINATE_INSTANCES);
    a->select.instance_count = 1;
    a->select.instances = ARENA_NEW(sys->arena, uint32_t);
    a->select.instances[0] = 3;
    system_mixed_starts(sys);
    /* zone a, where one will be missing; the first stand-in is terminated on its way */
    log_is(system_run_only(sys, 1200, "instance."),
           "0 instance.registered i-000001 t0 a scenario 1024 2048 web\n"
           "0 instance.registered i-000002 t0 b scenario 1024 2048 web\n"
           "120 instance.launching i-000003 t0 a capacityRebalance web\n"
           "130 instance.terminated i-000003 t0 a user\n"
           "180 instance.launching i-000004 t0 a capacityRebalance web\n"
           "300 instance.registered i-000004 t0 a capacityRebalance 1024 2048 web\n"
           "300 instance.terminated i-000001 t0 a capacityRebalance\n");
    system_end(sys);
}

/* ---- A96 ---- */

static void old_instances_are_replaced_one_after_another(void)
{
    system_of_test *sys = group_of(2, 2, NULL);
    sys->cfg.duration_us = 2 * SIM_DAY;
    sys->auto_scaling[0].max_lifetime_us = SIM_DAY;
    log_is(system_run_only(sys, 90000, "instance."),
           "0 instance.registered i-000001 a scenario 1024 2048 web\n"
           "0 instance.registered i-000002 a scenario 1024 2048 web\n"
           "86400 instance.terminated i-000001 a maxInstanceLifetime\n"
           "86400 instance.launching i-000003 a replacement web\n"
           "86520 instance.registered i-000003 a replacement 1024 2048 web\n"
           "86520 instance.terminated i-000002 a maxInstanceLifetime\n"
           "86520 instance.launching i-000004 a replacement web\n"
           "86640 instance.registered i-000004 a replacement 1024 2048 web\n");
    char *log = system_run_only(sys, 2 * 86400 + 600, "instance.terminated");
    /* their age counts from their own launch */
    OK(count_of(log, "172800 instance.terminated i-000003") == 1);
    OK(count_of(log, "172920 instance.terminated i-000004") == 1);
    free(log);
    /* protected from scale-in: they stay, whatever else the group is looked at for */
    sys->auto_scaling[0].protects_new = true;
    sys->auto_scaling[0].max_size = 3;
    system_capacity(sys, 87000, 0, 3);
    log_is(system_run_only(sys, 90000, "instance.terminated"), "");
    system_end(sys);
}

/* A85: nine tenths of 15 are 13 and a half, but one on its way is a tenth already. */
static void of_fifteen_one_is_replaced_at_a_time(void)
{
    system_of_test *sys = group_of(15, 16, NULL);
    sys->cfg.duration_us = 2 * SIM_DAY;
    sys->auto_scaling[0].max_lifetime_us = SIM_DAY;
    system_capacity(sys, 86410, 0, 16);
    system_capacity(sys, 86420, 0, 15); /* it is looked at meanwhile */
    char *log = system_run_only(sys, 90000, "instance.");
    OK(count_of(log, "86400 instance.terminated") == 1);
    OK(count_of(log, "86460 instance.terminated") == 0);
    OK(count_of(log, "86520 instance.terminated") == 1);
    free(log);
    system_end(sys);
}

static void a_tenth_is_replaced_at_a_time_while_launches_are_refused_none(void)
{
    system_of_test *sys = group_of(20, 20, NULL);
    sys->cfg.duration_us = 2 * SIM_DAY;
    sys->auto_scaling[0].max_lifetime_us = SIM_DAY;
    char *log = system_run_only(sys, 90000, "instance.");
    OK(count_of(log, "86400 instance.terminated") == 2);
    OK(count_of(log, "86520 instance.terminated") == 2);
    OK(count_of(log, "maxInstanceLifetime") == 20);
    free(log);
    timeline_action *a = system_at(sys, 80000, TIMELINE_REFUSE_LAUNCHES);
    a->refused_fraction = 1;
    a->duration_us = 9000 * SIM_SECOND;
    log = system_run_only(sys, 90000, "instance.terminated");
    /* two go at 86400 s; no more until 89000 s, when these are replaced */
    OK(count_of(log, "maxInstanceLifetime") > 2 && count_of(log, "86400 instance") == 2 &&
       count_of(log, "\n86") == 1 && count_of(log, "\n87") == 0 && count_of(log, "\n88") == 0);
    free(log);
    system_end(sys);
}

int main(void)
{
    tap_begin();
    TEST("on demand comes first and is rounded up")
    {
        on_demand_comes_first_and_is_rounded_up();
    }
    TEST("pools are types in zones")
    {
        pools_are_types_in_zones();
    }
    TEST("strategies choose pools")
    {
        strategies_choose_pools();
    }
    TEST("risky pools come last")
    {
        risky_pools_come_last();
    }
    TEST("on demand types are chosen")
    {
        on_demand_types_are_chosen();
    }
    TEST("a group has its share of on demand")
    {
        a_group_has_its_share_of_on_demand();
    }
    TEST("what pools lack comes later")
    {
        what_pools_lack_comes_later();
    }
    TEST("groups share pools")
    {
        groups_share_pools();
    }
    TEST("what the allocation strategy likes least goes")
    {
        what_the_allocation_strategy_likes_least_goes();
    }
    TEST("zones are rebalanced within a purchase option")
    {
        zones_are_rebalanced_within_a_purchase_option();
    }
    TEST("interruptions strike spot alone")
    {
        interruptions_strike_spot_alone();
    }
    TEST("a stand in comes before a spot instance goes")
    {
        a_stand_in_comes_before_a_spot_instance_goes();
    }
    TEST("stand ins exceed max by a tenth")
    {
        stand_ins_exceed_max_by_a_tenth();
    }
    TEST("a stand in that fails is tried again")
    {
        a_stand_in_that_fails_is_tried_again();
    }
    TEST("old instances are replaced one after another")
    {
        old_instances_are_replaced_one_after_another();
    }
    TEST("of fifteen one is replaced at a time")
    {
        of_fifteen_one_is_replaced_at_a_time();
    }
    TEST("a tenth is replaced at a time while launches are refused none")
    {
        a_tenth_is_replaced_at_a_time_while_launches_are_refused_none();
    }
    return tap_end();
}
