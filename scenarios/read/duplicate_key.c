#include "scenarios/read/duplicate_key.h"
#include "scenarios/read/locate.h"
#include "scenarios/read/pointer.h"
#include "scenarios/read/source.h"
#include "sim/engine/check.h"

/* A list or an object that has been begun and not ended. */
typedef struct {
    json_t *keys;  /* the object's so far; NULL: a list */
    size_t index;  /* the list's next element */
    size_t parent; /* length of the pointer to this list or object */
} open_value;

/* Takes the key at `at` (its quote) into the object; the byte behind the key. */
static size_t take_key(const char *text, size_t length, size_t at, open_value *object,
                       pointer_path *path, duplicate_key_found *found, void *context)
{
    size_t end = locate_skip_string(text, length, at);
    json_t *key = json_loadb(text + at, end - at, JSON_DECODE_ANY, NULL);
    CHECK(key != NULL);
    const char *name = json_string_value(key);
    pointer_push_key(path, name);
    if (json_object_get(object->keys, name)) found(context, at, path->text, name);
    json_object_set_new(object->keys, name, json_true());
    json_decref(key);
    return end;
}

void duplicate_key_find(const char *text, size_t length, duplicate_key_found *found, void *context)
{
    open_value open[SOURCE_MAX_NESTING];
    size_t depth = 0;
    pointer_path path;
    pointer_init(&path);
    for (size_t at = locate_skip_blanks(text, length, 0); at < length;
         at = locate_skip_blanks(text, length, at)) {
        open_value *top = depth > 0 ? &open[depth - 1] : NULL;
        char c = text[at];
        if (c == '}' || c == ']') {
            CHECK(top != NULL);
            json_decref(top->keys);
            pointer_truncate(&path, top->parent);
            depth--;
            at++;
            continue;
        }
        if (c == ',') {
            at++;
            continue;
        }
        if (top) { /* a member or an element begins */
            pointer_truncate(&path, top->parent);
            if (top->keys) {
                at = take_key(text, length, at, top, &path, found, context);
                at = locate_skip_blanks(text, length, at);
                CHECK(at < length && text[at] == ':');
                at = locate_skip_blanks(text, length, at + 1);
            } else {
                pointer_push_index(&path, top->index++);
            }
        }
        if (text[at] == '{' || text[at] == '[') {
            CHECK(depth < SOURCE_MAX_NESTING);
            open[depth++] = (open_value){text[at] == '{' ? json_object() : NULL, 0, path.length};
            at++;
        } else {
            at = locate_skip_value(text, length, at);
        }
    }
    pointer_finish(&path);
}
