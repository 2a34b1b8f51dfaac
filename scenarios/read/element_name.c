#include "scenarios/read/element_name.h"
#include "scenarios/read/text_buffer.h"
#include "sim/engine/arena.h"
#include "sim/engine/check.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const char *const name_keys[] = {
    "PolicyName", "ScheduledActionName", "AlarmName",       /* before whom they belong to */
    "serviceName", "family", "TargetGroupName", "LoadBalancerName", "AutoScalingGroupName", "Name",
    "ResourceId", "instanceType", "Key", "name",
};
/* clang-format on */
#define NAME_KEY_COUNT (sizeof name_keys / sizeof *name_keys)
#define FAMILY_KEY     4

/* What the element has under a name key, as a name; NULL when it has none. Borrowed. */
static const char *name_under(const json_t *element, size_t key)
{
    const char *text = json_string_value(json_object_get(element, name_keys[key]));
    if (!text || !*text) return NULL;
    if (strcmp(name_keys[key], "ResourceId") == 0) {
        const char *slash = strrchr(text, '/');
        if (slash && slash[1]) return slash + 1;
    }
    return text;
}

/* The first name key that the element has; NAME_KEY_COUNT when it has none. */
static size_t merge_key(const json_t *element)
{
    size_t key = 0;
    while (key < NAME_KEY_COUNT && !name_under(element, key))
        key++;
    return key;
}

static json_int_t revision_of(const json_t *definition, json_int_t last_of_family)
{
    const json_t *revision = json_object_get(definition, "revision");
    if (json_is_integer(revision)) return json_integer_value(revision);
    return last_of_family < INT32_MAX ? last_of_family + 1 : last_of_family;
}

char **element_names(const json_t *list)
{
    size_t count = json_array_size(list);
    char **names = memory_alloc(count ? count : 1, sizeof *names);
    json_t *last_revisions = json_object(); /* by family */
    CHECK(last_revisions != NULL);
    for (size_t i = 0; i < count; i++) {
        const json_t *element = json_array_get(list, i);
        size_t key = merge_key(element);
        if (key == NAME_KEY_COUNT) continue;
        const char *name = name_under(element, key);
        text_buffer b = {0};
        text_add(&b, name);
        if (key == FAMILY_KEY) {
            json_int_t last = json_integer_value(json_object_get(last_revisions, name));
            json_int_t revision = revision_of(element, last);
            json_object_set_new(last_revisions, name, json_integer(revision));
            text_printf(&b, ":%" JSON_INTEGER_FORMAT, revision);
        }
        names[i] = b.text;
    }
    json_decref(last_revisions);
    return names;
}

void element_names_free(char **names, size_t count)
{
    if (!names) return;
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

/* "auth:3" is family auth, revision 3. */
static bool family_revision_is(const char *name, const char *family, json_int_t revision)
{
    size_t length = strlen(family);
    if (strncmp(name, family, length) != 0 || name[length] != ':') return false;
    const char *digits = name + length + 1;
    if (*digits < '0' || *digits > '9') return false;
    char *end;
    errno = 0;
    long long written = strtoll(digits, &end, 10);
    return *end == '\0' && errno == 0 && written == revision;
}

static size_t find_by_merge_name(const json_t *list, const char *name, size_t *index)
{
    size_t found = 0, count = json_array_size(list);
    json_int_t last_revision =
        0; /* of the one family that can match: `name` up to its last colon */
    const char *colon = strrchr(name, ':');
    size_t family_length = colon ? (size_t)(colon - name) : 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *element = json_array_get(list, i);
        size_t key = merge_key(element);
        if (key == NAME_KEY_COUNT) continue;
        const char *own = name_under(element, key);
        bool same;
        if (key == FAMILY_KEY) {
            if (!colon || strlen(own) != family_length || strncmp(own, name, family_length) != 0)
                continue;
            last_revision = revision_of(element, last_revision);
            same = family_revision_is(name, own, last_revision);
        } else {
            same = strcmp(own, name) == 0;
        }
        if (same && found++ == 0) *index = i;
    }
    return found;
}

size_t element_find(const json_t *list, const char *name, size_t *index)
{
    size_t found = find_by_merge_name(list, name, index);
    if (found > 0) return found;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *element = json_array_get(list, i);
        for (size_t key = 0; key < NAME_KEY_COUNT; key++) {
            const char *own = name_under(element, key);
            if (!own || strcmp(own, name) != 0) continue;
            if (found++ == 0) *index = i;
            break;
        }
    }
    return found;
}
