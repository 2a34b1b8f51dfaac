/* Placement, rule by rule, on small clusters; each test runs with the index and with the scan. */
#include "models/ecs/placement_strategy.h"
#include "tests/models/cluster_fixture.h"
#include "tests/tap.h"

static const placement_strategy_config pack_cpu = {STRATEGY_BINPACK, BINPACK_CPU, NULL};
static const placement_strategy_config pack_memory = {STRATEGY_BINPACK, BINPACK_MEMORY, NULL};
static const placement_strategy_config by_instance = {STRATEGY_SPREAD, BINPACK_CPU, "instanceId"};
static const placement_strategy_config any = {STRATEGY_RANDOM, BINPACK_CPU, NULL};

static placement_plan *plain(fixture *f, const task_definition_config *d)
{
    return fixture_plan(f, "service:s", d, &pack_cpu, 1, NULL, 0);
}

/* The closest instance's first refusal; REFUSED_REASONS without instances. */
static unsigned why(fixture *f, const placement_plan *p)
{
    placement_refusal r;
    placement_explain(f->cluster, p, &r);
    return r.closest == NO_INDEX ? REFUSED_REASONS : r.closest_reason;
}

/* ---- Needs (E21-E23, E37-E39) ---- */

static void test_needs(bool scan)
{
    TEST("task level sizes win; else containers, reservation before memory (E22, E23)")
    {
        fixture f;
        fixture_begin(&f, scan);
        task_definition_config *d = fixture_task(&f, 100, 300);
        d->containers[0].memory_reservation_mib = 128;
        d->containers[0].gpu_count = 1;
        placement_plan *p = plain(&f, d);
        IS_INT(placement_needs(p)->cpu_units, 100);
        IS_INT(placement_needs(p)->memory_mib, 128);
        IS_INT(placement_needs(p)->gpu_count, 1);
        d->cpu_units = 512;
        d->memory_mib = 1024;
        placement_plan *q = plain(&f, d);
        IS_INT(placement_needs(q)->cpu_units, 512);
        IS_INT(placement_needs(q)->memory_mib, 1024);
        placement_plan_destroy(p);
        placement_plan_destroy(q);
        fixture_end(&f);
    }
    TEST("static host ports by network mode (E37, E38)")
    {
        fixture f;
        fixture_begin(&f, scan);
        task_definition_config *d = fixture_task(&f, 1, 1);
        fixture_port(&f, d, 443, 8443, PROTOCOL_TCP);
        fixture_port(&f, d, 80, 0, PROTOCOL_TCP);
        fixture_port(&f, d, 53, 53, PROTOCOL_UDP);
        placement_plan *bridge = plain(&f, d);
        IS_INT(placement_needs(bridge)->tcp_port_count, 1);
        IS_INT(placement_needs(bridge)->tcp_ports[0], 8443);
        IS_INT(placement_needs(bridge)->udp_port_count, 1);
        d->network = NETWORK_HOST;
        placement_plan *host = plain(&f, d);
        IS_INT(placement_needs(host)->tcp_port_count, 2);
        IS_INT(placement_needs(host)->tcp_ports[0], 80); /* omitted: the container's port */
        d->network = NETWORK_AWSVPC;
        placement_plan *awsvpc = plain(&f, d);
        IS_INT(placement_needs(awsvpc)->tcp_port_count + placement_needs(awsvpc)->udp_port_count,
               0);
        OK(placement_needs(awsvpc)->eni);
        OK(!placement_needs(host)->eni);
        placement_plan_destroy(bridge);
        placement_plan_destroy(host);
        placement_plan_destroy(awsvpc);
        fixture_end(&f);
    }
}

/* ---- Fit (E71, E6, E8, E10, E11) ---- */

static void test_fit(bool scan)
{
    TEST("GPUs are whole and never shared (E10)")
    {
        fixture f;
        fixture_begin(&f, scan);
        instance_group_config *g = fixture_group(&f, "a", 4096, 8192);
        g->gpu_count = 3;
        fixture_add(&f, g, 0);
        task_definition_config *d = fixture_task(&f, 1, 1);
        d->containers[0].gpu_count = 2;
        placement_plan *p = plain(&f, d);
        IS_INT(fixture_place(&f, p), 0);
        IS_INT(fixture_place(&f, p), NO_INDEX);
        IS_INT(why(&f, p), REFUSED_GPU);
        placement_plan_destroy(p);
        fixture_end(&f);
    }
    TEST("an awsvpc task takes one interface, another mode none (E8)")
    {
        fixture f;
        fixture_begin(&f, scan);
        instance_group_config *g = fixture_group(&f, "a", 4096, 8192);
        g->awsvpc_tasks = 2;
        fixture_add(&f, g, 0);
        task_definition_config *d = fixture_task(&f, 1, 1);
        d->network = NETWORK_AWSVPC;
        placement_plan *p = plain(&f, d), *q = plain(&f, fixture_task(&f, 1, 1));
        for (int i = 0; i < 2; i++)
            IS_INT(fixture_place(&f, p), 0);
        IS_INT(fixture_place(&f, p), NO_INDEX);
        IS_INT(why(&f, p), REFUSED_ENI);
        IS_INT(fixture_place(&f, q), 0);
        fixture_stop(&f, p, 0);
        IS_INT(fixture_place(&f, p), 0);
        placement_plan_destroy(p);
        placement_plan_destroy(q);
        fixture_end(&f);
    }
    TEST("at most 100 static ports on an instance, the agent's included (E6)")
    {
        fixture f;
        fixture_begin(&f, scan);
        instance_group_config *g = fixture_group(&f, "a", 4096, 8192);
        g->reserved_port_count = 2;
        g->reserved_ports = ARENA_ARRAY(f.arena, 2, uint16_t);
        g->reserved_ports[0] = 22;
        g->reserved_ports[1] = 2375;
        fixture_add(&f, g, 0);
        task_definition_config *d = fixture_task(&f, 1, 1), *e = fixture_task(&f, 1, 1);
        for (uint16_t port = 0; port < 98; port++)
            fixture_port(&f, d, 1, (uint16_t)(1000 + port), PROTOCOL_TCP);
        fixture_port(&f, e, 1, 5000, PROTOCOL_UDP);
        placement_plan *p = plain(&f, d), *q = plain(&f, e);
        IS_INT(fixture_place(&f, q), 0); /* 3 in use */
        IS_INT(fixture_place(&f, p), NO_INDEX);
        IS_INT(why(&f, p), REFUSED_PORTS);
        fixture_stop(&f, q, 0);
        IS_INT(fixture_place(&f, p), 0); /* 100 */
        IS_INT(fixture_place(&f, q), NO_INDEX);
        IS_INT(why(&f, q), REFUSED_PORTS_UDP);
        cluster_check(f.cluster);
        placement_plan_destroy(p);
        placement_plan_destroy(q);
        fixture_end(&f);
    }
    TEST("only ACTIVE, connected instances; DRAINING may come back (E11)")
    {
        fixture f;
        fixture_begin(&f, scan);
        uint32_t i = fixture_instance(&f, "a", 1024, 1024);
        placement_plan *p = plain(&f, fixture_task(&f, 1, 1));
        cluster_set_status(f.cluster, i, INSTANCE_DRAINING);
        IS_INT(fixture_place(&f, p), NO_INDEX);
        IS_INT(why(&f, p), REFUSED_AGENT);
        cluster_set_status(f.cluster, i, INSTANCE_ACTIVE);
        IS_INT(fixture_place(&f, p), i);
        cluster_set_connected(f.cluster, i, false);
        IS_INT(fixture_place(&f, p), NO_INDEX);
        cluster_set_connected(f.cluster, i, true);
        IS_INT(fixture_place(&f, p), i);
        cluster_set_status(f.cluster, i, INSTANCE_INACTIVE);
        IS_INT(fixture_place(&f, p), NO_INDEX);
        IS_INT(why(&f, p), REFUSED_REASONS); /* nobody to ask */
        placement_plan_destroy(p);
        fixture_end(&f);
    }
    TEST("architecture and operating system; a subnet in the zone (E70, E71)")
    {
        fixture f;
        fixture_begin(&f, scan);
        instance_group_config *arm = fixture_group(&f, "a", 1024, 1024);
        arm->architecture = ARCH_ARM64;
        instance_group_config *windows = fixture_group(&f, "b", 1024, 1024);
        windows->windows = true;
        windows->architecture = ARCH_X86_64;
        fixture_add(&f, arm, 0);
        fixture_add(&f, windows, 0);
        task_definition_config *x86 = fixture_task(&f, 1, 1), *win = fixture_task(&f, 1, 1);
        x86->architecture = ARCH_X86_64;
        win->windows = true;
        placement_plan *p = plain(&f, x86), *q = plain(&f, win);
        IS_INT(fixture_place(&f, p), NO_INDEX);
        IS_INT(why(&f, p), REFUSED_ATTRIBUTE);
        IS_INT(fixture_place(&f, q), 1);
        static const char *const subnets[] = {"c", "a"};
        task_definition_config *vpc = fixture_task(&f, 1, 1);
        vpc->network = NETWORK_AWSVPC;
        placement_request r = {.definition = vpc, .zone_count = 1, .zones = subnets};
        r.group = r.spread_group = cluster_group(f.cluster, "service:v");
        placement_plan *only_c = placement_plan_create(f.cluster, &r, NULL);
        IS_INT(fixture_place(&f, only_c), NO_INDEX);
        IS_INT(why(&f, only_c), REFUSED_LOCATION);
        r.zone_count = 2;
        placement_plan *c_or_a = placement_plan_create(f.cluster, &r, NULL);
        IS_INT(fixture_place(&f, c_or_a), 0);
        placement_plan_destroy(p);
        placement_plan_destroy(q);
        placement_plan_destroy(only_c);
        placement_plan_destroy(c_or_a);
        fixture_end(&f);
    }
}

/* ---- Strategies (E74-E83) ---- */

static void test_strategies(bool scan)
{
    TEST("ties go to the earliest registration, then the lowest number (E81)")
    {
        fixture f;
        fixture_begin(&f, scan);
        instance_group_config *g = fixture_group(&f, "a", 1024, 1024);
        for (uint32_t i = 0; i < 3; i++)
            cluster_add(f.cluster, g, 0, 0);
        placement_plan *p = plain(&f, fixture_task(&f, 1024, 1));
        cluster_register(f.cluster, 2, 0);
        IS_INT(fixture_place(&f, p), 2);
        fixture_stop(&f, p, 2);
        cluster_register(f.cluster, 1, SIM_SECOND);
        cluster_register(f.cluster, 0, SIM_SECOND);
        IS_INT(fixture_place(&f, p), 2);
        IS_INT(fixture_place(&f, p), 0);
        IS_INT(fixture_place(&f, p), 1);
        cluster_check(f.cluster);
        placement_plan_destroy(p);
        fixture_end(&f);
    }
    TEST("instances without the attribute form one group (E77)")
    {
        fixture f;
        fixture_begin(&f, scan);
        static const placement_strategy_config racks = {STRATEGY_SPREAD, BINPACK_CPU, "rack"};
        for (int i = 0; i < 4; i++) {
            instance_group_config *g = fixture_group(&f, "a", 1024, 1024);
            if (i == 0) fixture_attribute(&f, g, "rack", "r1");
            if (i == 3) fixture_attribute(&f, g, "rack", NULL); /* without a value: the same */
            fixture_add(&f, g, 0);
        }
        placement_plan *p =
            fixture_plan(&f, "service:s", fixture_task(&f, 300, 1), &racks, 1, NULL, 0);
        static const uint32_t wanted[] = {0, 1, 0, 1, 0, 1, 2, 2, 2, 3, 3, 3, NO_INDEX};
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
            IS_INT(fixture_place(&f, p), wanted[i]);
        placement_plan_destroy(p);
        fixture_end(&f);
    }
    TEST("the first strategy decides, the next breaks its ties (E74)")
    {
        fixture f;
        fixture_begin(&f, scan);
        fixture_instance(&f, "a", 4096, 2048);
        fixture_instance(&f, "a", 2048, 4096);
        fixture_instance(&f, "a", 2048, 2048);
        placement_strategy_config both[] = {pack_cpu, pack_memory};
        placement_plan *p = fixture_plan(&f, "service:s", fixture_task(&f, 1, 1), both, 2, NULL, 0);
        placement_strategy_config other[] = {pack_memory, pack_cpu};
        placement_plan *q =
            fixture_plan(&f, "service:t", fixture_task(&f, 1, 1), other, 2, NULL, 0);
        placement_strategy_config spread[] = {by_instance, pack_memory};
        placement_plan *s =
            fixture_plan(&f, "service:u", fixture_task(&f, 1, 1), spread, 2, NULL, 0);
        random_stream r = random_stream_at((random_source){1, 0}, 1, 0);
        IS_INT(placement_choose(f.cluster, p, &r), 2);
        IS_INT(placement_choose(f.cluster, q, &r), 2);
        IS_INT(fixture_place(&f, s), 0);
        IS_INT(fixture_place(&f, s), 2);
        IS_INT(fixture_place(&f, s), 1);
        IS_INT(fixture_place(&f, s), 0);
        placement_plan_destroy(p);
        placement_plan_destroy(q);
        placement_plan_destroy(s);
        fixture_end(&f);
    }
    TEST("random is uniform over the candidates, in full and in nearly full clusters (E79)")
    {
        fixture f;
        fixture_begin(&f, scan);
        enum { N = 300, DRAWS = 6000 };
        for (int i = 0; i < N; i++)
            fixture_instance(&f, "a", i % 100 == 7 ? 2048 : 1024, 1024);
        placement_plan *few =
            fixture_plan(&f, "service:s", fixture_task(&f, 2048, 1), &any, 1, NULL, 0);
        placement_plan *all =
            fixture_plan(&f, "service:s", fixture_task(&f, 1, 1), &any, 1, NULL, 0);
        random_stream r = random_stream_at((random_source){3, 0}, 1, 0);
        int hits[N] = {0}, quarters[4] = {0};
        for (int i = 0; i < DRAWS; i++)
            hits[placement_choose(f.cluster, few, &r)]++;
        for (int i = 0; i < N; i++)
            if (i % 100 == 7)
                OK(abs(hits[i] - DRAWS / 3) < 150); /* 4 standard deviations */
            else
                IS_INT(hits[i], 0);
        for (int i = 0; i < DRAWS; i++)
            quarters[placement_choose(f.cluster, all, &r) * 4 / N]++;
        for (int q = 0; q < 4; q++)
            OK(abs(quarters[q] - DRAWS / 4) < 140);
        placement_plan_destroy(few);
        placement_plan_destroy(all);
        fixture_end(&f);
    }
    TEST("a refused random placement draws nothing")
    {
        fixture f;
        fixture_begin(&f, scan);
        fixture_instance(&f, "a", 1024, 100);
        fixture_instance(&f, "a", 100, 1024);
        placement_plan *p =
            fixture_plan(&f, "service:s", fixture_task(&f, 500, 500), &any, 1, NULL, 0);
        random_stream r = random_stream_at((random_source){3, 0}, 1, 0), before = r;
        IS_INT(placement_choose(f.cluster, p, &r), NO_INDEX);
        OK(memcmp(&r, &before, sizeof r) == 0);
        placement_plan_destroy(p);
        fixture_end(&f);
    }
    TEST("run-task without a strategy: random, or the first that fits (E82)")
    {
        fixture f;
        fixture_begin(&f, scan);
        for (int i = 0; i < 50; i++)
            fixture_instance(&f, "a", 1024, 1024);
        placement_request r = {.definition = fixture_task(&f, 1, 1), .standalone = true};
        r.group = r.spread_group = cluster_group(f.cluster, "family:task");
        placement_plan *drawn = placement_plan_create(f.cluster, &r, NULL);
        f.control.run_task_strategy = RUN_TASK_FIRST_FIT;
        placement_plan *first = placement_plan_create(f.cluster, &r, NULL);
        random_stream s = random_stream_at((random_source){5, 0}, 1, 0), before = s;
        for (int i = 0; i < 5; i++)
            IS_INT(fixture_place(&f, first), 0);
        IS_INT(placement_choose(f.cluster, first, &s), 0);
        OK(memcmp(&s, &before, sizeof s) == 0);
        placement_choose(f.cluster, drawn, &s);
        OK(memcmp(&s, &before, sizeof s) != 0);
        placement_plan_destroy(drawn);
        placement_plan_destroy(first);
        fixture_end(&f);
    }
    TEST("every strategy of the list is found by its name and reads its fields (E73)")
    {
        placement_strategy_config s;
        for (uint32_t i = 0; placement_strategies[i]; i++)
            OK(placement_strategy_find(placement_strategies[i]->name) == placement_strategies[i]);
        OK(placement_strategy_find("BinPack") == &placement_binpack);
        OK(placement_strategy_find("pack") == NULL);
        OK(placement_binpack.read_field("MEMORY", &s));
        IS_INT(s.field, BINPACK_MEMORY);
        OK(!placement_binpack.read_field("gpu", &s));
        OK(!placement_binpack.read_field(NULL, &s));
        OK(placement_spread.read_field("host", &s));
        IS_STR(s.attribute, "instanceId");
        OK(placement_spread.read_field("attribute:rack", &s));
        IS_STR(s.attribute, "rack");
        OK(!placement_spread.read_field("rack", &s));
        OK(!placement_spread.read_field("attribute:", &s));
        OK(placement_random.read_field("whatever", &s));
    }
}

/* ---- Constraints, refusals, scale-in (E83-E91) ---- */

static void test_constraints(bool scan)
{
    TEST("memberOf of the definition and of the service both hold (E84)")
    {
        fixture f;
        fixture_begin(&f, scan);
        for (int i = 0; i < 4; i++) {
            instance_group_config *g = fixture_group(&f, i < 2 ? "a" : "b", 1024, 1024);
            g->instance_type = i % 2 ? "t2.small" : "m5.large";
            fixture_add(&f, g, 0);
        }
        placement_constraint_config zone = {CONSTRAINT_MEMBER_OF,
                                            "attribute:ecs.availability-zone == b"};
        placement_constraint_config type = {CONSTRAINT_MEMBER_OF,
                                            "attribute:ecs.instance-type =~ t2.*"};
        task_definition_config *d = fixture_task(&f, 1, 1);
        d->constraints = &zone;
        d->constraint_count = 1;
        placement_plan *p = fixture_plan(&f, "service:s", d, &pack_cpu, 1, &type, 1);
        IS_INT(fixture_place(&f, p), 3);
        OK(!placement_fits(f.cluster, p, 1));
        placement_plan_destroy(p);
        fixture_end(&f);
    }
    TEST("task:group follows the tasks; built-in attributes and ids are there (E14, E95)")
    {
        fixture f;
        fixture_begin(&f, scan);
        for (int i = 0; i < 3; i++)
            fixture_instance(&f, "a", 1024, 1024);
        cluster_set_clock(f.cluster, INT64_C(1577836800000000)); /* 2020-01-01 */
        placement_constraint_config near = {CONSTRAINT_MEMBER_OF, "task:group == service:db"};
        placement_constraint_config second = {
            CONSTRAINT_MEMBER_OF,
            "ec2InstanceId == i-000002 and attribute:ecs.os-type == linux and "
            "registeredAt == 2020-01-01 and agentConnected == true"};
        placement_plan *web =
            fixture_plan(&f, "service:web", fixture_task(&f, 1, 1), NULL, 0, &near, 1);
        placement_plan *db =
            fixture_plan(&f, "service:db", fixture_task(&f, 1, 1), NULL, 0, &second, 1);
        IS_INT(fixture_place(&f, web), NO_INDEX);
        IS_INT(why(&f, web), REFUSED_CONSTRAINT);
        IS_INT(fixture_place(&f, db), 1);
        IS_INT(fixture_place(&f, web), 1);
        placement_uncount(f.cluster, db, 1);
        IS_INT(fixture_place(&f, web), NO_INDEX);
        placement_plan_destroy(web);
        placement_plan_destroy(db);
        fixture_end(&f);
    }
    TEST("an expression that does not parse makes no plan")
    {
        fixture f;
        fixture_begin(&f, scan);
        placement_constraint_config bad = {CONSTRAINT_MEMBER_OF, "attribute:a = b"};
        placement_request r = {
            .definition = fixture_task(&f, 1, 1), .constraints = &bad, .constraint_count = 1};
        sim_error err = {.line = 0};
        OK(placement_plan_create(f.cluster, &r, &err) == NULL);
        IS_INT(err.column, 13);
        fixture_end(&f);
    }
    TEST("first failing check per instance, closest instance (E89, E90)")
    {
        fixture f;
        fixture_begin(&f, scan);
        fixture_instance(&f, "a", 100, 100);  /* cpu and memory */
        fixture_instance(&f, "a", 4096, 100); /* memory */
        fixture_instance(&f, "a", 100, 4096); /* cpu */
        uint32_t gone = fixture_instance(&f, "a", 4096, 4096);
        cluster_set_connected(f.cluster, gone, false);
        placement_plan *p = plain(&f, fixture_task(&f, 1000, 1000));
        placement_refusal r;
        placement_explain(f.cluster, p, &r);
        IS_INT(r.instances, 4);
        IS_INT(r.count[REFUSED_CPU], 2);
        IS_INT(r.count[REFUSED_MEMORY], 1);
        IS_INT(r.count[REFUSED_AGENT], 1);
        IS_INT(r.closest, 1);
        IS_STR(refusal_reason_names[r.closest_reason], "RESOURCE:MEMORY");
        placement_plan_destroy(p);
        fixture_end(&f);
    }
    TEST("scale-in: strategies in reverse, newest last; random draws (E91)")
    {
        fixture f;
        fixture_begin(&f, scan);
        fixture_instance(&f, "a", 1000, 1000);
        fixture_instance(&f, "b", 3000, 3000);
        fixture_instance(&f, "b", 3000, 3000);
        placement_plan *packed =
            fixture_plan(&f, "service:s", fixture_task(&f, 10, 10), &pack_cpu, 1, NULL, 0);
        placement_plan *spread =
            fixture_plan(&f, "service:s", fixture_task(&f, 10, 10), NULL, 0, NULL, 0);
        placement_plan *drawn =
            fixture_plan(&f, "service:s", fixture_task(&f, 10, 10), &any, 1, NULL, 0);
        scale_in_candidate tasks[] = {{0, 5, 0}, {0, 5, 1}, {1, 7, 2},
                                      {1, 9, 3}, {2, 9, 4}, {0, 9, 5}};
        for (int i = 0; i < 6; i++)
            placement_place(f.cluster, spread, tasks[i].instance);
        IS_INT(placement_scale_in(f.cluster, packed, tasks, 6, NULL), 4); /* most left on 2 */
        IS_INT(placement_scale_in(f.cluster, spread, tasks, 6, NULL), 5); /* a: 3, b: 3; 3 on i0 */
        IS_INT(placement_scale_in(f.cluster, spread, tasks, 5, NULL), 1); /* same time: number */
        random_stream r = random_stream_at((random_source){9, 0}, 1, 0);
        int hits[6] = {0};
        for (int i = 0; i < 6000; i++)
            hits[placement_scale_in(f.cluster, drawn, tasks, 6, &r)]++;
        for (int i = 0; i < 6; i++)
            OK(abs(hits[i] - 1000) < 120);
        placement_plan_destroy(packed);
        placement_plan_destroy(spread);
        placement_plan_destroy(drawn);
        fixture_end(&f);
    }
}

/* ---- Accounting (E13, E60, E200) ---- */

static void test_accounting(bool scan)
{
    TEST("totals, versions, counts through a task's life")
    {
        fixture f;
        fixture_begin(&f, scan);
        uint32_t i = fixture_instance(&f, "a", 1000, 2000);
        fixture_instance(&f, "a", 500, 500);
        placement_plan *p = plain(&f, fixture_task(&f, 600, 700));
        uint32_t group = cluster_group(f.cluster, "service:s");
        const cluster_totals *t = cluster_get_totals(f.cluster);
        IS_INT(t->instances, 2);
        IS_INT(t->empty, 2);
        IS_INT(t->cpu_registered, 1500);
        uint64_t version = cluster_version(f.cluster);
        IS_INT(fixture_place(&f, p), i);
        OK(cluster_version(f.cluster) > version);
        IS_INT(t->empty, 1);
        IS_INT(t->cpu_reserved, 600);
        IS_INT(t->memory_reserved, 700);
        IS_INT(cluster_group_on_instance(f.cluster, group, i), 1);
        IS_INT(cluster_instance(f.cluster, i)->running_count, 1);
        placement_uncount(f.cluster, p, i);
        IS_INT(cluster_group_on_instance(f.cluster, group, i), 0);
        IS_INT(cluster_instance(f.cluster, i)->running_count, 0);
        IS_INT(t->cpu_reserved, 600); /* until it is offered again (E60) */
        cluster_set_status(f.cluster, i, INSTANCE_DRAINING);
        IS_INT(t->instances, 2); /* DRAINING still counts (E200) */
        cluster_set_status(f.cluster, i, INSTANCE_INACTIVE);
        IS_INT(t->instances, 1);
        IS_INT(t->cpu_registered, 500);
        IS_INT(t->cpu_reserved, 0);
        placement_free(f.cluster, p, i);
        IS_INT(t->cpu_reserved, 0);
        cluster_check(f.cluster);
        placement_plan_destroy(p);
        fixture_end(&f);
    }
}

int main(void)
{
    tap_begin();
    for (int scan = 0; scan < 2; scan++) {
        printf("# with the %s\n", scan ? "scan" : "index");
        test_needs(scan);
        test_fit(scan);
        test_strategies(scan);
        test_constraints(scan);
        test_accounting(scan);
    }
    return tap_end();
}
