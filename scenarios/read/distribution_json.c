#include "scenarios/read/distribution_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    distribution_kind kind;
    const char *key[2]; /* key[1] NULL: one parameter */
    bool above_zero[2]; /* else zero will do */
} family;

static const family families[] = {
    {"exponential", DISTRIBUTION_EXPONENTIAL, {"mean", NULL}, {false, false}},
    {"uniform", DISTRIBUTION_UNIFORM, {"min", "max"}, {false, false}},
    {"normal", DISTRIBUTION_NORMAL, {"mean", "sigma"}, {false, false}},
    {"lognormal", DISTRIBUTION_LOGNORMAL, {"median", "sigma"}, {true, false}},
    {"gamma", DISTRIBUTION_GAMMA, {"shape", "scale"}, {true, true}},
    {"weibull", DISTRIBUTION_WEIBULL, {"shape", "scale"}, {true, true}},
    {"pareto", DISTRIBUTION_PARETO, {"shape", "scale"}, {true, true}},
};

#define FAMILY_COUNT (sizeof families / sizeof families[0])

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static bool read_empirical(const json_t *list, arena *a, distribution *out, sim_error *err)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count == 0)
        return error_set(err, "\"empirical\" needs a list of at least one number");
    double *values = a ? ARENA_ARRAY(a, count, double) : NULL;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        double number = json_number_value(item);
        if (!json_is_number(item) || !(number >= 0) || !isfinite(number))
            return error_set(err, "value %zu of \"empirical\" is not a number of at least 0", i);
        if (values) values[i] = number;
    }
    if (values) qsort(values, count, sizeof *values, compare_doubles);
    *out = (distribution){.kind = DISTRIBUTION_EMPIRICAL, .count = count, .values = values};
    return true;
}

static bool read_parameters(const family *f, const json_t *object, distribution *out,
                            sim_error *err)
{
    size_t wanted = f->key[1] ? 2 : 1;
    double value[2] = {0, 0};
    for (size_t i = 0; i < wanted; i++) {
        const json_t *item = json_object_get(object, f->key[i]);
        if (!item) return error_set(err, "\"%s\" needs \"%s\"", f->name, f->key[i]);
        value[i] = json_number_value(item);
        bool fine = json_is_number(item) && isfinite(value[i]) &&
                    (f->above_zero[i] ? value[i] > 0 : value[i] >= 0);
        if (!fine)
            return error_set(err, "\"%s\" of \"%s\" must be a number %s 0", f->key[i], f->name,
                             f->above_zero[i] ? "above" : "of at least");
    }
    if (json_object_size(object) != wanted)
        return error_set(err, "\"%s\" takes \"%s\"%s%s%s only", f->name, f->key[0],
                         wanted == 2 ? " and \"" : "", wanted == 2 ? f->key[1] : "",
                         wanted == 2 ? "\"" : "");
    if (f->kind == DISTRIBUTION_UNIFORM && value[0] > value[1])
        return error_set(err, "\"min\" is above \"max\"");
    *out = (distribution){.kind = f->kind, .a = value[0], .b = value[1]};
    return true;
}

bool distribution_from_json(const json_t *value, arena *a, distribution *out, sim_error *err)
{
    if (json_is_number(value)) {
        double number = json_number_value(value);
        if (!(number >= 0) || !isfinite(number))
            return error_set(err, "expected a number of at least 0, got %g", number);
        *out = distribution_constant(number);
        return true;
    }
    if (!json_is_object(value) || json_object_size(value) != 1)
        return error_set(err, "expected a distribution: a number or one of exponential, uniform, "
                              "normal, lognormal, gamma, weibull, pareto, empirical");
    const char *name = json_object_iter_key(json_object_iter((json_t *)value));
    const json_t *body = json_object_get(value, name);
    if (strcmp(name, "empirical") == 0) return read_empirical(body, a, out, err);
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (strcmp(name, families[i].name) != 0) continue;
        if (!json_is_object(body))
            return error_set(err, "\"%s\" needs an object of parameters", name);
        return read_parameters(&families[i], body, out, err);
    }
    return error_set(err,
                     "unknown distribution \"%.60s\", expected exponential, uniform, normal, "
                     "lognormal, gamma, weibull, pareto or empirical",
                     name);
}
