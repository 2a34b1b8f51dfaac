/* java_regex.h - Java regular expressions as POSIX extended ones, for the query language (E94).
 *
 * Carried over: literals, `.`, `|`, groups, `(?:...)`, `* + ? {n} {n,} {n,m}` and their lazy forms
 * (the same for a whole match), bracket classes with ranges and escapes, \d \D \w \W \s \S, \t \n
 * \r \f, \Q...\E, escaped punctuation, ^ and $. Refused: look-around and other (?...) groups,
 * possessive quantifiers, back-references, \b \B \p \x \u and other letter escapes, class unions
 * and intersections, and what would take the matcher unreasonable memory (bounds above 255 or with
 * a product above 10,000, more than 50 nested groups).
 */
#ifndef BERTH_MODELS_ECS_JAVA_REGEX_H
#define BERTH_MODELS_ECS_JAVA_REGEX_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/* Compiles `pattern` so that it must match a whole text. False, with what is wrong in
 * problem[size], when it is not valid or refused; *out needs no regfree then. */
bool java_regex_compile(regex_t *out, const char *pattern, char *problem, size_t size);

#endif
