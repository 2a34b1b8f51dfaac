/* long_sum.h - a sum of many doubles that keeps the last digits (Neumaier's compensated sum).
 *
 * Integrals over a year add millions of terms of very different size; this keeps their error at the
 * rounding of one addition. Uses + and - only, so it gives the same bits everywhere.
 */
#ifndef BERTH_RESULTS_LONG_SUM_H
#define BERTH_RESULTS_LONG_SUM_H

typedef struct {
    double sum, rest;
} long_sum;

static inline void long_sum_add(long_sum *s, double term)
{
    const double sum = s->sum + term;
    const double a = s->sum < 0 ? -s->sum : s->sum, b = term < 0 ? -term : term;
    s->rest += a >= b ? (s->sum - sum) + term : (term - sum) + s->sum;
    s->sum = sum;
}

static inline double long_sum_get(const long_sum *s)
{
    return s->sum + s->rest;
}

/* Several of them side by side. */
#define long_sums(count)                                                                           \
    struct {                                                                                       \
        double sum[count], rest[count];                                                            \
    }

/* Adds rate[i] * span to each. What an addition leaves out is found without a comparison (Knuth's
 * two-sum), so that a compiler works on several at once: the same bits as long_sum_add. */
static inline void long_sums_add(double *restrict sum, double *restrict rest,
                                 const double *restrict rate, double span, int count)
{
    for (int i = 0; i < count; i++) {
        const double before = sum[i], term = rate[i] * span, after = before + term;
        const double added = after - before;
        rest[i] += (before - (after - added)) + (term - added);
        sum[i] = after;
    }
}

#endif
