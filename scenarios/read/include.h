/* include.h - files and answers that stand where an AWS object or list does (contract: scenario).
 *
 * At each place of the table (place.h) a string is replaced by the JSON of the file it names, and an
 * answer by the list or object that it holds, until neither is there. In a list, a file or answer with
 * several elements gives them all, in its place. What can't be read becomes null, with an origin that
 * says so. A place with a value of the wrong type is left alone: the field tables report it.
 */
#ifndef BERTH_SCENARIOS_READ_INCLUDE_H
#define BERTH_SCENARIOS_READ_INCLUDE_H

#include "scenarios/read/place.h"
#include "scenarios/read/source_table.h"

/* tree is the root of one scenario file, before it is merged with another; its node is `root`. */
void include_places(source_table *sources, json_t *tree, origin *root, const place *places,
                    size_t place_count);

#endif
