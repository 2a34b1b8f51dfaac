/* outstanding.h - least outstanding requests as a fluid (L41, L43, L47): rates such that every target
 * holds the same number of requests in flight.
 *
 * In flight   Little's law: rate times mean stay, where the stay grows with the target's load by the
 *             queueing model of latency.h and ends at the client's limit.
 * Full        no target gets more than its CPU can serve while another has room: what a full one
 *             would turn away at once, and so hold no longer, goes where it waits. When all are full,
 *             in proportion to what each can serve, so that all shed alike (CHOICE: L47 is silent).
 * Method      in flight rises with the rate, so that the common number is found by bracketing (Illinois
 *             method) to 1e-10; + - * / and comparisons only: the same bits everywhere.
 * Cost        about 100 evaluations of latency_stretch a class; none where all targets are alike.
 * Source      Dowell and Jarratt, A modified regula falsi method, BIT 11 (1971).
 */
#ifndef BERTH_MODELS_ELB_OUTSTANDING_H
#define BERTH_MODELS_ELB_OUTSTANDING_H

#include <stdint.h>

/* Targets that fare alike. */
typedef struct {
    uint32_t targets;
    /* by flow: part of the rate, a request's mean stay without queueing, the most that it stays */
    uint32_t flow_count;
    const double *mix, *stays_s, *limits_s;
    double cpu_seconds; /* of one vCPU, a request; 0: it takes none, and all that comes is served */
    double cpu_share;   /* the same / its mean time without queueing */
    double vcpus;       /* within reach, where cpu_seconds > 0 */
    double rate;        /* found: requests a second of each target */
} outstanding_class;

/* Requests in flight on one target that gets so many a second. */
double outstanding_in_flight(const outstanding_class *c, double rate);
/* Divides the rate, > 0; each class has targets and a stay above 0. */
void outstanding_balance(outstanding_class *classes, uint32_t count, double rate);

#endif
