/* Goal    a scenario as a model_config: what is resolved, what is filled in, what is refused.
 * Method  a small sound scenario is read with one setting changed; the config or the message is
 *         compared. Positions in files are test_document.c's and tests/rejected's. */
#include "models/ec2/instance_type.h"
#include "tests/scenarios/reading.h"

/* ---- Resolution ---- */

static void test_base(void)
{
    reading r = READ_BASE(NULL);
    const model_config *c = r.scene ? scenario_config(r.scene) : NULL;
    TEST("the base is sound and says nothing")
    {
        OK(c != NULL && r.messages[0] == '\0');
    }
    if (!c) return;
    TEST("A11, E1, E4: sizes and ports of a type from the catalogue")
    {
        const instance_group_config *g = &c->groups[0];
        IS_INT(g->count, 2);
        IS_INT(g->cpu_units, 1024);
        IS_INT(g->memory_mib, 2011);
        IS_INT(g->reserved_port_count, 5);
        IS_INT(g->reserved_ports[0], 22);
        IS_INT(g->zone_count, 2);
        IS_STR(g->zones[1], "b");
        IS_DOUBLE(g->price_usd_per_hour, instance_type_find("t2.small")->price_usd_per_hour);
    }
    TEST("defaults: E141, L10, L11, L72, L80, E38")
    {
        const service_config *s = &c->services[0];
        const target_group_config *t = &c->target_groups[0];
        IS_INT(s->minimum_healthy_percent, 100);
        IS_INT(s->maximum_percent, 200);
        IS_INT(s->load_balancers[0].target_group, 0);
        IS_INT(s->load_balancers[0].container_port, 80);
        IS_INT(t->interval_us, 10 * SIM_SECOND);
        IS_INT(t->timeout_us, 5 * SIM_SECOND);
        IS_INT(t->healthy_threshold, 5);
        IS_INT(t->unhealthy_threshold, 2);
        IS_INT(t->matcher[0].low, 200);
        IS_INT(t->matcher[0].high, 200);
        IS_INT(t->deregistration_delay_us, 300 * SIM_SECOND);
        const container_definition *d = &c->task_definitions[0].containers[0];
        IS_INT(d->ports[0].host_port, 0);
        IS_INT(d->stop_timeout_us, 30 * SIM_SECOND);
        OK(d->start_timeout_us == SIM_NEVER && d->essential && !d->has_health_check);
        IS_STR(c->start_text, "1970-01-05T00:00:00Z");
        IS_INT(c->seed, 1);
    }
    TEST("L31: a target group that no listener names has a load balancer of its own")
    {
        IS_INT(c->load_balancer_count, 1);
        IS_INT(c->target_groups[0].load_balancer, 0);
        IS_INT(c->listeners[0].default_action.forwards[0].target_group, 0);
        IS_INT(c->load_balancers[0].idle_timeout_us, 60 * SIM_SECOND);
    }
    TEST("the knobs are the spec's")
    {
        control_plane_config want = control_plane_defaults();
        IS_INT(c->control.reconcile_us, want.reconcile_us);
        IS_INT(c->control.throttle_max_us, 1620 * SIM_SECOND);
        IS_INT(c->control.ephemeral_port_high, 60999);
        IS_INT(c->control.nlb_registration_delay_us, 90 * SIM_SECOND);
    }
    scenario_destroy(r.scene);
}

static void test_references(void)
{
    TEST("a target group by ARN, by its own ARN, by the name an ARN holds, by name")
    {
        static const char *const texts[] = {
            "web", "targetgroup/web/0123456789abcdef",
            "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef"};
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            char set[256];
            snprintf(set, sizeof set, "/services/web/loadBalancers/0/targetGroupArn='%s'",
                     texts[i]);
            reading r = READ_BASE(set);
            OK(r.scene &&
               scenario_config(r.scene)->services[0].load_balancers[0].target_group == 0);
            scenario_destroy(r.scene);
        }
    }
    TEST("what resolves to nothing lists the candidates")
    {
        REFUSED("/services/web/loadBalancers/0/targetGroupArn='wbe'",
                "/services/0/loadBalancers/0/targetGroupArn: no target group \"wbe\", did you mean "
                "\"web\"?; there is: web");
        REFUSED("/services/web/taskDefinition='web:2'",
                "/services/0/taskDefinition: no task definition \"web:2\", did you mean "
                "\"web:1\"?; there is: web:1");
        REFUSED("/traffic/0/targetGroup='x'",
                "/traffic/0/targetGroup: no target group \"x\"; there is: web");
        REFUSED("/timeline=[{'at': 1, 'deleteService': {'service': 'db'}}]",
                "/timeline/0/deleteService/service: no service \"db\"; there is: web");
    }
    TEST("load balancers, listeners and rules by ARN; rules in order of priority")
    {
        reading r = READ_BASE(
            "/loadBalancers=[{'LoadBalancerName': 'front', 'LoadBalancerArn': 'arn:lb', "
            "'AvailabilityZones': [{'ZoneName': 'a'}, {'ZoneName': 'b'}]}]",
            "/listeners=[{'LoadBalancerArn': "
            "'arn:aws:elasticloadbalancing:r:1:loadbalancer/app/front/50dc', 'Port': 443, "
            "'DefaultActions':"
            " [{'Type': 'fixed-response', 'FixedResponseConfig': {'StatusCode': '404'}}]}]",
            "/listenerRules=[{'Priority': '20', 'Conditions': [{'Field': 'path-pattern', 'Values': "
            "['/b/*']}], 'Actions': [{'Type': 'forward',"
            " 'ForwardConfig': {'TargetGroups': [{'TargetGroupArn': 'web', 'Weight': 3}]}}]}, "
            "{'Priority': 3, 'Conditions': [{'Field': 'host-header',"
            " 'HostHeaderConfig': {'Values': ['x.org']}}, {'Field': 'http-request-method', "
            "'HttpRequestMethodConfig': {'Values': ['GET']}}],"
            " 'Actions': [{'Type': 'redirect'}]}, {'Priority': 'default', 'IsDefault': true, "
            "'Actions': []}]",
            "/traffic/0={'loadBalancer': 'front', 'requestsPerSecond': 5, 'paths': {'/b/': 0.25, "
            "'/': 0.75}, 'host': 'x.org'}");
        IS_STR(r.messages, "");
        if (r.scene) {
            const model_config *c = scenario_config(r.scene);
            IS_INT(c->rule_count, 2);
            IS_INT(c->rules[0].priority, 3);
            OK(c->rules[0].unmatched && c->rules[0].host_count == 1 &&
               c->rules[0].action.kind == ACTION_REDIRECT);
            IS_STR(c->rules[1].paths[0], "/b/*");
            IS_INT(c->rules[1].action.forwards[0].weight, 3);
            IS_INT(c->target_groups[0].load_balancer, 0);
            IS_INT(c->load_balancers[0].zone_count, 2);
            IS_INT(c->listeners[0].default_action.status_code, 404);
            IS_INT(c->traffic[0].path_count, 2);
            IS_STR(c->traffic[0].paths[0].host, "x.org");
            IS_DOUBLE(c->traffic[0].paths[1].share, 0.75);
        }
        scenario_destroy(r.scene);
    }
}

static void test_shift(void)
{
    TEST("a traffic shift: the rule by its ARN, the alternate group joins it with weight 0 (E162)")
    {
        reading r = READ_BASE(
            "/targetGroups=[{'Name': 'web'}, {'Name': 'green'}]", "/loadBalancers=[{'Name': 'lb'}]",
            "/listeners=[{'Port': 80}]",
            "/listenerRules=[{'RuleArn': 'arn:r2', 'Priority': 9, 'Conditions': [{'Field': "
            "'path-pattern', 'Values': ['/*']}], 'Actions': [{'Type': 'forward', 'TargetGroupArn': "
            "'web'}]}, {'RuleArn': 'arn:r1', 'Priority': 1, 'Conditions': [{'Field': "
            "'path-pattern', 'Values': ['/x']}], 'Actions': [{'Type': 'redirect'}]}]",
            "/traffic/0={'loadBalancer': 'lb', 'requestsPerSecond': 5}",
            "/services/0/loadBalancers/0/advancedConfiguration={'alternateTargetGroupArn': "
            "'green', "
            "'productionListenerRule': 'arn:r2'}",
            "/services/0/deploymentConfiguration={'strategy': 'CANARY', 'canaryConfiguration': "
            "{'canaryPercent': 2.5}, 'lifecycleHooks': [{'targetType': 'PAUSE', 'lifecycleStages': "
            "['POST_SCALE_UP'], 'timeoutConfiguration': {'action': 'CONTINUE'}}]}",
            "/timeline=[{'at': 60, 'updateService': {'service': 'web', 'deploymentConfiguration': "
            "{'bakeTimeInMinutes': 3}}}]");
        IS_STR(r.messages, "");
        if (r.scene) {
            const model_config *c = scenario_config(r.scene);
            const service_load_balancer *l = &c->services[0].load_balancers[0];
            const traffic_shift_config *shift = &c->services[0].shift;
            OK(l->production.given && !l->test.given);
            IS_INT(c->rules[l->production.rule].priority, 9);
            const listener_action *action = &c->rules[l->production.rule].action;
            IS_INT(action->forward_count, 2);
            IS_INT(action->forwards[1].target_group, 1);
            IS_INT(action->forwards[1].weight, 0);
            IS_INT(c->target_groups[1].load_balancer, 0);
            OK(shift->strategy == DEPLOY_CANARY);
            IS_INT(shift->step_tenths, 25);
            IS_INT(shift->step_bake_us, 10 * SIM_MINUTE);
            IS_INT(shift->bake_us, 0);
            IS_INT(shift->hook_count, 1);
            IS_INT(shift->hooks[0].stages, 1 << STAGE_POST_SCALE_UP);
            IS_INT(shift->hooks[0].timeout_us, SIM_DAY);
            OK(shift->hooks[0].continues);
            const traffic_shift_config *later = &c->timeline[0].update.to.shift;
            IS_INT(later->bake_us, 3 * SIM_MINUTE); /* and what it does not say stays */
            IS_INT(later->step_tenths, 25);
            IS_INT(later->hook_count, 1);
        }
        scenario_destroy(r.scene);
    }
}

static void test_revisions(void)
{
    TEST("E20: revisions go on in the order of time, and each reference sees those of its time")
    {
        reading r = READ_BASE(
            "/timeline=[{'at': '5m', 'updateService': {'service': 'web', 'taskDefinition': 'web'}},"
            "{'at': '1m', 'registerTaskDefinition': {'family': 'web', 'containerDefinitions': "
            "[{'name': 'web', 'image': 'w:2', 'memory': 64,"
            " 'portMappings': [{'containerPort': 80}]}]}},"
            "{'at': 60, 'updateService': {'service': 'web', 'taskDefinition': "
            "'arn:aws:ecs:r:1:task-definition/web:2', 'desiredCount': 3}},"
            "{'at': '1970-01-05T00:04:00Z', 'registerTaskDefinition': {'family': 'web', "
            "'containerDefinitions': [{'name': 'web', 'image': 'w:3',"
            " 'memory': 64, 'portMappings': [{'containerPort': 80}]}]}}]");
        IS_STR(r.messages, "");
        if (r.scene) {
            const model_config *c = scenario_config(r.scene);
            IS_INT(c->task_definition_count, 3);
            IS_INT(c->task_definitions[2].revision, 3);
            OK(c->task_definitions[1].registered_later && !c->task_definitions[0].registered_later);
            IS_INT(c->timeline[0].kind, TIMELINE_REGISTER_TASK_DEFINITION);
            IS_INT(c->timeline[1].update.to.task_definition, 1);
            OK(c->timeline[1].update.has_desired_count &&
               c->timeline[1].update.to.desired_count == 3);
            IS_INT(c->timeline[2].at_us, 240 * SIM_SECOND);
            IS_INT(c->timeline[3].update.to.task_definition, 2);
            IS_INT(c->timeline[3].update.to.desired_count, 3);
            OK(!c->timeline[3].update.has_desired_count);
        }
        scenario_destroy(r.scene);
    }
    TEST("E20: an answer's revision counts; a bare family is the newest ACTIVE one")
    {
        reading r = READ_BASE(
            "/taskDefinitions=[{'family': 'web', 'revision': 7, 'containerDefinitions': [{'name': "
            "'web', 'memory': 9, 'portMappings': [{'containerPort': 80}]}]},"
            "{'family': 'web', 'revision': 9, 'status': 'INACTIVE', 'containerDefinitions': "
            "[{'name': 'web', 'memory': 9, 'portMappings': [{'containerPort': 80}]}]}]",
            "/timeline=[{'at': 1, 'registerTaskDefinition': {'family': 'web', "
            "'containerDefinitions': [{'name': 'web', 'memory': 9}]}}]");
        IS_STR(r.messages, "");
        if (r.scene) {
            IS_INT(scenario_config(r.scene)->services[0].task_definition, 0);
            IS_INT(scenario_config(r.scene)->task_definitions[2].revision, 10);
        }
        scenario_destroy(r.scene);
    }
    TEST("E20: a revision that is not registered yet at that time is unknown")
    {
        REFUSED("/timeline=[{'at': 5, 'updateService': {'service': 'web', 'taskDefinition': "
                "'web:2'}}, {'at': 6, 'registerTaskDefinition':"
                " {'family': 'web', 'containerDefinitions': [{'name': 'web', 'memory': 9, "
                "'portMappings': [{'containerPort': 80}]}]}}]",
                "/timeline/0/updateService/taskDefinition: no task definition \"web:2\", did you "
                "mean \"web:1\"?; there is: web:1");
    }
}

static void test_instances(void)
{
    TEST("explicit sizes stand for a type; prices and discounts; reserved ports replace the list")
    {
        reading r = READ_BASE(
            "/cluster/containerInstances=[{'vcpu': 2, 'memoryMiB': 3000, 'gpus': 1, 'maxEnis': 4, "
            "'reservedPorts': [22], 'registerAfter': '1m'},"
            "{'instanceType': 'c5.large', 'awsvpcTrunking': true, 'memoryMiB': 3000}, "
            "{'instanceType': 'm5.large', 'pricePerHour': 0.5},"
            "{'instanceType': 't2.small', 'attributes': [{'name': 'stack', 'value': 'prod'}]}]",
            "/prices={'ec2Discount': 0.5, 't2.small': 0.01}", "/services=[]");
        IS_STR(r.messages, "");
        if (r.scene) {
            const instance_group_config *g = scenario_config(r.scene)->groups;
            IS_INT(g[0].cpu_units, 2048);
            IS_INT(g[0].gpu_count, 1);
            IS_INT(g[0].awsvpc_tasks, 3);
            IS_INT(g[0].reserved_port_count, 1);
            IS_INT(g[0].register_after_us, SIM_MINUTE);
            IS_DOUBLE(g[0].price_usd_per_hour, 0.0);
            IS_INT(g[1].awsvpc_tasks, 10);
            IS_INT(g[1].memory_mib, 3000);
            IS_DOUBLE(g[1].price_usd_per_hour,
                      instance_type_find("c5.large")->price_usd_per_hour * 0.5);
            IS_DOUBLE(g[2].price_usd_per_hour, 0.5);
            IS_DOUBLE(g[3].price_usd_per_hour, 0.01);
            IS_STR(g[3].attributes[0].value, "prod");
        }
        scenario_destroy(r.scene);
    }
    TEST("E3, E14: an instance of a describe-container-instances answer")
    {
        reading r = READ_BASE(
            "/cluster/containerInstances=[{'containerInstanceArn': 'arn:ci', 'ec2InstanceId': "
            "'i-0abc', 'agentConnected': false,"
            " 'status': 'DRAINING', 'versionInfo': {'agentVersion': '1.80.0'}, "
            "'registeredResources': [{'name': 'CPU', 'integerValue': 4096},"
            " {'name': 'MEMORY', 'integerValue': 7680}, {'name': 'PORTS', 'stringSetValue': ['22', "
            "'2376']}], 'attributes':"
            " [{'name': 'ecs.availability-zone', 'value': 'x'}, {'name': 'ecs.instance-type', "
            "'value': 'c5.xlarge'}, {'name': 'own'}]}]",
            "/timeline=[{'at': 1, 'terminateInstances': {'InstanceIds': ['i-0abc', 'i-000001']}}]");
        IS_STR(r.messages, "");
        if (r.scene) {
            const instance_group_config *g = scenario_config(r.scene)->groups;
            IS_INT(g->cpu_units, 4096);
            IS_INT(g->memory_mib, 7680);
            IS_INT(g->reserved_port_count, 2);
            IS_STR(g->zones[0], "x");
            IS_INT(g->status, INSTANCE_DRAINING);
            OK(!g->agent_connected && g->attribute_count == 1 && !g->attributes[0].value);
            IS_STR(g->agent_version, "1.80.0");
            IS_INT(g->awsvpc_tasks, 3);
            IS_INT(scenario_config(r.scene)->timeline[0].select.instance_count, 2);
            IS_INT(scenario_config(r.scene)->timeline[0].select.instances[0], 1);
        }
        scenario_destroy(r.scene);
    }
}

/* ---- Behavior and basis ---- */

static const model_input *input_named(const model_config *c, const char *pointer)
{
    for (uint32_t i = 0; i < c->input_count; i++)
        if (strcmp(c->inputs[i].pointer, pointer) == 0) return &c->inputs[i];
    return NULL;
}

static void test_memory_behavior(void)
{
    TEST("memory: each key by itself, most specific first; given for the task it is the first "
         "essential container's (E25)")
    {
        reading r = READ_BASE(
            "/taskDefinitions/0/containerDefinitions=[{'name': 'web', 'memory': 128, "
            "'portMappings': "
            "[{'containerPort': 80}]}, {'name': 'side', 'essential': false, 'memory': 64}]",
            "/behavior={'web': {'memory': {'idleMiB': 100, 'leakMiBPerHour': 5}}, 'web:1': "
            "{'memory': {'leakMiBPerHour': 7}, 'containers': {'side': {'memory': "
            "{'miBPerConcurrentRequest': 0.5}}}}}");
        if (OK(r.scene)) {
            const container_definition *c =
                scenario_config(r.scene)->task_definitions[0].containers;
            OK(c[0].behavior.has_memory && c[1].behavior.has_memory);
            IS_DOUBLE(c[0].behavior.memory.idle_mib, 100);
            IS_DOUBLE(c[0].behavior.memory.leak_mib_per_hour, 7);
            IS_DOUBLE(c[0].behavior.memory.mib_per_request, 0);
            IS_DOUBLE(c[1].behavior.memory.idle_mib, 0);
            IS_DOUBLE(c[1].behavior.memory.mib_per_request, 0.5);
        } else {
            printf("# %s", r.messages);
        }
        scenario_destroy(r.scene);
        r = READ_BASE("/behavior={}");
        OK(!scenario_config(r.scene)->task_definitions[0].containers[0].behavior.has_memory);
        scenario_destroy(r.scene);
    }
    TEST("requestSeconds and errorRate of one container: its targets', the task's hold for the "
         "others")
    {
        reading r = READ_BASE(
            "/taskDefinitions/0/containerDefinitions=[{'name': 'web', 'memory': 128, "
            "'portMappings': "
            "[{'containerPort': 80}]}, {'name': 'side', 'essential': false, 'memory': 64}]",
            "/behavior={'web': {'requestSeconds': 0.1, 'errorRate': 0.01, 'containers': {'side': "
            "{'requestSeconds': 0.4}}}}");
        if (OK(r.scene)) {
            const task_definition_config *d = &scenario_config(r.scene)->task_definitions[0];
            OK(!d->containers[0].behavior.has_request_seconds);
            IS_DOUBLE(d->request_seconds.a, 0.1);
            OK(d->containers[1].behavior.has_request_seconds);
            IS_DOUBLE(d->containers[1].behavior.request_seconds.a, 0.4);
            OK(!d->containers[1].behavior.has_error_rate);
            IS_DOUBLE(d->error_rate, 0.01);
        }
        scenario_destroy(r.scene);
    }
    TEST("ECS_CONTAINER_STOP_TIMEOUT is of EC2 agents: what only FARGATE can run has 30 s (E32)")
    {
        reading r = READ_BASE(
            "/controlPlane={'containerStopTimeoutSeconds': 12}", "/services=[]", "/traffic=[]",
            "/taskDefinitions=[{'family': 'near', 'containerDefinitions': [{'name': 'a', 'memory': "
            "64}]}, {'family': 'far', 'networkMode': 'awsvpc', 'cpu': '256', 'memory': '512', "
            "'requiresCompatibilities': ['FARGATE'], 'containerDefinitions': [{'name': 'a'}, "
            "{'name': 'own', 'stopTimeout': 7}]}]");
        if (OK(r.scene)) {
            const task_definition_config *d = scenario_config(r.scene)->task_definitions;
            IS_INT(d[0].containers[0].stop_timeout_us, 12 * SIM_SECOND);
            IS_INT(d[1].containers[0].stop_timeout_us, 30 * SIM_SECOND);
            IS_INT(d[1].containers[1].stop_timeout_us, 7 * SIM_SECOND);
        } else {
            printf("# %s", r.messages);
        }
        scenario_destroy(r.scene);
    }
    TEST("a restart policy that is not enabled is none; its defaults (E43)")
    {
        reading r = READ_BASE("/taskDefinitions/0/containerDefinitions/0/restartPolicy={'enabled': "
                              "true, 'ignoredExitCodes': [0, 143]}");
        const container_definition *c =
            &scenario_config(r.scene)->task_definitions[0].containers[0];
        OK(c->has_restart_policy);
        IS_INT(c->restart_policy.attempt_period_us, 300 * SIM_SECOND);
        IS_INT(c->restart_policy.ignored_code_count, 2);
        IS_INT(c->restart_policy.ignored_codes[1], 143);
        scenario_destroy(r.scene);
        r = READ_BASE("/taskDefinitions/0/containerDefinitions/0/restartPolicy={'enabled': false}");
        OK(!scenario_config(r.scene)->task_definitions[0].containers[0].has_restart_policy);
        scenario_destroy(r.scene);
    }
}

static void test_behavior(void)
{
    TEST("family:revision goes before family, a container's own keys before the task's")
    {
        reading r = READ_BASE(
            "/taskDefinitions/-={'family': 'web', 'containerDefinitions': [{'name': 'web', "
            "'memory': 9, 'portMappings': [{'containerPort': 80}]},"
            " {'name': 'side', 'memory': 9, 'essential': false}]}",
            "/behavior={'web': {'startup': 5, 'shutdown': 2, 'containers': {'side': {'startup': "
            "1}}}, 'web:2': {'startup': 7, 'requestSeconds': 0.2}}",
            "/basis={'/behavior/web/startup': {'kind': 'fitted', 'n': 41, 'low': 3, 'high': 9}}");
        IS_STR(r.messages, "");
        if (r.scene) {
            const model_config *c = scenario_config(r.scene);
            const container_definition *one = c->task_definitions[0].containers,
                                       *two = c->task_definitions[1].containers;
            IS_DOUBLE(one[0].behavior.startup.a, 5.0);
            IS_DOUBLE(two[0].behavior.startup.a, 7.0);
            IS_DOUBLE(two[0].behavior.shutdown.a, 2.0);
            IS_DOUBLE(two[1].behavior.startup.a, 1.0);
            IS_DOUBLE(two[1].behavior.shutdown.a, 0.0);
            IS_DOUBLE(c->task_definitions[0].request_seconds.a, 0.05);
            IS_DOUBLE(c->task_definitions[1].request_seconds.a, 0.2);
            const model_input *fitted = &c->inputs[one[0].behavior.startup_input];
            IS_STR(fitted->pointer, "/behavior/web/startup");
            IS_INT(fitted->basis, BASIS_FITTED);
            IS_STR(fitted->basis_json, "{\"kind\":\"fitted\",\"n\":41,\"low\":3,\"high\":9}");
            const model_input *given = &c->inputs[two[0].behavior.startup_input];
            IS_STR(given->pointer, "/behavior/web:2/startup");
            IS_INT(given->basis, BASIS_GIVEN);
            const model_input *assumed = input_named(c, "/behavior/web/imagePull");
            OK(assumed && assumed->basis == BASIS_ASSUMED && assumed->plausible_high == 60);
            OK(input_named(c, "/behavior/web/containers/side/shutdown") != NULL);
        }
        scenario_destroy(r.scene);
    }
    TEST("the scenario as run reads back the same, and what was assumed stays assumed")
    {
        reading one = READ_BASE(
            "/timeline=[{'at': '1m', 'updateService': {'service': 'web', 'desiredCount': 3}}]");
        if (OK(one.scene != NULL)) {
            reading two = reading_of(scenario_json_text(one.scene), NULL);
            IS_STR(two.messages, "");
            if (two.scene) {
                const model_config *c = scenario_config(two.scene), *d = scenario_config(one.scene);
                IS_STR(scenario_json_text(two.scene), scenario_json_text(one.scene));
                IS_INT(c->input_count, d->input_count);
                for (uint32_t i = 0; i < c->input_count; i++) {
                    IS_STR(c->inputs[i].pointer, d->inputs[i].pointer);
                    IS_INT(c->inputs[i].basis, BASIS_ASSUMED);
                }
            }
            scenario_destroy(two.scene);
        }
        scenario_destroy(one.scene);
    }
    TEST("names that nothing answers to")
    {
        REFUSED("/behavior={'wbe': {}}",
                "/behavior/wbe: no task definition \"wbe\", did you mean \"web\"?; there is: web");
        REFUSED("/behavior={'web': {'containers': {'app': {}}}}",
                "/behavior/web/containers/app: no container \"app\" in task definition web; there "
                "is: web");
        REFUSED("/behavior={'web': {'startup': {'normal': {'mean': 1}}}}",
                "/behavior/web/startup: \"normal\" needs \"sigma\"");
        REFUSED("/behavior={'web': {'startup': {'cauchy': {}}}}",
                "/behavior/web/startup: unknown distribution \"cauchy\", expected exponential, "
                "uniform, normal, lognormal, gamma, weibull, pareto or empirical");
    }
}

/* ---- Traffic and timeline ---- */

static void test_traffic(void)
{
    TEST("a linear rate is a staircase of its exact means; a step rate and a number are what they "
         "are")
    {
        reading r = READ_BASE("/traffic/0/requestsPerSecond={'points': [['1m', 0], ['3m', 120]]}",
                              "/trafficScale=2");
        if (OK(r.scene != NULL)) {
            const traffic_config *t = scenario_config(r.scene)->traffic;
            static const double want[][2] = {
                {0, 0}, {60, 60}, {120, 180}, {180, 240}}; /* s, scaled rate */
            IS_INT(t->rate.step_count, 4);
            for (uint32_t i = 0; i < t->rate.step_count && i < 4; i++) {
                IS_INT(t->rate.steps[i].at_us, (sim_time)want[i][0] * SIM_SECOND);
                IS_NEAR(t->rate.steps[i].per_second, want[i][1], 1e-9);
            }
            OK(!t->scripted);
            IS_INT(t->timeout_us, SIM_MINUTE);
        }
        scenario_destroy(r.scene);
        r = READ_BASE("/traffic/0/requestsPerSecond={'sum': [5, {'points': [[0, 1], ['2m', 3]], "
                      "'interpolate': 'step'}, {'sum': [2]}]}",
                      "/timeline=[{'at': 'peak', 'every': '4m', 'crashTasks': {'service': 'web', "
                      "'count': 1}}]");
        if (OK(r.scene != NULL)) {
            const model_config *c = scenario_config(r.scene);
            IS_INT(c->traffic->rate.step_count, 2);
            IS_DOUBLE(c->traffic->rate.steps[0].per_second, 8.0);
            IS_DOUBLE(c->traffic->rate.steps[1].per_second, 10.0);
            OK(c->traffic->scripted);
            IS_INT(c->timeline_count, 3);
            IS_INT(c->timeline[0].at_us, 120 * SIM_SECOND);
            IS_INT(c->timeline[2].at_us, 600 * SIM_SECOND);
            IS_INT(c->timeline[0].exit_code, 1);
        }
        scenario_destroy(r.scene);
    }
    TEST("rates that are wrong")
    {
        REFUSED("/traffic/0/requestsPerSecond={'points': [[0, 1], ['0s', 2]]}",
                "/traffic/0/requestsPerSecond/points/1/0: times of points must rise");
        REFUSED("/traffic/0/requestsPerSecond={'sum': [1, {'points': [[0, -1]]}]}",
                "/traffic/0/requestsPerSecond/sum/1/points/0/1: expected a rate of at least 0 "
                "(requests per second)");
        REFUSED("/traffic/0/requestsPerSecond={'sine': {'mean': 1}}",
                "/traffic/0/requestsPerSecond/sine: needs \"mean\", \"amplitude\" and \"period\"");
        REFUSED("/traffic/0={'requestsPerSecond': 1}",
                "/traffic/0: needs one of \"targetGroup\", \"loadBalancer\" and \"service\"");
        REFUSED("/traffic/0={'loadBalancer': 'front', 'requestsPerSecond': 1, 'paths': {'/': 1}}",
                "/traffic/0/loadBalancer: no load balancer \"front\"; there is: web");
    }
}

static void test_timeline(void)
{
    TEST("faults and calls: whom, how, how long")
    {
        reading r = READ_BASE(
            "/timeline=[{'at': 1, 'failHealthChecks': {'service': 'web', 'fraction': 0.5, 'how': "
            "503, 'duration': '1m'}},"
            "{'at': 2, 'stopTask': {'service': 'web', 'count': 2, 'reason': 'drill'}}, {'at': 3, "
            "'terminateInstances': {'instances': ['i-000002']}},"
            "{'at': 4, 'runTask': {'taskDefinition': 'web', 'count': 3, 'placementStrategy': "
            "[{'type': 'random'}]}}, {'at': 5, 'stopTask': {'task': 'web/000001'}}]");
        IS_STR(r.messages, "");
        if (r.scene) {
            const timeline_action *a = scenario_config(r.scene)->timeline;
            OK(a[0].how == FAIL_STATUS && a[0].status_code == 503 && a[0].select.has_fraction &&
               a[0].duration_us == SIM_MINUTE);
            OK(a[1].select.has_count && a[1].select.count == 2 && a[1].task == NULL);
            IS_STR(a[1].reason, "drill");
            IS_INT(a[2].select.instances[0], 2);
            IS_INT(a[3].run_task.count, 3);
            IS_STR(a[4].task, "web/000001");
            IS_STR(a[1].arguments_json, "{\"service\":\"web\",\"count\":2,\"reason\":\"drill\"}");
        }
        scenario_destroy(r.scene);
    }
    TEST("timelines that are wrong")
    {
        REFUSED("/timeline=[{'at': 1}]",
                "/timeline/0: needs exactly one action (registerTaskDefinition, …), has 0");
        REFUSED("/timeline=[{'at': 1, 'terminateInstances': {'instances': ['i-000003']}}]",
                "/timeline/0/terminateInstances/instances/0: no instance \"i-000003\"; ids are "
                "i-000001 to i-000002");
        REFUSED("/timeline=[{'at': 1, 'crashTasks': {'count': 1, 'fraction': 0.5}}]",
                "/timeline/0/crashTasks: takes either \"count\" or \"fraction\"");
        REFUSED("/timeline=[{'at': 1, 'until': 5, 'crashTasks': {}}]",
                "/timeline/0/until: \"until\" goes with \"every\"");
        REFUSED(
            "/timeline=[{'at': '1969-01-01', 'crashTasks': {}}]",
            "/timeline/0/at: '1969-01-01' is before the start of the run, 1970-01-05T00:00:00Z");
        WARNED("/timeline=[{'at': '11m', 'crashTasks': {}}]",
               "/timeline/0/at: warning: after the end of the run (\"duration\" is 10m): it will "
               "not happen");
    }
}

/* ---- Options ---- */

static scenario *load_with(scenario_options *options, char *messages, size_t size)
{
    diagnostics diag;
    char *json = reading_text(READING_BASE);
    diagnostics_init(&diag);
    scenario *s = scenario_load_text("t.json", json, strlen(json), options, &diag);
    messages[0] = '\0';
    FILE *out = fmemopen(messages, size, "w");
    diagnostics_print(&diag, out);
    fclose(out);
    diagnostics_finish(&diag);
    free(json);
    return s;
}

static void test_options(void)
{
    static const char *const service[] = {"web"}, *const nobody[] = {"db"},
                             *const warm[] = {"/warmup=\"2m\""};
    char messages[1024];
    TEST("--deploy: a copy of the task definition one minute after warmup, and the update")
    {
        scenario_options options = {
            .deploys = service, .deploy_count = 1, .sets = warm, .set_count = 1};
        scenario *s = load_with(&options, messages, sizeof messages);
        IS_STR(messages, "");
        if (s) {
            const model_config *c = scenario_config(s);
            IS_INT(c->timeline_count, 2);
            IS_INT(c->timeline[0].at_us, 180 * SIM_SECOND);
            IS_INT(c->timeline[1].update.to.task_definition, 1);
            IS_INT(c->task_definitions[1].revision, 2);
            IS_INT(c->task_definitions[1].containers[0].cpu_units, 256);
            IS_STR(c->task_definitions[0].containers[0].image, "web:1");
            IS_STR(c->task_definitions[1].containers[0].image, "web:1#2");
        }
        scenario_destroy(s);
    }
    TEST("E20: a call of the timeline makes the next revision, also of what an answer describes")
    {
        reading r = READ_BASE("/timeline=[{'at': 60, 'registerTaskDefinition': {'family': 'web', "
                              "'revision': 1, 'status': 'INACTIVE', 'taskDefinitionArn': "
                              "'arn:aws:ecs:eu-west-1:1:task-definition/web:1', "
                              "'containerDefinitions': [{'name': 'web', 'image': 'web:9', "
                              "'memory': 128, 'portMappings': [{'containerPort': 80}]}]}}, "
                              "{'at': 60, 'updateService': {'service': 'web', "
                              "'taskDefinition': 'web'}}]",
                              "/taskDefinitions/0/revision=7");
        IS_STR(r.messages, "");
        if (OK(r.scene != NULL)) {
            const model_config *c = scenario_config(r.scene);
            IS_INT(c->task_definitions[0].revision, 7);
            IS_INT(c->task_definitions[1].revision, 8);
            IS_INT(c->timeline[1].update.to.task_definition, 1);
        }
        scenario_destroy(r.scene);
    }
    TEST("--deploy after the end of the run, and at the end")
    {
        scenario_options options = {.deploys = service, .deploy_count = 1, .deploy_at = "20m"};
        scenario_destroy(load_with(&options, messages, sizeof messages));
        IS_STR(messages,
               "--deploy:1:7: /timeline/1/at: warning: the deploy at 20m is after the end of "
               "the run (\"duration\" is 10m): it will not happen; --at gives another time\n");
        options.deploy_at = "10m";
        scenario_destroy(load_with(&options, messages, sizeof messages));
        IS_STR(messages,
               "--deploy:1:7: /timeline/1/at: warning: the deploy at 10m is at the end of "
               "the run (\"duration\" is 10m): nothing will come of it; --at gives another time\n");
    }
    TEST("--deploy: a second copy has newer images than the first")
    {
        static const char *const twice[] = {"web", "web"};
        scenario_options options = {.deploys = twice, .deploy_count = 2};
        scenario *s = load_with(&options, messages, sizeof messages);
        if (OK(s != NULL)) {
            const model_config *c = scenario_config(s);
            IS_INT(c->task_definitions[2].revision, 3);
            IS_STR(c->task_definitions[2].containers[0].image, "web:1#3");
        }
        scenario_destroy(s);
    }
    TEST("--deploy at a time, --seed; a service that is not there")
    {
        scenario_options options = {
            .deploys = service, .deploy_count = 1, .deploy_at = "90", .has_seed = true, .seed = 7};
        scenario *s = load_with(&options, messages, sizeof messages);
        if (OK(s != NULL)) {
            IS_INT(scenario_config(s)->timeline[1].at_us, 90 * SIM_SECOND);
            IS_INT(scenario_config(s)->seed, 7);
            OK(strstr(scenario_json_text(s), "\"seed\": 7") != NULL);
        }
        scenario_destroy(s);
        scenario_options wrong = {.deploys = nobody, .deploy_count = 1};
        s = load_with(&wrong, messages, sizeof messages);
        OK(s == NULL);
        IS_STR(messages,
               "t.json:5:14: /services: --deploy db: no service of that name; there is: web\n");
        scenario_destroy(s);
    }
}

int main(void)
{
    tap_begin();
    test_base();
    test_references();
    test_shift();
    test_revisions();
    test_instances();
    test_behavior();
    test_memory_behavior();
    test_traffic();
    test_timeline();
    test_options();
    return tap_end();
}
