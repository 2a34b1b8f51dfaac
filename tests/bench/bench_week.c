/* bench_week.c - a week of 10,000 tasks in 50 services on 1,000 instances, as `berth run` measures
 * it: health checks every 5 seconds, alarms and target tracking on one-minute metrics, a day's curve
 * of load in one-minute points, one deploy an hour.
 *
 * Goal: the whole costs what changes; aim: under 60 s and under 1 GiB on one core.
 * Prints times, events and peak memory, then what there was most of: events of the log by kind, and
 * objects that observers were told of. Counts only: what is slow in itself is callgrind's to say.
 *
 *     bench_week [HOURS [TASKS [cpu]]]    200 tasks a service, 10 tasks an instance; cpu: each request
 *                                         takes CPU, so that each minute each instance divides its own
 */
#include "results/digest.h"
#include "results/recorder.h"
#include "scenarios/read/scenario.h"
#include "tests/bench/bench.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { TASKS_OF_SERVICE = 200, TASKS_OF_INSTANCE = 10, REVISIONS = 2, LINES = 8 };

/* ---- The scenario ---- */

static const char *comma(uint32_t i)
{
    return i > 0 ? "," : "";
}

/* With cpu, a task takes a fifth of what its container reserves at the day's mean rate. */
static void write_families(FILE *f, uint32_t services, bool cpu)
{
    fprintf(f, "\"taskDefinitions\":[");
    for (uint32_t i = 0; i < services * REVISIONS; i++)
        fprintf(f,
                "%s{\"family\":\"s%" PRIu32
                "\",\"networkMode\":\"bridge\",\"containerDefinitions\":"
                "[{\"name\":\"app\",\"image\":\"s%" PRIu32 ":%" PRIu32 "\",\"cpu\":256,"
                "\"memory\":512,\"portMappings\":[{\"containerPort\":8080}]}]}",
                comma(i), i / REVISIONS, i / REVISIONS, i % REVISIONS);
    fprintf(f, "],\"behavior\":{");
    for (uint32_t i = 0; i < services; i++)
        fprintf(f,
                "%s\"s%" PRIu32 "\":{\"imagePull\":10,\"imagePullCached\":1,\"activation\":1,"
                "\"startup\":5,\"shutdown\":2%s}",
                comma(i), i,
                cpu ? ",\"requestSeconds\":0.05,\"cpu\":{\"idleUnits\":8,"
                      "\"secondsPerRequest\":0.005}"
                    : "");
    fprintf(f, "},");
}

static void write_services(FILE *f, uint32_t services)
{
    fprintf(f, "\"targetGroups\":[");
    for (uint32_t i = 0; i < services; i++)
        fprintf(f,
                "%s{\"Name\":\"s%" PRIu32 "\",\"HealthCheckIntervalSeconds\":5,"
                "\"HealthCheckTimeoutSeconds\":2,\"HealthyThresholdCount\":2,"
                "\"UnhealthyThresholdCount\":2}",
                comma(i), i);
    fprintf(f, "],\"services\":[");
    for (uint32_t i = 0; i < services; i++)
        fprintf(
            f,
            "%s{\"serviceName\":\"s%" PRIu32 "\",\"taskDefinition\":\"s%" PRIu32
            ":1\",\"desiredCount\":%d,\"loadBalancers\":[{\"targetGroupArn\":\"s%" PRIu32
            "\",\"containerName\":\"app\",\"containerPort\":8080}],"
            "\"deploymentConfiguration\":{\"minimumHealthyPercent\":100,\"maximumPercent\":150},"
            "\"availabilityZoneRebalancing\":\"DISABLED\"}",
            comma(i), i, i, TASKS_OF_SERVICE, i);
    fprintf(f, "],");
}

/* 600 requests a minute and task; the services' days begin at different hours. */
static void write_scaling(FILE *f, uint32_t services)
{
    fprintf(f, "\"scalableTargets\":[");
    for (uint32_t i = 0; i < services; i++)
        fprintf(f,
                "%s{\"ServiceNamespace\":\"ecs\",\"ResourceId\":\"service/default/s%" PRIu32
                "\",\"ScalableDimension\":\"ecs:service:DesiredCount\",\"MinCapacity\":%d,"
                "\"MaxCapacity\":%d}",
                comma(i), i, TASKS_OF_SERVICE / 2, TASKS_OF_SERVICE * 2);
    fprintf(f, "],\"scalingPolicies\":[");
    for (uint32_t i = 0; i < services; i++)
        fprintf(
            f,
            "%s{\"ServiceNamespace\":\"ecs\",\"PolicyName\":\"s%" PRIu32
            "\",\"PolicyType\":\"TargetTrackingScaling\",\"ResourceId\":\"service/default/s"
            "%" PRIu32 "\",\"ScalableDimension\":\"ecs:service:DesiredCount\","
            "\"TargetTrackingScalingPolicyConfiguration\":{\"TargetValue\":600,"
            "\"PredefinedMetricSpecification\":"
            "{\"PredefinedMetricType\":\"ALBRequestCountPerTarget\",\"ResourceLabel\":\"s%" PRIu32
            "\"}}}",
            comma(i), i, i, i);
    fprintf(f, "],\"traffic\":[");
    for (uint32_t i = 0; i < services; i++) {
        fprintf(f, "%s{\"targetGroup\":\"s%" PRIu32 "\",\"requestsPerSecond\":{\"points\":[",
                comma(i), i);
        for (uint32_t h = 0; h <= 168; h++) { /* a parabola by day and one by night */
            const double x = (double)((h + i) % 12) / 6 - 1, half = (h + i) % 24 < 12 ? 1 : -1;
            fprintf(f, "%s[\"%" PRIu32 "h\",%.3f]", comma(h), h,
                    TASKS_OF_SERVICE * (10 + half * 4 * (1 - x * x)));
        }
        fprintf(f, "],\"interpolate\":\"linear\"}}");
    }
    fprintf(f, "],");
}

static char *week_text(uint32_t hours, uint32_t services, bool cpu, size_t *length)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, length);
    if (!f) exit(3);
    fprintf(f,
            "{\"berth\":1,\"name\":\"week\",\"duration\":\"%" PRIu32
            "h\",\"cluster\":{\"containerInstances\":[{\"vcpu\":8,\"memoryMiB\":16384,"
            "\"pricePerHour\":0.4,"
            "\"count\":%" PRIu32 ",\"availabilityZones\":[\"a\",\"b\",\"c\"]}]},",
            hours, services * (TASKS_OF_SERVICE / TASKS_OF_INSTANCE));
    write_families(f, services, cpu);
    write_services(f, services);
    write_scaling(f, services);
    fprintf(f, "\"timeline\":[");
    for (uint32_t h = 1; h < hours; h++)
        fprintf(f,
                "%s{\"at\":\"%" PRIu32 "h\",\"updateService\":{\"service\":\"s%" PRIu32
                "\",\"taskDefinition\":\"s%" PRIu32 ":%" PRIu32 "\"}}",
                comma(h - 1), h, (h - 1) % services, (h - 1) % services,
                REVISIONS - (h - 1) / services % REVISIONS);
    fprintf(f, "]}");
    fclose(f);
    return text;
}

/* ---- What there is most of ---- */

typedef struct {
    const char *name;
    uint64_t count;
} line;

typedef struct {
    uint64_t events[EVENT_KIND_COUNT], told[CHANGED_KINDS];
} counts;

static void count_event(void *context, const struct model *m, const model_event *ev)
{
    (void)m;
    ((counts *)context)->events[ev->kind]++;
}

static void count_told(void *context, const struct model *m, changed_kind kind, uint32_t index)
{
    (void)m;
    (void)index;
    ((counts *)context)->told[kind]++;
}

static int most_first(const void *left, const void *right)
{
    const line *a = left, *b = right;
    if (a->count != b->count) return a->count > b->count ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* The share of all, most first. */
static void print_lines(const char *title, line *lines, int count)
{
    uint64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += lines[i].count;
    qsort(lines, (size_t)count, sizeof *lines, most_first);
    printf("%s: %" PRIu64 "\n", title, sum);
    for (int i = 0; i < count && i < LINES && lines[i].count > 0; i++)
        printf("    %-28s %10" PRIu64 "  %4.1f %%\n", lines[i].name, lines[i].count,
               100 * (double)lines[i].count / (double)sum);
}

static void print_counts(const counts *c)
{
    static const char *const kinds[CHANGED_KINDS] = {
        [CHANGED_CLUSTER] = "cluster",       [CHANGED_INSTANCE] = "instance",
        [CHANGED_SERVICE] = "service",       [CHANGED_TARGET_GROUP] = "target group",
        [CHANGED_QUEUE] = "queue",           [CHANGED_USE] = "use of an instance",
        [CHANGED_WARMUP] = "warm instances", [CHANGED_LOAD_BALANCER] = "load balancer",
    };
    line lines[EVENT_KIND_COUNT], told[CHANGED_KINDS];
    for (int i = 0; i < EVENT_KIND_COUNT; i++)
        lines[i] = (line){event_kinds[i].name, c->events[i]};
    for (int i = 0; i < CHANGED_KINDS; i++)
        told[i] = (line){kinds[i] ? kinds[i] : "other", c->told[i]};
    print_lines("observers told of changed objects", told, CHANGED_KINDS);
    print_lines("events of the log", lines, EVENT_KIND_COUNT);
}

/* ---- The run ---- */

static double peak_mib(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_maxrss / 1024;
}

static double wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Whether deploys and scaling have happened: a week in which nothing does measures nothing. */
static bool run(const model_config *cfg)
{
    const double start_s = bench_seconds(), start_wall_s = wall_seconds();
    counts c = {0};
    model *m = model_create(cfg, 0, NULL);
    recorder *r = recorder_create(cfg, DETAIL_SUMMARY);
    digest *d = digest_create();
    recorder_attach(r, m);
    digest_attach(d, m);
    model_observe(m, &(model_observer){.context = &c, .event = count_event, .changed = count_told});
    model_run(m, cfg->duration_us, NULL);
    recorder_finish(r, m);
    const double seconds = bench_seconds() - start_s, wall_s = wall_seconds() - start_wall_s;
    const uint64_t events = model_event_count(m);
    char hex[DIGEST_HEX_SIZE];
    digest_hex(d, hex);
    model_destroy(m);
    recorder_destroy(r);
    digest_destroy(d);
    printf("run %.2f s of processor, %.2f s by the wall; %" PRIu64 " engine events, %.0f a second; "
           "peak %.0f MiB; digest %s\n",
           seconds, wall_s, events, (double)events / seconds, peak_mib(), hex);
    print_counts(&c);
    return c.events[EVENT_DEPLOYMENT_COMPLETED] > 0 && c.events[EVENT_SCALING_DECISION] > 0;
}

int main(int argc, char **argv)
{
    const int hours = argc > 1 ? atoi(argv[1]) : 168, tasks = argc > 2 ? atoi(argv[2]) : 10000;
    if (hours < 2 || hours > 168 || tasks < TASKS_OF_SERVICE || tasks > 1000000) return 2;
    const uint32_t services = (uint32_t)tasks / TASKS_OF_SERVICE;
    const bool cpu = argc > 3 && strcmp(argv[3], "cpu") == 0;
    const double start_s = bench_seconds();
    size_t length = 0;
    char *text = week_text((uint32_t)hours, services, cpu, &length);
    const scenario_options options = {0};
    diagnostics diag;
    diagnostics_init(&diag);
    scenario *s = scenario_load_text("week", text, length, &options, &diag);
    free(text);
    bool good = s != NULL;
    if (!good) diagnostics_print(&diag, stderr);
    if (good) {
        const model_config *cfg = scenario_config(s);
        printf("%d h, %" PRIu32 " services of %d tasks; read in %.2f s\n", hours, services,
               TASKS_OF_SERVICE, bench_seconds() - start_s);
        good = run(cfg);
    }
    scenario_destroy(s);
    diagnostics_finish(&diag);
    return good ? 0 : 1;
}
