/* Nodes and zones (L50-L59), slow start (L45), least outstanding requests (L47), what a network
 * balancer does otherwise (L84, L101), addresses that are registered again (L83). */
#include "models/elb/routing.h"
#include "tests/models/balance.h"
#include "tests/models/system.h"

static const char *zones_ab[] = {"a", "b"};

static void open_zones(balance *b, rate_step *step, load_balancer_type type, bool zonal)
{
    balance_init(b, 1);
    b->balancers[0].type = type;
    b->balancers[0].zone_count = 2;
    b->balancers[0].zones = zones_ab;
    b->groups[0].zonal = zonal;
    b->groups[0].dns_count = 1;
    b->groups[0].keeps_connections = true;
    b->cfg.control.dns_ttl_us = SIM_MINUTE;
    *step = (rate_step){0, 100};
    balance_add_traffic(b, 0, step, 60);
}

static void register_in(balance *b, double at_s, uint32_t target, const char *zone,
                        const distribution *d)
{
    balance_order(b, (sim_time)(at_s * 1e6), PHASE_DURATION,
                  (balance_order_row){.kind = ORDER_REGISTER,
                                      .target = target,
                                      .service = target,
                                      .zone = zone,
                                      .request_seconds = d,
                                      .answer = {.kind = ANSWER_OK}});
}

static request_sample of_service(const balance *b, uint32_t service)
{
    request_sample s;
    load_balancing_service_requests(b->lb, service, &s);
    return s;
}

static request_sample of_group(const balance *b)
{
    target_group_sample s;
    load_balancing_group_sample(b->lb, 0, &s);
    return s.requests;
}

static void impaired_now(engine *eng, void *context, uint64_t impaired)
{
    (void)eng;
    balance *b = context;
    load_balancing_zone_impaired(b->lb, names_intern(b->names, "b"), impaired != 0);
}

static void zones(void)
{
    TEST("zone_without_targets_answers_503_and_stays_in_dns (L59)")
    {
        balance b;
        rate_step step;
        open_zones(&b, &step, LOAD_BALANCER_APPLICATION, true);
        balance_open(&b, false);
        register_in(&b, 0, 1, "a", NULL);
        balance_run(&b, 200);
        IS_DOUBLE(of_group(&b).failed[FAILED_503], 50);
        IS_DOUBLE(of_service(&b, 1).offered, 50);
        IS_INT(count_of(b.log, "loadBalancer.zone"), 0);
        balance_close(&b);
    }
    TEST("network_zone_without_targets_leaves_dns_and_clients_follow_a_ttl_later (L55, L101)")
    {
        balance b;
        rate_step step;
        open_zones(&b, &step, LOAD_BALANCER_NETWORK, true);
        balance_open(&b, false);
        register_in(&b, 0, 1, "a", NULL);
        balance_run(&b, 100); /* first probe at 90 s (L26) */
        OK(strstr(b.log, "90 loadBalancer.zone alb b withdrawn\n"));
        IS_DOUBLE(of_group(&b).failed[FAILED_503], 50);
        balance_run(&b, 149.9);
        IS_DOUBLE(of_group(&b).failed[FAILED_503], 50);
        balance_run(&b, 150);
        IS_DOUBLE(of_group(&b).failed[FAILED_503], 0);
        IS_DOUBLE(of_service(&b, 1).offered, 100);
        balance_close(&b);
    }
    TEST("zone_whose_targets_fail_leaves_dns_and_its_node_fails_open (L53, L55)")
    {
        balance b;
        rate_step step;
        open_zones(&b, &step, LOAD_BALANCER_APPLICATION, true);
        balance_open(&b, false);
        register_in(&b, 0, 1, "a", NULL);
        register_in(&b, 0, 2, "b", NULL);
        balance_answer_at(&b, 101, 2, ANSWER_REFUSE, 0);
        balance_answer_at(&b, 201, 2, ANSWER_OK, 0);
        balance_run(&b, 120);
        OK(strstr(b.log, "110 loadBalancer.zone alb b withdrawn\n"));
        OK(strstr(b.log, "110 targetGroup.failOpen g0\n"));
        IS_DOUBLE(of_group(&b).failed[FAILED_502], 50); /* all of zone b go there */
        balance_run(&b, 180);
        IS_DOUBLE(of_service(&b, 1).offered, 100);
        IS_DOUBLE(of_group(&b).failed[FAILED_502], 0);
        balance_run(&b, 400);
        OK(strstr(b.log, "210 loadBalancer.zone alb b inDns\n"));
        IS_DOUBLE(of_service(&b, 2).offered, 50);
        balance_close(&b);
    }
    TEST("when_every_zone_would_go_all_stay (L55)")
    {
        balance b;
        rate_step step;
        open_zones(&b, &step, LOAD_BALANCER_APPLICATION, false);
        balance_open(&b, false);
        register_in(&b, 0, 1, "a", NULL);
        balance_answer_at(&b, 101, 1, ANSWER_REFUSE, 0);
        balance_run(&b, 200);
        IS_INT(count_of(b.log, "loadBalancer.zone"), 0);
        IS_INT(count_of(b.log, "targetGroup.failOpen"), 1);
        IS_DOUBLE(of_service(&b, 1).failed[FAILED_502], 100);
        balance_close(&b);
    }
    TEST("impaired_zone_gets_no_connection_until_clients_know (L55, L72)")
    {
        balance b;
        rate_step step;
        open_zones(&b, &step, LOAD_BALANCER_APPLICATION, false);
        balance_open(&b, false);
        load_balancing_assign(b.lb, 0, 3);
        register_in(&b, 0, 1, "a", NULL);
        register_in(&b, 0, 2, "b", NULL);
        engine_schedule(b.eng, 100 * SIM_SECOND, PHASE_TIMELINE, impaired_now, 1);
        engine_schedule(b.eng, 300 * SIM_SECOND, PHASE_TIMELINE, impaired_now, 0);
        balance_run(&b, 120);
        OK(strstr(b.log, "100 loadBalancer.zone alb b withdrawn\n"));
        IS_DOUBLE(of_service(&b, 3).failed[FAILED_504], 50);
        IS_DOUBLE(of_service(&b, 1).offered, 25); /* who reaches node a reaches both targets */
        balance_run(&b, 161);
        IS_DOUBLE(of_group(&b).failed[FAILED_504], 0);
        IS_DOUBLE(of_service(&b, 2).offered, 50);
        balance_run(&b, 310);
        OK(strstr(b.log, "300 loadBalancer.zone alb b inDns\n"));
        IS_DOUBLE(of_group(&b).offered, 100);
        balance_close(&b);
    }
    TEST("thresholds_count_and_percentage_either_one_triggers (L52, L53)")
    {
        OK(routing_is_below(2, 4, 3, 0));
        OK(!routing_is_below(3, 4, 3, 0));
        OK(routing_is_below(1, 4, 1, 50));
        OK(!routing_is_below(2, 4, 1, 50));
        OK(!routing_is_below(0, 0, 0, 100)); /* off, and nothing registered */
    }
}

static void weights(void)
{
    TEST("slow_start_skips_those_that_come_together_into_an_empty_group (L45)")
    {
        balance b;
        rate_step step;
        open_zones(&b, &step, LOAD_BALANCER_APPLICATION, false);
        b.groups[0].slow_start_us = 60 * SIM_SECOND;
        balance_open(&b, false);
        register_in(&b, 0, 1, "a", NULL);
        register_in(&b, 0, 2, "b", NULL);
        register_in(&b, 100, 3, "b", NULL);
        balance_run(&b, 1);
        IS_DOUBLE(of_service(&b, 1).offered, 50);
        IS_DOUBLE(of_service(&b, 2).offered, 50);
        balance_run(&b, 131); /* the 16th step: its middle is 15.5 / 30 */
        IS_NEAR(of_service(&b, 3).offered / of_service(&b, 1).offered, 31.0 / 60, 1e-12);
        balance_run(&b, 160);
        IS_NEAR(of_service(&b, 3).offered, 100.0 / 3, 1e-12);
        balance_close(&b);
    }
    TEST("recovery_starts_slowly_again_and_turning_unhealthy_ends_it (L45)")
    {
        balance b;
        rate_step step;
        open_zones(&b, &step, LOAD_BALANCER_APPLICATION, false);
        b.groups[0].slow_start_us = 60 * SIM_SECOND;
        balance_open(&b, false);
        register_in(&b, 0, 1, "a", NULL);
        register_in(&b, 0, 2, "b", NULL);
        balance_answer_at(&b, 101, 2, ANSWER_REFUSE, 0);
        balance_answer_at(&b, 141, 2, ANSWER_OK, 0);     /* healthy at 150 */
        balance_answer_at(&b, 161, 2, ANSWER_REFUSE, 0); /* unhealthy at 170 */
        balance_run(&b, 151);
        IS_NEAR(of_service(&b, 2).offered / of_service(&b, 1).offered, 1.0 / 60, 1e-12);
        balance_run(&b, 171);
        IS_DOUBLE(of_service(&b, 2).offered, 0);
        balance_run(&b, 400);
        IS_DOUBLE(of_service(&b, 1).offered, 100);
        balance_close(&b);
    }
    TEST("least_outstanding_requests_keeps_as_many_in_flight_on_each (L41, L47)")
    {
        balance b;
        rate_step step;
        const distribution fast = distribution_constant(0.1), slow = distribution_constant(0.3);
        open_zones(&b, &step, LOAD_BALANCER_APPLICATION, false);
        b.groups[0].algorithm = ALGORITHM_LEAST_OUTSTANDING;
        balance_open(&b, false);
        register_in(&b, 0, 1, "a", &fast);
        register_in(&b, 0, 2, "b", &slow);
        balance_run(&b, 10);
        IS_NEAR(of_service(&b, 1).offered, 75, 1e-9);
        IS_NEAR(of_service(&b, 2).offered, 25, 1e-9);
        balance_answer_at(&b, 11, 2, ANSWER_REFUSE, 0); /* refuses in no time: gets all */
        balance_run(&b, 12);
        IS_DOUBLE(of_service(&b, 2).failed[FAILED_502], 100);
        balance_run(&b, 30);
        IS_DOUBLE(of_service(&b, 1).offered, 100);
        balance_close(&b);
    }
}

static void network(void)
{
    TEST("network_connections_outlive_the_delay_until_the_process_ends (L84)")
    {
        const distribution long_ones = distribution_constant(50);
        for (int terminates = 0; terminates <= 1; terminates++) {
            balance b;
            rate_step step;
            open_zones(&b, &step, LOAD_BALANCER_NETWORK, false);
            b.groups[0].keeps_connections = !terminates;
            b.groups[0].deregistration_delay_us = 10 * SIM_SECOND;
            balance_open(&b, false);
            register_in(&b, 0, 1, "a", &long_ones);
            balance_order_at(&b, 300, 1, ORDER_DEREGISTER);
            balance_order_at(&b, 320, 1, ORDER_EXIT);
            balance_run(&b, 315);
            IS_NEAR(of_service(&b, 1).lost[FAILED_502], terminates ? 4000 : 0, 1e-6);
            balance_run(&b, 400);
            IS_NEAR(of_service(&b, 1).lost[FAILED_502], terminates ? 4000 : 3000, 1e-6);
            balance_close(&b);
        }
    }
    TEST("network_lag_is_its_own_knob (L84)")
    {
        balance b;
        rate_step step;
        open_zones(&b, &step, LOAD_BALANCER_NETWORK, false);
        b.cfg.control.nlb_drain_lag_us = 20 * SIM_SECOND;
        balance_open(&b, false);
        register_in(&b, 0, 1, "a", NULL);
        register_in(&b, 0, 2, "a", NULL);
        balance_order_at(&b, 300, 1, ORDER_DEREGISTER);
        balance_run(&b, 319);
        IS_DOUBLE(of_service(&b, 1).offered, 50);
        balance_run(&b, 321);
        IS_DOUBLE(of_service(&b, 1).offered, 0);
        balance_close(&b);
    }
    TEST("network_target_that_turns_unhealthy_loses_its_connections (L101)")
    {
        const distribution long_ones = distribution_constant(50);
        for (int keeps = 0; keeps <= 1; keeps++) {
            balance b;
            rate_step step;
            open_zones(&b, &step, LOAD_BALANCER_NETWORK, false);
            b.groups[0].keeps_unhealthy = keeps;
            balance_open(&b, false);
            register_in(&b, 0, 1, "a", &long_ones);
            register_in(&b, 0, 2, "a", &long_ones);
            balance_answer_at(&b, 301, 1, ANSWER_STATUS, 404); /* it serves, but fails its checks */
            balance_run(&b, 320);
            IS_NEAR(of_service(&b, 1).lost[FAILED_502], keeps ? 0 : 2500, 1e-6);
            balance_close(&b);
        }
    }
}

static void addresses(void)
{
    TEST("draining_port_that_is_registered_again_is_initial (L83)")
    {
        for (int own_address = 0; own_address <= 1; own_address++) {
            system_of_test *sys = system_begin();
            system_instances(sys, 1, 1024, 2048, "a", NULL);
            const uint32_t web = system_task(sys, "web", 256, 256);
            service_config *s = system_service(sys, "web", web, 1, 100, 200);
            target_group_config *g = system_target_group(sys, "web", s, web);
            g->deregistration_delay_us = SIM_MINUTE;
            g->target_type_ip = own_address;
            system_container(sys, web)->ports[0].host_port = 80;
            timeline_action *a = system_at(sys, 100, TIMELINE_STOP_TASK);
            a->select.service = 0;
            a->select.has_count = true;
            a->select.count = 1;
            char *log = system_run_only(sys, 300, "target.");
            OK(strstr(log, "100 target.draining web web/000001"));
            if (!own_address)
                OK(strstr(log, "100 target.unused web web/000001 Target.NotRegistered\n"
                               "100 target.initial web web/000002") ||
                   strstr(log, "110 target.unused web web/000001 Target.NotRegistered\n"
                               "110 target.initial web web/000002"));
            else
                OK(strstr(log, "160 target.unused web web/000001 Target.NotRegistered\n"));
            free(log);
            system_end(sys);
        }
    }
}

int main(void)
{
    tap_begin();
    zones();
    weights();
    network();
    addresses();
    return tap_end();
}
