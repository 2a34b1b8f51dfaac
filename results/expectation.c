/* expectation.c - what was asked for, held against what came out. */
#include "results/expectation.h"
#include "sim/engine/arena.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool expectations_check(const model_config *cfg, sim_error *err)
{
    for (uint32_t i = 0; i < cfg->expectation_count; i++) {
        const expectation_config *asked = &cfg->expectations[i];
        sim_error wrong = {0};
        if (metric_name_check(cfg, asked->metric, &wrong)) continue;
        error_set(err, "%s", wrong.text);
        if (err && err->pointer[0] == '\0')
            snprintf(err->pointer, sizeof err->pointer, "%s/metric",
                     asked->pointer ? asked->pointer : "");
        return false;
    }
    return true;
}

/* Inclusive; a comparison with NAN is false. */
static bool is_met(const expectation_config *asked, double value)
{
    if (isnan(value)) return false;
    if (asked->has_at_least && !(value >= asked->at_least)) return false;
    if (asked->has_at_most && !(value <= asked->at_most)) return false;
    if (asked->has_equals && !(fabs(value - asked->equals) <= asked->tolerance)) return false;
    if (asked->has_between && !(value >= asked->between_low && value <= asked->between_high))
        return false;
    return true;
}

/* metric NULL: none matched. */
static void add(expectation_results *e, const expectation_config *asked, const metric_value *metric)
{
    const double value = metric ? metric->value : NAN;
    e->result = memory_resize(e->result, e->count + 1, sizeof *e->result);
    const bool met = is_met(asked, value);
    e->result[e->count++] =
        (expectation_result){asked, metric ? metric->name : asked->metric, metric, value, met};
    if (!met) e->unmet++;
}

expectation_results expectations_evaluate(const model_config *cfg, const metric_values *v)
{
    expectation_results e = {0};
    for (uint32_t i = 0; i < cfg->expectation_count; i++) {
        const expectation_config *asked = &cfg->expectations[i];
        const uint32_t before = e.count;
        for (uint32_t m = 0; m < metric_values_count(v); m++) {
            const metric_value *metric = metric_values_at(v, m);
            if (metric_matches(metric, asked->metric)) add(&e, asked, metric);
        }
        if (e.count == before) add(&e, asked, NULL);
    }
    return e;
}

const char *expectation_no_value(const expectation_result *r)
{
    /* The first whose part stands in the name behind the object's. */
    static const struct {
        const char *part, *reason;
    } reasons[] = {
        {"stable.", "it was not stable before the run ended"},
        {"availability", "no requests were offered"},
        {"healthy.min", "no steady state was measured"},
        {"surge.", "it was over before the measuring began"},
        {"placement.wait", "nothing was placed"},
        {"packing.", "no task needed an instance"},
        {"cost.", "an instance has no price"},
        {"reserved.", "no instance was registered"},
    };
    const bool of_deployment = strstr(r->metric, ".deployments.") != NULL;
    if (!r->found) return of_deployment ? "no such deployment" : "no such metric in this run";
    const char *name = r->metric + r->found->object_at + r->found->object_length;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strstr(name, reasons[i].part)) return reasons[i].reason;
    if (of_deployment && strstr(name, ".seconds")) return "it was not complete when the run ended";
    return "nothing was measured";
}

void expectation_results_finish(expectation_results *e)
{
    free(e->result);
    memset(e, 0, sizeof *e);
}

static void append(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void append(char *buffer, size_t size, const char *format, ...)
{
    size_t used = strlen(buffer);
    if (used > 0) used += (size_t)snprintf(buffer + used, size - used, ", ");
    if (used >= size) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(buffer + used, size - used, format, arguments);
    va_end(arguments);
}

const char *expectation_print(const expectation_config *asked, char *buffer, size_t size)
{
    buffer[0] = '\0';
    if (asked->has_at_least) append(buffer, size, "at least %.10g", asked->at_least);
    if (asked->has_at_most) append(buffer, size, "at most %.10g", asked->at_most);
    if (asked->has_equals && asked->tolerance != 0)
        append(buffer, size, "%.10g within %.10g", asked->equals, asked->tolerance);
    else if (asked->has_equals)
        append(buffer, size, "equals %.10g", asked->equals);
    if (asked->has_between)
        append(buffer, size, "between %.10g and %.10g", asked->between_low, asked->between_high);
    return buffer;
}
