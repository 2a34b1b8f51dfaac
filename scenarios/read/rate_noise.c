#include "scenarios/read/rate_noise.h"

#include "scenarios/read/distribution_json.h"
#include "scenarios/read/duration.h"
#include <stdio.h>
#include <string.h>

#define PERIODS_MAX 20000000
#define MEAN_LOW    0.5
#define MEAN_HIGH   2.0

bool rate_noise_is_key(const char *key)
{
    return strcmp(key, "noise") == 0 || strcmp(key, "noisePeriod") == 0;
}

size_t rate_noise_keys(const json_t *object)
{
    const size_t noise = json_object_get(object, "noise") ? 1 : 0;
    return noise + (json_object_get(object, "noisePeriod") ? 1 : 0);
}

static bool fail(sim_error *err, const char *pointer, const char *text)
{
    snprintf(err->pointer, sizeof err->pointer, "%s", pointer);
    return error_set(err, "%s", text);
}

bool rate_noise_read(const json_t *object, sim_time duration_us, arena *a, rate_noise *out,
                     sim_error *err)
{
    const json_t *period = json_object_get(object, "noisePeriod");
    sim_error inner = {0};
    out->period_us = SIM_MINUTE;
    if (!json_object_get(object, "noise"))
        return fail(err, "/noisePeriod", "\"noisePeriod\" goes with \"noise\"");
    if (!distribution_from_json(json_object_get(object, "noise"), a, &out->factor, &inner))
        return fail(err, "/noise", inner.text);
    if (period && !duration_from_json(period, &out->period_us, &inner))
        return fail(err, "/noisePeriod", inner.text);
    if (out->period_us <= 0) return fail(err, "/noisePeriod", "`noisePeriod` must be above 0");
    if (duration_us / out->period_us >= PERIODS_MAX)
        return fail(err, "/noisePeriod", "more than 20,000,000 periods; make `noisePeriod` longer");
    return true;
}

void rate_noise_warn(document *doc, const char *pointer, const rate_noise *noise)
{
    const double mean = distribution_mean(&noise->factor);
    char at[420];
    if (mean >= MEAN_LOW && mean <= MEAN_HIGH) return;
    snprintf(at, sizeof at, "%.400s/noise", pointer);
    document_warning(doc, at,
                     "multiplies the rate by %.4g on average; the mean of noise should be about 1",
                     mean);
}
