/* summary_json.c - the summary as JSON, in the shape that the contract gives (cli, JSON summary). */
#include "results/json_text.h"
#include "results/summary.h"
#include <errno.h>
#include <math.h>
#include <string.h>

static void begin_key(json_text *j, const char *before, const char *key)
{
    json_text_raw(j, before);
    json_text_string(j, key);
    json_text_raw(j, ": ");
}

static void add_value(json_text *j, const metric_value *m)
{
    if (m->text)
        json_text_string(j, m->text);
    else
        json_text_number(j, m->value);
}

static void add_metrics(json_text *j, const metric_values *v)
{
    begin_key(j, ",\n  ", "metrics");
    json_text_raw(j, "{");
    for (uint32_t i = 0; i < metric_values_count(v); i++) {
        begin_key(j, i == 0 ? "\n    " : ",\n    ", metric_values_at(v, i)->name);
        add_value(j, metric_values_at(v, i));
    }
    json_text_raw(j, "\n  }");
}

static void add_assumed(json_text *j, const recorder *run)
{
    const model_config *cfg = recorder_config(run);
    const char *before = "\n    ";
    begin_key(j, ",\n  ", "assumed");
    json_text_raw(j, "[");
    for (uint32_t i = 0; i < cfg->input_count; i++) {
        const model_input *input = &cfg->inputs[i];
        if (input->basis != BASIS_ASSUMED || !recorder_input_used(run, i)) continue;
        json_text_raw(j, before);
        begin_key(j, "{", "pointer");
        json_text_string(j, input->pointer);
        begin_key(j, ", ", "value");
        json_text_raw(j, input->value_json ? input->value_json : "null");
        begin_key(j, ", ", "plausible");
        json_text_raw(j, "[");
        json_text_number(j, input->plausible_low);
        json_text_raw(j, ", ");
        json_text_number(j, input->plausible_high);
        json_text_raw(j, "]}");
        before = ",\n    ";
    }
    json_text_raw(j, "]");
}

/* The metrics of one deployment, under the names that follow services.NAME.deployments.N. */
static void add_deployment_metrics(json_text *j, const metric_values *v, uint32_t index,
                                   size_t prefix_length)
{
    uint32_t count;
    const uint32_t first = metric_values_of_deployment(v, index, &count);
    for (uint32_t i = first; i < first + count; i++) {
        const metric_value *m = metric_values_at(v, i);
        begin_key(j, ", ", m->name + prefix_length);
        add_value(j, m);
    }
}

static void add_deployments(json_text *j, const recorder *run, const metric_values *v)
{
    const model_config *cfg = recorder_config(run);
    begin_key(j, ",\n  ", "deployments");
    json_text_raw(j, "[");
    for (uint32_t i = 0; i < recorder_deployment_count(run); i++) {
        const deployment_record *d = recorder_deployment(run, i);
        const char *service = cfg->services[d->service].name;
        char text[600];
        json_text_raw(j, i == 0 ? "\n    " : ",\n    ");
        begin_key(j, "{", "service");
        json_text_string(j, service);
        begin_key(j, ", ", "deployment");
        snprintf(text, sizeof text, "%s#%u", service, d->number);
        json_text_string(j, text);
        begin_key(j, ", ", "taskDefinition");
        json_text_string(j, d->task_definition);
        begin_key(j, ", ", "startedAt");
        json_text_seconds(j, d->started_us);
        const int prefix = snprintf(NULL, 0, "services.%s.deployments.%u.", service, d->number);
        add_deployment_metrics(j, v, i, (size_t)prefix);
        json_text_raw(j, "}");
    }
    json_text_raw(j, "]");
}

static void add_bound(json_text *j, bool given, const char *key, double bound)
{
    if (!given) return;
    begin_key(j, ", ", key);
    json_text_number(j, bound);
}

static void add_expectations(json_text *j, const expectation_results *e)
{
    begin_key(j, ",\n  ", "expectations");
    json_text_raw(j, "[");
    for (uint32_t i = 0; e && i < e->count; i++) {
        const expectation_result *r = &e->result[i];
        const expectation_config *asked = r->asked;
        json_text_raw(j, i == 0 ? "\n    " : ",\n    ");
        begin_key(j, "{", "metric");
        json_text_string(j, r->metric);
        add_bound(j, asked->has_at_least, "atLeast", asked->at_least);
        add_bound(j, asked->has_at_most, "atMost", asked->at_most);
        add_bound(j, asked->has_equals, "equals", asked->equals);
        add_bound(j, asked->has_equals, "tolerance", asked->tolerance);
        if (asked->has_between) {
            begin_key(j, ", ", "between");
            json_text_raw(j, "[");
            json_text_number(j, asked->between_low);
            json_text_raw(j, ", ");
            json_text_number(j, asked->between_high);
            json_text_raw(j, "]");
        }
        begin_key(j, ", ", "value");
        json_text_number(j, r->value);
        json_text_raw(j, r->met ? ", \"met\": true}" : ", \"met\": false}");
    }
    json_text_raw(j, "]");
}

static void add_heading(json_text *j, const run_summary *s)
{
    const model_config *cfg = recorder_config(s->run);
    char seed[24];
    begin_key(j, "{ ", "berth");
    json_text_string(j, s->berth_version);
    begin_key(j, ",\n  ", "scenario");
    json_text_string(j, cfg->name ? cfg->name : "");
    begin_key(j, ",\n  ", "seed");
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)s->seed);
    json_text_raw(j, seed);
    begin_key(j, ",\n  ", "replications");
    json_text_integer(j, 1);
    begin_key(j, ",\n  ", "simulatedSeconds");
    json_text_seconds(j, recorder_end(s->run));
    begin_key(j, ",\n  ", "digest");
    json_text_string(j, s->digest);
}

bool summary_print_json(const run_summary *s, FILE *out, const char *name, sim_error *err)
{
    json_text j;
    json_text_init(&j);
    add_heading(&j, s);
    add_metrics(&j, s->metrics);
    add_assumed(&j, s->run);
    add_deployments(&j, s->run, s->metrics);
    add_expectations(&j, s->expectations);
    json_text_raw(&j, "\n}\n");
    errno = 0;
    const bool written = fwrite(j.data, 1, j.length, out) == j.length && fflush(out) == 0;
    const int problem = errno ? errno : EIO;
    json_text_finish(&j);
    if (written) return true;
    return error_set(err, "%s: the summary could not be written: %s", name, strerror(problem));
}
