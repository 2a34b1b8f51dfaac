/* queue.h - message queues and the services that work on them: a fluid backlog, first in, first out.
 *
 * Messages arrive at a scripted rate; each RUNNING task of the queue's service works on `concurrency` of them at a time,
 * each for secondsPerMessage on the mean, so the queue is served at running x concurrency / mean a second while there is
 * a backlog. The backlog and the age of its oldest message are straight lines between changes of the rates, the instant
 * at which the queue is empty, and the instants at which the oldest message is one of another arrival rate: events are
 * these alone, however many messages there are.
 *   backlog  grows with arrivals - service
 *   age      now - arrival of the oldest; grows with 1 - service / (arrival rate at that time)
 * What arrives while there is no backlog and service is at least as fast is served as it comes.
 */
#ifndef BERTH_MODELS_WORKLOAD_QUEUE_H
#define BERTH_MODELS_WORKLOAD_QUEUE_H

#include "models/model.h"
#include "sim/engine/arena.h"

typedef struct queues queues;

/* Observers hear CHANGED_QUEUE when a line begins. */
queues *queues_create(const model_config *cfg, random_source random, engine *eng, notifier *n,
                      arena *a);
void queues_destroy(queues *q);
void queues_start(queues *q); /* t = 0, PHASE_CREATE */
/* The service has another number of RUNNING tasks. */
void queues_work(queues *q, uint32_t service, uint32_t running);
void queues_sample(const queues *q, uint32_t index, queue_sample *out);

#endif
