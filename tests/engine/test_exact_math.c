/* test_exact_math.c - own logarithm, exponential, power and normal law.
 *
 * Accuracy: against libm in long double (80 bits on x86-64, where the bounds are meant to be
 * checked) over millions of arguments. Exactness: a table of results pinned to the bit, which every
 * compiler, optimisation level and machine must reproduce.
 */
#include "sim/engine/exact_math.h"
#include "sim/engine/random.h"
#include "tests/tap.h"
#include <float.h>
#include <gsl/gsl_cdf.h>

enum { ARGUMENTS = 300000 };

/* Distance in units in the last place of `want`. */
static double ulps(double got, long double want)
{
    double near = fabs((double)want);
    double unit = nextafter(near, INFINITY) - near;
    return (double)(fabsl((long double)got - want) / (long double)unit);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static random_stream stream(const char *name)
{
    return random_stream_at((random_source){.seed = 1}, random_purpose(name), 0);
}

static double between(random_stream *s, double low, double high)
{
    return low + (high - low) * random_uniform(s);
}

typedef struct {
    double x, log, exp, power, cdf, quantile; /* exp(-x), x^-0.7, cdf(x - 5), quantile(x / 50) */
} pinned;

/* clang-format off */
static const pinned table[] = {
    {1e-300, -0x1.5963447f87fb5p+9, 0x1p+0, 0x1.8557f31326ae9p+697, 0x1.33ca2f2133831p-22, -0x1.29384002dc41p+5},
    {1.0000000000000001e-17, -0x1.3926cd770aa67p+5, 0x1p+0, 0x1.71e34df5c88f6p+39, 0x1.33ca2f2133831p-22, -0x1.1dfba0ebcaf72p+3},
    {0.00089999999999999998, -0x1.c0d6e3a1428a6p+2, 0x1.ff8a1698bf4cfp-1, 0x1.0f0e87ab82925p+7, 0x1.353ad003aed62p-22, -0x1.086eb74a74531p+2},
    {0.0625, -0x1.62e42fefa39efp+1, 0x1.e0fabfbc702a4p-1, 0x1.bdb8cdadbe11fp+2, 0x1.a8d400adbd125p-22, -0x1.82fcda30291cdp+1},
    {0.10000000000000001, -0x1.26bb1bbb55515p+1, 0x1.cf46d99d52b3ap-1, 0x1.40c28430012e6p+2, 0x1.014272b3c9e5ep-21, -0x1.70679a9701bd1p+1},
    {0.29999999999999999, -0x1.34378fcbda721p+0, 0x1.7b4c869c37c05p-1, 0x1.295216ea4f6c2p+1, 0x1.5d2ecebcbe1cap-20, -0x1.418df201a588ap+1},
    {0.70710678000000005, -0x1.62e4300c77ae8p-2, 0x1.f8e6ffcaf2861p-2, 0x1.46499af9891c4p+0, 0x1.27e1f8d80be91p-17, -0x1.18bebcbe3770dp+1},
    {0.99999990000000005, -0x1.ad7f2b1049b9fp-24, 0x1.78b565dad20c6p-2, 0x1.0000012ca5d21p+0, 0x1.09ad71f931e37p-15, -0x1.06e13ee362aa5p+1},
    {1.0000001000000001, 0x1.ad7f2847b6492p-24, 0x1.78b560eacbdebp-2, 0x1.fffffda6b4629p-1, 0x1.09ad80b02e4c9p-15, -0x1.06e13e31f951ap+1},
    {1.25, 0x1.c8ff7c79a9a22p-3, 0x1.25618372a584fp-2, 0x1.b5f55fbdf12b9p-1, 0x1.72d9564b2dcep-14, -0x1.f5c0331eeff83p+0},
    {1.6180339886999999, 0x1.ecc2caebc9c18p-2, 0x1.9618195e28ca5p-3, 0x1.6d93a8618682dp-1, 0x1.795338d11ef83p-12, -0x1.d8e0a6d10db36p+0},
    {2, 0x1.62e42fefa39efp-1, 0x1.152aaa3bf81ccp-3, 0x1.3b2c47bff8329p-1, 0x1.61de1f985b5d6p-10, -0x1.c02cf65d973e4p+0},
    {2.7182818279999998, 0x1.fffffffe8ca4cp-1, 0x1.0e49788035394p-4, 0x1.fc80db9ed780cp-2, 0x1.70bcf0dc4d12p-7, -0x1.9a9a9fd69030cp+0},
    {3.2999999999999998, 0x1.31a4e7240c777p+0, 0x1.2e259bb85be85p-5, 0x1.bbf4ce6edb90ap-2, 0x1.6d148ca28791p-5, -0x1.819a5e48b2586p+0},
    {4.9900000000000002, 0x1.9b80eb76d994ep+0, 0x1.be041a6bf3217p-8, 0x1.4c603d68d06b8p-2, 0x1.fbea36d462e25p-2, -0x1.485e80ed0da4bp+0},
    {5.5, 0x1.b46a5ef8151ap+0, 0x1.0bd4a5aca7728p-8, 0x1.367d2854127dcp-2, 0x1.62075e232ac76p-1, -0x1.39fdbf332e7dap+0},
    {7, 0x1.f2272ae325a57p+0, 0x1.de16b9c24a98fp-11, 0x1.0642728a123fcp-2, 0x1.f45a183e9b13bp-1, -0x1.148fceee0959p+0},
    {9.8765432099999995, 0x1.25240c14cbd7dp+1, 0x1.aee2a366caa2p-15, 0x1.9c32d51988812p-3, 0x1.ffffede31bbbp-1, -0x1.b3714cd4f1e5bp-1},
    {12, 0x1.3e116bcd39e7dp+1, 0x1.9c54c3b43bc8bp-18, 0x1.67ab4786bbe1p-3, 0x1.fffffffffd2f8p-1, -0x1.69a07d50f5549p-1},
    {17.300000000000001, 0x1.6ce3f35d39ff8p+1, 0x1.0772c096d61b7p-25, 0x1.166b119f5af31p-3, 0x1p+0, -0x1.95a658b1b73cap-2},
    {23.456, 0x1.93db2defd2fd7p+1, 0x1.1e0de54daa24p-34, 0x1.c1f7f44995785p-4, 0x1p+0, -0x1.3d5de92b20fe5p-4},
    {30.100000000000001, 0x1.b3c77b178c427p+1, 0x1.7d53552afc264p-44, 0x1.79e3651524b6ap-4, 0x1p+0, 0x1.08bb5fe4ca364p-2},
    {37, 0x1.ce328ee3ac7bdp+1, 0x1.898471fca6055p-54, 0x1.470daf36b22ccp-4, 0x1p+0, 0x1.496491a8638dap-1},
    {42, 0x1.de6bf542e3d2dp+1, 0x1.536452ee2f75cp-61, 0x1.2b490c10ed3e3p-4, 0x1p+0, 0x1.fd29956b4542fp-1},
    {49.999989999999997, 0x1.f4bd29cd428e7p+1, 0x1.d25906e7a838bp-73, 0x1.08e6405280866p-4, 0x1p+0, 0x1.4469cdc3d7718p+2},
};
/* clang-format on */

int main(void)
{
    tap_begin();
    TEST("log is within 1 ulp of the true value")
    {
        random_stream s = stream("log");
        double worst = 0;
        for (int i = 0; i < ARGUMENTS; i++) {
            double x = ldexp(between(&s, 1, 2), (int)random_below(&s, 2046) - 1022);
            worst = larger(worst, ulps(exact_log(x), logl(x)));
            x = between(&s, 0.7, 1.5);
            worst = larger(worst, ulps(exact_log(x), logl(x)));
        }
        if (!OK(worst < 1)) printf("# %g ulp\n", worst);
    }

    TEST("exp is within 1 ulp of the true value")
    {
        random_stream s = stream("exp");
        double worst = 0;
        for (int i = 0; i < ARGUMENTS; i++) {
            double x = between(&s, -708, 709);
            worst = larger(worst, ulps(exact_exp(x), expl(x)));
            x = between(&s, -1, 1);
            worst = larger(worst, ulps(exact_exp(x), expl(x)));
        }
        if (!OK(worst < 1)) printf("# %g ulp\n", worst);
    }

    TEST("power is within 1 + |y log x| / 64 ulp of the true value")
    {
        random_stream s = stream("power");
        double worst = 0;
        for (int i = 0; i < ARGUMENTS; i++) {
            double x = ldexp(between(&s, 1, 2), (int)random_below(&s, 80) - 40);
            if (i % 2 == 0) x = between(&s, 0.5, 2);
            double y = between(&s, -20, 20), size = fabs(y * log(x));
            if (size < 700)
                worst = larger(worst, ulps(exact_power(x, y), powl(x, y)) / (1 + size / 64));
        }
        if (!OK(worst < 1)) printf("# %g of the bound\n", worst);
    }

    TEST("sine of pi x is within 1 ulp of the true value, and exact at quarters of a turn")
    {
        static const long double pi = 3.14159265358979323846264338327950288L;
        random_stream s = stream("sine");
        double worst = 0;
        for (int i = 0; i < ARGUMENTS; i++) {
            double x = between(&s, -0.5, 0.5); /* where libm's argument is nearly exact */
            if (i % 2 == 0) x = ldexp(x, -(int)random_below(&s, 60));
            worst = larger(worst, ulps(exact_sine_pi(x), sinl(pi * x)));
        }
        if (!OK(worst < 1)) printf("# %g ulp\n", worst);
        for (int i = 0; i < ARGUMENTS / 10; i++) {
            double x = (double)random_below(&s, 1 << 20) / (1 << 20); /* what is added is exact */
            IS_DOUBLE(exact_sine_pi(x + 2000), exact_sine_pi(x));
            IS_DOUBLE(exact_sine_pi(x - 2000), exact_sine_pi(x));
            IS_DOUBLE(exact_sine_pi(x + 1), -exact_sine_pi(x));
            IS_DOUBLE(exact_sine_pi(1 - x), exact_sine_pi(x));
            IS_DOUBLE(exact_sine_pi(-x), -exact_sine_pi(x));
        }
        IS_DOUBLE(exact_sine_pi(0), 0.0);
        IS_DOUBLE(exact_sine_pi(0.5), 1.0);
        IS_DOUBLE(exact_sine_pi(-0.5), -1.0);
        IS_DOUBLE(exact_sine_pi(7.5), -1.0);
        OK(exact_sine_pi(1) == 0 && exact_sine_pi(1e300) == 0);
        IS_NEAR(exact_sine_pi(1.0 / 6), 0.5, 1e-16);
        OK(isnan(exact_sine_pi(INFINITY)) && isnan(exact_sine_pi(NAN)));
        IS_DOUBLE(exact_sine_pi(0.1), 0x1.3c6ef372fe95p-2); /* the same bits everywhere */
        IS_DOUBLE(exact_sine_pi(0.3), 0x1.9e3779b97f4a8p-1);
    }

    TEST("the normal law is within 1e-15, in the tail within 1e-13 of its value")
    {
        random_stream s = stream("cdf");
        double worst = 0, worst_relative = 0;
        for (int i = 0; i < ARGUMENTS / 10; i++) {
            double x = between(&s, -37, 9);
            long double want = erfcl(-(long double)x / sqrtl(2)) / 2;
            double off = (double)fabsl((long double)exact_normal_cdf(x) - want);
            worst = larger(worst, off);
            worst_relative = larger(worst_relative, off / (double)want);
        }
        if (!OK(worst < 1e-15)) printf("# %g\n", worst);
        if (!OK(worst_relative < 1e-13)) printf("# relative %g\n", worst_relative);
    }

    TEST("the normal quantile is within 1e-15 of GSL's and inverts the law")
    {
        random_stream s = stream("quantile");
        double worst = 0, worst_inverse = 0;
        for (int i = 0; i < ARGUMENTS / 10; i++) {
            double p = random_uniform(&s);
            if (i % 2 == 0) p = exact_power(10, -300 * p);
            if (p <= 0) continue;
            double x = exact_normal_quantile(p), want = gsl_cdf_ugaussian_Pinv(p);
            worst = larger(worst, fabs(x - want) / fabs(want));
            double slope = larger(1, x * x); /* how much an ulp of x is in p, relatively */
            worst_inverse = larger(worst_inverse, fabs(exact_normal_cdf(x) - p) / p / slope);
        }
        if (!OK(worst < 1.1e-15)) printf("# %g\n", worst);
        if (!OK(worst_inverse < 1e-13)) printf("# inverse %g\n", worst_inverse);
    }

    TEST("the ends of the domains are as in libm")
    {
        IS_DOUBLE(exact_log(0), -INFINITY);
        IS_DOUBLE(exact_log(1), 0.0);
        IS_DOUBLE(exact_log(INFINITY), INFINITY);
        OK(isnan(exact_log(-1)) && isnan(exact_log(NAN)));
        IS_NEAR(exact_log(0x1p-1074), -744.4400719213812, 1e-12);
        IS_DOUBLE(exact_exp(0), 1.0);
        IS_DOUBLE(exact_exp(710), INFINITY);
        IS_DOUBLE(exact_exp(INFINITY), INFINITY);
        IS_DOUBLE(exact_exp(-INFINITY), 0.0);
        IS_DOUBLE(exact_exp(-746), 0.0);
        IS_DOUBLE(exact_exp(-744.4400719213812), 0x1p-1074);
        OK(isnan(exact_exp(NAN)));
        OK(ulps(exact_exp(709.78), expl((long double)709.78)) < 2);
        IS_DOUBLE(exact_power(0, 2), 0.0);
        IS_DOUBLE(exact_power(0, -2), INFINITY);
        IS_DOUBLE(exact_power(0, 0), 1.0);
        IS_DOUBLE(exact_power(1, NAN), 1.0);
        IS_DOUBLE(exact_power(INFINITY, 2), INFINITY);
        IS_DOUBLE(exact_power(INFINITY, -2), 0.0);
        IS_DOUBLE(exact_power(2, 1e308), INFINITY);
        IS_DOUBLE(exact_power(2, -1e308), 0.0);
        IS_DOUBLE(exact_power(2, INFINITY), INFINITY);
        IS_DOUBLE(exact_power(2, 10), 1024.0);
        OK(isnan(exact_power(-1, 2)) && isnan(exact_power(NAN, 2)) && isnan(exact_power(2, NAN)));
        IS_DOUBLE(exact_normal_cdf(0), 0.5);
        IS_DOUBLE(exact_normal_cdf(INFINITY), 1.0);
        IS_DOUBLE(exact_normal_cdf(-INFINITY), 0.0);
        OK(isnan(exact_normal_cdf(NAN)));
        IS_DOUBLE(exact_normal_quantile(0.5), 0.0);
        IS_DOUBLE(exact_normal_quantile(0), -INFINITY);
        IS_DOUBLE(exact_normal_quantile(1), INFINITY);
        OK(isnan(exact_normal_quantile(1.5)) && isnan(exact_normal_quantile(NAN)));
    }

    TEST("results are the same to the bit with every compiler and on every machine")
    {
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
            const pinned *p = &table[i];
            IS_DOUBLE(exact_log(p->x), p->log);
            IS_DOUBLE(exact_exp(-p->x), p->exp);
            IS_DOUBLE(exact_power(p->x, -0.7), p->power);
            IS_DOUBLE(exact_normal_cdf(p->x - 5), p->cdf);
            IS_DOUBLE(exact_normal_quantile(p->x / 50), p->quantile);
        }
    }
    return tap_end();
}
