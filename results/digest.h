/* digest.h - one hash that says whether two runs simulated the same thing (contract: cli).
 *
 * XXH3-128 streamed over the event log's records in a binary layout of 64-bit little-endian words:
 * time, kind, then the cells in the order of the kind's row. Names, texts and kinds enter by a
 * 64-bit hash of their content, never by id, so that the order of interning does not matter;
 * numbers bit for bit. Independent of --events, -o and --detail, of machine, compiler and threads.
 * Cost: some tens of ns an event.
 */
#ifndef BERTH_RESULTS_DIGEST_H
#define BERTH_RESULTS_DIGEST_H

#include "models/event.h"
#include "models/model.h"

#define DIGEST_HEX_SIZE 33

typedef struct digest digest;

digest *digest_create(void);
void digest_destroy(digest *d);
void digest_attach(digest *d, model *m); /* before the model runs */
/* One record; t must be the same names table in every call. */
void digest_event(digest *d, const names *t, const model_event *ev);
/* Of all records so far, as 32 hexadecimal digits. */
void digest_hex(const digest *d, char out[DIGEST_HEX_SIZE]);
/* The digest of several replications: over their digests (as text) in order. */
void digest_join(const char *const *hex, size_t count, char out[DIGEST_HEX_SIZE]);

#endif
