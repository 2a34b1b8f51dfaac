/* exact_math.c - see exact_math.h.
 *
 * Series are plain Taylor series, long enough that what is cut is below the rounding; no table of
 * fitted coefficients but that of AS 241, which is data of its paper.
 */
#include "sim/engine/exact_math.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0 && DBL_MANT_DIG == 53, "needs plain IEEE 754 doubles");

/* ln 2 = LN2_HIGH + LN2_LOW; LN2_HIGH has 21 trailing zero bits, so that its product with an
 * exponent is exact. */
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW  0x1.a39ef35793c76p-33
#define LN2_INV  0x1.71547652b82fep+0

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x = fraction * 2^returned, sqrt(1/2) <= fraction < sqrt(2); x positive and finite. */
static int split_binary(double x, double *fraction)
{
    static const uint64_t mantissa = UINT64_C(0x000fffffffffffff);
    static const uint64_t half_root = UINT64_C(0x3fe6a09e667f3bcd); /* sqrt(1/2) */
    int exponent = 0;
    if (x < DBL_MIN) {
        x *= 0x1p54;
        exponent = -54;
    }
    uint64_t bits = bits_of(x) + (UINT64_C(0x3ff0000000000000) - half_root);
    exponent += (int)(bits >> 52) - 1023;
    *fraction = double_of((bits & mantissa) + half_root);
    return exponent;
}

/* 2 (z/3 + z^2/5 + z^3/7 + ...), what atanh(s)/s has beyond 2, for z = s^2 < 0.0295: cut below
 * 2^-60. */
static double atanh_tail(double z)
{
    double z2 = z * z, z4 = z2 * z2, z8 = z4 * z4;
    double low = (2.0 / 3 + z * (2.0 / 5)) + z2 * (2.0 / 7 + z * (2.0 / 9));
    double high = (2.0 / 11 + z * (2.0 / 13)) + z2 * (2.0 / 15 + z * (2.0 / 17));
    double top = (2.0 / 19 + z * (2.0 / 21)) + z2 * (2.0 / 23);
    return z * ((low + z4 * high) + z8 * top);
}

/* With s = f / (2 + f): log(1 + f) = 2 atanh(s) = f - s (f - tail), whose last term is small
 * against f, so that its rounding hardly counts. */
double exact_log(double x)
{
    if (!(x > 0)) return x == 0 ? -INFINITY : NAN;
    if (x > DBL_MAX) return x;
    double fraction;
    double k = split_binary(x, &fraction);
    double f = fraction - 1; /* exact */
    double s = f / (2 + f);
    double tail = atanh_tail(s * s);
    return k * LN2_HIGH - ((s * (f - tail) - k * LN2_LOW) - f);
}

/* x * 2^k, rounded once. */
static double scale_binary(double x, int k)
{
    if (k > 1000) return x * 0x1p1000 * double_of((uint64_t)(k - 1000 + 1023) << 52);
    if (k >= -1000) return x * double_of((uint64_t)(k + 1023) << 52);
    return x * double_of((uint64_t)(k + 1000 + 1023) << 52) * 0x1p-1000;
}

/* e^(x + low), |low| small against |x|. Reduced to |r| <= ln(2)/2 and the Taylor series to r^13. */
static double exp_sum(double x, double low)
{
    if (!(x < 710)) return x >= 710 ? INFINITY : NAN;
    if (x < -750) return 0;
    int k = (int)(x * LN2_INV + (x < 0 ? -0.5 : 0.5));
    double high = x - k * LN2_HIGH, correction = low - k * LN2_LOW;
    double r = high + correction;
    double rest = (high - r) + correction; /* r + rest = high + correction, nearly exactly */
    double r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
    double p0 = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
    double p1 = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
    double p2 =
        (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800.0));
    double p = (p0 + r4 * p1) + r8 * p2;
    return scale_binary(1 + (r + (rest + r2 * p)), k);
}

double exact_exp(double x)
{
    return exp_sum(x, 0);
}

/* a * b = product + *error exactly (Dekker, Veltkamp), barring overflow and underflow. */
static double exact_product(double a, double b, double *error)
{
    double product = a * b;
    double ca = 134217729.0 * a, cb = 134217729.0 * b; /* 2^27 + 1 */
    double ah = ca - (ca - a), bh = cb - (cb - b);
    double al = a - ah, bl = b - bh;
    *error = ((ah * bh - product) + ah * bl + al * bh) + al * bl;
    return product;
}

/* log x = returned + *low, to about 2^-59 of its value; x positive and finite. */
static double log_two_parts(double x, double *low)
{
    double fraction;
    double k = split_binary(x, &fraction);
    double f = fraction - 1;
    double d = 2 + f, d_low = f - (d - 2); /* 2 + f = d + d_low exactly */
    double s = f / d, error;
    double product = exact_product(s, d, &error);
    double s_low = (((f - product) - error) - s * d_low) / d;
    double tail = s * atanh_tail(s * s) + 2 * s_low + k * LN2_LOW;
    double a = k * LN2_HIGH, b = 2 * s;
    double sum = a + b, part = sum - a;
    tail += (a - (sum - part)) + (b - part);
    double high = sum + tail;
    *low = tail - (high - sum);
    return high;
}

double exact_power(double x, double y)
{
    if (y == 0 || x == 1) return 1;
    if (!(x >= 0) || y != y) return NAN;
    if (x == 0) return y > 0 ? 0 : INFINITY;
    if (x > DBL_MAX) return y > 0 ? INFINITY : 0;
    double low, error;
    double high = log_two_parts(x, &low);
    double estimate = y * high;
    if (!(estimate < 710)) return INFINITY;
    if (estimate < -750) return 0;
    if (y > 0x1p900 || y < -0x1p900) return exp_sum(estimate, 0); /* the split would overflow */
    double product = exact_product(y, high, &error);
    return exp_sum(product, error + y * low);
}

/* ---- the sine ---- */

/* pi = PI_HIGH + PI_LOW to 2^-105 */
#define PI_HIGH 0x1.921fb54442d18p+1
#define PI_LOW  0x1.1a62633145c07p-53

/* sin(y + low), |y| <= pi/4, |low| small against |y|: the series to y^17. */
static double sine_sum(double y, double low)
{
    double z = y * y, z2 = z * z, z4 = z2 * z2;
    double p0 = (-1.0 / 6 + z * (1.0 / 120)) + z2 * (-1.0 / 5040 + z * (1.0 / 362880));
    double p1 = (-1.0 / 39916800 + z * (1.0 / 6227020800.0)) +
                z2 * (-1.0 / 1307674368000.0 + z * (1.0 / 355687428096000.0));
    return y + (y * z * (p0 + z4 * p1) + low * (1 - z / 2));
}

/* cos(y + low), likewise, to y^18. */
static double cosine_sum(double y, double low)
{
    double z = y * y, z2 = z * z, z4 = z2 * z2;
    double p0 = (1.0 / 24 + z * (-1.0 / 720)) + z2 * (1.0 / 40320 + z * (-1.0 / 3628800));
    double p1 = (1.0 / 479001600 + z * (-1.0 / 87178291200.0)) +
                z2 * (1.0 / 20922789888000.0 + z * (-1.0 / 6402373705728000.0));
    return 1 - (z / 2 - (z2 * (p0 + z4 * p1) - y * low));
}

/* Every reduction is exact: of |x| to [0, 2), to [0, 1), to [0, 1/2], and 1/2 - r above 1/4. */
double exact_sine_pi(double x)
{
    if (!(x >= -DBL_MAX && x <= DBL_MAX)) return NAN;
    double size = fabs(x), r = size - 2 * floor(size / 2); /* [0, 2) */
    double sign = (x < 0) == (r >= 1) ? 1 : -1;
    if (r >= 1) r -= 1;
    if (r > 0.5) r = 1 - r;
    double part = r > 0.25 ? 0.5 - r : r, error;
    double y = exact_product(PI_HIGH, part, &error);
    double low = error + PI_LOW * part;
    return sign * (r > 0.25 ? cosine_sum(y, low) : sine_sum(y, low));
}

/* ---- the normal law ---- */

#define ROOT_TWO_PI 0x1.40d931ff62706p+1

enum { TAIL_TERMS = 80 };

/* P(X > x) for x >= 2.5: the density times Laplace's continued fraction. */
static double normal_tail(double x)
{
    if (x > 39) return 0;
    double fraction = x;
    for (int i = TAIL_TERMS; i > 0; i--)
        fraction = x + i / fraction;
    return exact_exp(-x * x / 2) / ROOT_TWO_PI / fraction;
}

double exact_normal_cdf(double x)
{
    if (x != x) return NAN;
    if (x <= -2.5) return normal_tail(-x);
    if (x >= 2.5) return 1 - normal_tail(x);
    double term = x, sum = x; /* x + x^3/3 + x^5/(3*5) + ... */
    for (int i = 3; term > 1e-18 || term < -1e-18; i += 2) {
        term = term * x * x / i;
        sum += term;
    }
    return 0.5 + exact_exp(-x * x / 2) / ROOT_TWO_PI * sum;
}

/* Coefficients of AS 241, ascending: numerator, denominator. */
/* clang-format off */
static const double central[2][8] = {
    {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
     4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3},
    {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
     2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3},
};
static const double middle[2][8] = {
    {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
    {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9},
};
static const double tail[2][8] = {
    {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
    {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15},
};
/* clang-format on */

static double ratio(const double coefficients[2][8], double r)
{
    double value[2];
    for (int part = 0; part < 2; part++) {
        value[part] = coefficients[part][7];
        for (int i = 6; i >= 0; i--)
            value[part] = value[part] * r + coefficients[part][i];
    }
    return value[0] / value[1];
}

double exact_normal_quantile(double p)
{
    if (!(p > 0 && p < 1)) return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    double q = p - 0.5;
    if (q >= -0.425 && q <= 0.425) return q * ratio(central, 0.180625 - q * q);
    double r = sqrt(-exact_log(q < 0 ? p : 1 - p));
    double x = r <= 5 ? ratio(middle, r - 1.6) : ratio(tail, r - 5);
    return q < 0 ? -x : x;
}
