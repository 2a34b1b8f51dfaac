/* schema.h - the JSON schema of scenarios (draft-07), generated from the tables.
 *
 * It is what editors complete and check with; the reader itself goes by the tables. A schema says
 * less: references, sums and orders of times are the reader's.
 * scenarios/schema.json is this text; a test compares them, `meson compile schema` writes it.
 */
#ifndef BERTH_SCENARIOS_READ_SCHEMA_H
#define BERTH_SCENARIOS_READ_SCHEMA_H

/* Two-space JSON, with a newline at the end; to be freed. */
char *schema_text(void);

#endif
