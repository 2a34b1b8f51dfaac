/* test_random.c - Philox, named streams, and the distributions of scenarios.
 *
 * Distributions are held against GSL's distribution functions by Kolmogorov and Smirnov's test with
 * fixed seeds (one stream each; the bound is that of p = 0.001), means and mean excesses against
 * averages, and sequences of draws are pinned to the bit.
 */
#include "sim/engine/random.h"
#include "sim/engine/random_gsl.h"
#include "tests/tap.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

static bool is_block(const uint32_t start[6], const uint32_t want[4])
{
    random_stream s = {
        .key = {start[4], start[5]},
        .counter = {start[0], start[1], start[2], start[3]},
        .used = 4,
    };
    bool same = true;
    for (int i = 0; i < 4; i++)
        same = IS_INT(random_u32(&s), want[i]) && same;
    return same;
}

/* ---- distributions ---- */

enum { DRAWS = 20000 };

static const double observed[] = {0.5, 1, 1, 4, 9.5};

typedef struct {
    const char *name;
    distribution d;
    uint64_t hash; /* of the bits of the first 1000 draws */
} law;

/* clang-format off */
static const law laws[] = {
    {"constant", {DISTRIBUTION_CONSTANT, 2.5, 0, 0, NULL}, UINT64_C(0x89333b178b17a745)},
    {"exponential", {DISTRIBUTION_EXPONENTIAL, 5, 0, 0, NULL}, UINT64_C(0x21bdfd441e277922)},
    {"uniform", {DISTRIBUTION_UNIFORM, 1, 2, 0, NULL}, UINT64_C(0x6c389321d7b3408b)},
    {"normal, hardly truncated", {DISTRIBUTION_NORMAL, 9, 2, 0, NULL}, UINT64_C(0xcc80b60674a2fded)},
    {"normal, truncated at its middle", {DISTRIBUTION_NORMAL, 0, 2, 0, NULL}, UINT64_C(0x32da5043153cb608)},
    {"normal, truncated in its tail", {DISTRIBUTION_NORMAL, -6, 2, 0, NULL}, UINT64_C(0xf4fd6e60cfb60415)},
    {"lognormal", {DISTRIBUTION_LOGNORMAL, 8, 0.4, 0, NULL}, UINT64_C(0x96913488a440f11d)},
    {"gamma, shape above 1", {DISTRIBUTION_GAMMA, 2, 3, 0, NULL}, UINT64_C(0x30f75f5f91b52c43)},
    {"gamma, shape below 1", {DISTRIBUTION_GAMMA, 0.5, 3, 0, NULL}, UINT64_C(0x8fd56306f5d9a5fd)},
    {"weibull", {DISTRIBUTION_WEIBULL, 1.5, 4, 0, NULL}, UINT64_C(0x9c893b949cf7497b)},
    {"weibull, shape below 1", {DISTRIBUTION_WEIBULL, 0.7, 4, 0, NULL}, UINT64_C(0xa950f71d6c12448c)},
    {"pareto", {DISTRIBUTION_PARETO, 4.1, 3, 0, NULL}, UINT64_C(0x142f5ddd35efb9e2)},
    {"empirical", {DISTRIBUTION_EMPIRICAL, 0, 0, 5, observed}, UINT64_C(0x3d5c3b178b17a745)},
};
/* clang-format on */

enum { LAWS = sizeof laws / sizeof *laws };

static double law_cdf(const distribution *d, double x)
{
    switch (d->kind) {
    case DISTRIBUTION_EXPONENTIAL:
        return gsl_cdf_exponential_P(x, d->a);
    case DISTRIBUTION_UNIFORM:
        return gsl_cdf_flat_P(x, d->a, d->b);
    case DISTRIBUTION_NORMAL:
        return 1 - gsl_cdf_gaussian_Q(x - d->a, d->b) / gsl_cdf_gaussian_Q(-d->a, d->b);
    case DISTRIBUTION_LOGNORMAL:
        return gsl_cdf_lognormal_P(x, log(d->a), d->b);
    case DISTRIBUTION_GAMMA:
        return gsl_cdf_gamma_P(x, d->a, d->b);
    case DISTRIBUTION_WEIBULL:
        return gsl_cdf_weibull_P(x, d->b, d->a);
    case DISTRIBUTION_PARETO:
        return gsl_cdf_pareto_P(x, d->a, d->b);
    case DISTRIBUTION_CONSTANT:
    case DISTRIBUTION_EMPIRICAL:
        break;
    }
    return NAN; /* not continuous */
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* sqrt(n) D; above 1.95 with probability 0.001. */
static double kolmogorov(const distribution *d, double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    double worst = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        double p = law_cdf(d, values[i]), below = p - (double)i / n,
               above = (double)(i + 1) / n - p;
        if (below > worst) worst = below;
        if (above > worst) worst = above;
    }
    return worst * sqrt(n);
}

static random_stream law_stream(size_t i)
{
    return random_stream_at((random_source){.seed = 42}, random_purpose(laws[i].name), 7);
}

/* The average of (x - from)+ is its expectation within 4 standard errors. */
static void is_mean_excess(const law *l, const double *values, double from)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        double x = values[i] > from ? values[i] - from : 0;
        sum += x;
        squares += x * x;
    }
    double mean = sum / DRAWS, variance = squares / DRAWS - mean * mean;
    double error = 4 * sqrt((variance > 0 ? variance : 0) / DRAWS) + 1e-5;
    if (!IS_NEAR(distribution_mean_excess(&l->d, from), mean, error))
        printf("# %s, from %g\n", l->name, from);
}

static uint64_t hash_draws(const distribution *d, random_stream s)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < 1000; i++) {
        double x = distribution_draw(d, &s);
        uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        hash = (hash ^ bits) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static void test_generator(void)
{
    TEST("Philox4x32-10 gives the known answers")
    {
        static const uint32_t zero[6] = {0, 0, 0, 0, 0, 0};
        static const uint32_t ones[6] = {UINT32_MAX, UINT32_MAX, UINT32_MAX,
                                         UINT32_MAX, UINT32_MAX, UINT32_MAX};
        static const uint32_t pi[6] = {0x243f6a88, 0x85a308d3, 0x13198a2e,
                                       0x03707344, 0xa4093822, 0x299f31d0};
        is_block(zero, (const uint32_t[4]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
        is_block(ones, (const uint32_t[4]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
        is_block(pi, (const uint32_t[4]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
    }

    TEST("key and counter are seed and (draw, entity, purpose, replication)")
    {
        random_source source = {.seed = UINT64_C(0x299f31d0a4093822), .replication = 0x03707344};
        random_stream s = random_stream_at(source, 0x13198a2e, 0x85a308d3);
        s.counter[0] = 0x243f6a88;
        IS_INT(random_u32(&s), 0xd16cfe09);
        IS_INT(s.counter[0], 0x243f6a89);
    }

    TEST("a stream does not depend on the order of creation or on other streams")
    {
        random_source source = {.seed = 5, .replication = 2};
        random_stream alone = random_stream_at(source, random_purpose("startup/auth"), 3);
        uint64_t want[20];
        for (int i = 0; i < 20; i++)
            want[i] = random_u64(&alone);
        random_stream others[10];
        for (uint32_t i = 0; i < 10; i++)
            others[i] = random_stream_at(source, random_purpose("startup/auth"), 9 - i);
        for (int i = 0; i < 20; i++)
            for (int j = 0; j < 10; j++) {
                uint64_t got = random_u64(&others[j]);
                OK((got == want[i]) == (j == 6));
            }
    }

    TEST("another seed, replication, purpose or entity is another stream")
    {
        random_stream streams[] = {
            random_stream_at((random_source){1, 0}, 1, 1),
            random_stream_at((random_source){2, 0}, 1, 1),
            random_stream_at((random_source){UINT64_C(1) << 32 | 1, 0}, 1, 1),
            random_stream_at((random_source){1, 1}, 1, 1),
            random_stream_at((random_source){1, 0}, 2, 1),
            random_stream_at((random_source){1, 0}, 1, 2),
        };
        uint64_t first[6];
        for (int i = 0; i < 6; i++) {
            first[i] = random_u64(&streams[i]);
            for (int j = 0; j < i; j++)
                OK(first[i] != first[j]);
        }
    }

    TEST("purposes are the same numbers everywhere, and differ")
    {
        IS_INT(random_purpose("startup/auth"), 1400036281);
        OK(random_purpose("startup/auth") != random_purpose("startup/authx"));
        OK(random_purpose("a") != random_purpose("b"));
    }

    TEST("random_below is even over its range, narrow and wide")
    {
        random_stream s = random_stream_at((random_source){.seed = 3}, 1, 1);
        int count[7] = {0};
        for (int i = 0; i < 70000; i++)
            count[random_below(&s, 7)]++;
        for (int i = 0; i < 7; i++)
            OK(abs(count[i] - 10000) < 400);
        uint64_t bound = UINT64_C(3) << 62;
        int low = 0;
        for (int i = 0; i < 30000; i++) {
            uint64_t got = random_below(&s, bound);
            OK(got < bound);
            low += got < bound / 3;
        }
        OK(abs(low - 10000) < 400);
        IS_INT(random_below(&s, 1), 0);
    }

    TEST("random_uniform has 53 bits in [0, 1)")
    {
        random_stream s = random_stream_at((random_source){.seed = 4}, 1, 1);
        double sum = 0;
        for (int i = 0; i < 100000; i++) {
            double u = random_uniform(&s);
            OK(u >= 0 && u < 1 && floor(u * 0x1p53) == u * 0x1p53);
            sum += u;
        }
        IS_NEAR(sum / 100000, 0.5, 0.004);
    }

    TEST("GSL draws from a stream through its own interface")
    {
        random_stream s = random_stream_at((random_source){.seed = 9}, 8, 7);
        gsl_rng *rng = random_gsl_create(s);
        for (int i = 0; i < 10; i++)
            IS_INT(gsl_rng_get(rng), random_u32(&s));
        random_stream start = random_stream_at((random_source){.seed = 77}, 0, 0);
        gsl_rng_set(rng, 77);
        IS_INT(gsl_rng_get(rng), random_u32(&start));
        random_u32(&start);
        gsl_rng_get(rng);
        IS_DOUBLE(gsl_rng_uniform(rng), random_uniform(&start));
        double sum = 0;
        for (int i = 0; i < 10000; i++)
            sum += gsl_ran_gaussian(rng, 1);
        IS_NEAR(sum / 10000, 0, 0.04);
        gsl_rng_free(rng);
    }
}

static void test_distributions(void)
{
    static double values[DRAWS];
    for (size_t i = 0; i < LAWS; i++)
        TEST(laws[i].name)
        {
            const distribution *d = &laws[i].d;
            random_stream s = law_stream(i);
            for (size_t j = 0; j < DRAWS; j++) {
                values[j] = distribution_draw(d, &s);
                OK(values[j] >= 0);
            }
            if (!isnan(law_cdf(d, 1)) && !OK(kolmogorov(d, values, DRAWS) < 1.95))
                printf("# %g\n", kolmogorov(d, values, DRAWS));
            double mean = distribution_mean(d);
            is_mean_excess(&laws[i], values, 0);
            is_mean_excess(&laws[i], values, mean / 2);
            is_mean_excess(&laws[i], values, mean);
            is_mean_excess(&laws[i], values, 2 * mean);
            IS_NEAR(distribution_mean_excess(d, -1), mean + 1, 1e-12);
            uint64_t hash = hash_draws(d, law_stream(i));
            if (!IS_INT(hash, laws[i].hash)) printf("# hash 0x%016" PRIx64 "\n", hash);
        }

    TEST("a single uniform a variate, and none for a constant")
    {
        for (size_t i = 0; i < LAWS; i++) {
            if (laws[i].d.kind == DISTRIBUTION_GAMMA) continue;
            random_stream s = law_stream(i), same = s;
            distribution_draw(&laws[i].d, &s);
            if (laws[i].d.kind != DISTRIBUTION_CONSTANT) random_u64(&same);
            IS_INT(random_u64(&s), random_u64(&same));
        }
    }

    TEST("degenerate parameters draw what they mean")
    {
        random_stream s = law_stream(0);
        distribution still = {DISTRIBUTION_NORMAL, 3, 0, 0, NULL};
        IS_DOUBLE(distribution_draw(&still, &s), 3.0);
        IS_DOUBLE(distribution_mean(&still), 3.0);
        still.a = -3;
        IS_DOUBLE(distribution_draw(&still, &s), 0.0);
        IS_DOUBLE(distribution_mean(&still), 0.0);
        distribution at_once = {DISTRIBUTION_EXPONENTIAL, 0, 0, 0, NULL};
        IS_DOUBLE(distribution_draw(&at_once, &s), 0.0);
        IS_DOUBLE(distribution_mean(&at_once), 0.0);
        distribution same = {DISTRIBUTION_LOGNORMAL, 8, 0, 0, NULL};
        IS_DOUBLE(distribution_draw(&same, &s), 8.0);
        IS_DOUBLE(distribution_mean_excess(&same, 3), 5.0);
        distribution heavy = {DISTRIBUTION_PARETO, 1, 3, 0, NULL};
        IS_DOUBLE(distribution_mean(&heavy), INFINITY);
        distribution far = {DISTRIBUTION_NORMAL, -100, 1, 0, NULL};
        double sum = 0;
        for (int i = 0; i < 10000; i++)
            sum += distribution_draw(&far, &s);
        IS_NEAR(sum / 10000, 0.01, 0.0004);
        IS_NEAR(distribution_mean(&far), 0.01, 0.00001);
    }

    TEST("seconds are rounded to the nearest microsecond and cut at the longest run")
    {
        random_stream s = law_stream(0);
        distribution d = distribution_constant(1.2345678);
        IS_INT(distribution_draw_us(&d, &s), 1234568);
        d = distribution_constant(0);
        IS_INT(distribution_draw_us(&d, &s), 0);
        d = distribution_constant(1e12);
        IS_INT(distribution_draw_us(&d, &s), SIM_RUN_MAX);
        d = distribution_constant(INFINITY);
        IS_INT(distribution_draw_us(&d, &s), SIM_RUN_MAX);
    }
}

int main(void)
{
    tap_begin();
    test_generator();
    test_distributions();
    return tap_end();
}
