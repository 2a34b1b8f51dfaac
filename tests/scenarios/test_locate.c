/* Goal    a pointer's line and column are those of its value, whatever the text looks like.
 * Method  small texts with known positions; then every value of a nested text against a plain
 *         recursive description of it. */
#include "scenarios/read/locate.h"
#include "scenarios/read/pointer.h"
#include "tests/tap.h"

static void is_at(const char *text, const char *pointer, int line, int column)
{
    text_position at = locate_pointer(text, strlen(text), pointer);
    if (at.line != line || at.column != column)
        (void)TAP_FAIL("%s in %s: got %d:%d, want %d:%d", pointer, text, at.line, at.column, line,
                       column);
}

static void test_positions(void)
{
    TEST("a value stands where its first character is")
    {
        const char *text = "{\n  \"a\": 1,\n  \"b\": [10, {\"c\": \"x\"}]\n}\n";
        is_at(text, "", 1, 1);
        is_at(text, "/a", 2, 8);
        is_at(text, "/b", 3, 8);
        is_at(text, "/b/0", 3, 9);
        is_at(text, "/b/1", 3, 13);
        is_at(text, "/b/1/c", 3, 19);
    }
    TEST("a missing key or index stands at the nearest value that is there")
    {
        const char *text = "{\"a\": [1, 2], \"e\": [], \"o\": {}}";
        is_at(text, "/a/2", 1, 7);
        is_at(text, "/a/x", 1, 7);
        is_at(text, "/a/0/y", 1, 8);
        is_at(text, "/z", 1, 1);
        is_at(text, "/e/0", 1, 20);
        is_at(text, "/o/k", 1, 29);
    }
    TEST("CRLF ends a line once, columns count code points")
    {
        const char *text = "{\r\n\t\"\xc3\xa4\xe2\x82\xac\": 1, \"b\":\r\n  2}";
        is_at(text, "/\xc3\xa4\xe2\x82\xac", 2, 8);
        is_at(text, "/b", 3, 3);
    }
    TEST("keys with escapes are found")
    {
        const char *text = "{\"a\\\"}\": 1, \"t\\u0061sk\": 2, \"x/y~z\": {\"\": 3}}";
        is_at(text, "/a\"}", 1, 10);
        is_at(text, "/task", 1, 26);
        is_at(text, "/x~1y~0z/", 1, 43);
    }
    TEST("brackets and quotes inside strings do not count")
    {
        const char *text = "[\"]}\\\\\", \"\\\"[{\", 7]";
        is_at(text, "/1", 1, 10);
        is_at(text, "/2", 1, 18);
    }
    TEST("a lone scalar is the root")
    {
        is_at("  42", "", 1, 3);
        is_at("  42", "/a", 1, 3);
    }
}

/* Every value of `value`, found at the byte where a walk in order meets it. */
static void walk(const char *text, const json_t *value, pointer_path *path, size_t *from)
{
    size_t at = locate_value(text, strlen(text), path->text);
    OK(at >= *from);
    *from = at;
    json_t *there =
        json_loadb(text + at, strlen(text) - at, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, NULL);
    OK(json_equal(there, value));
    json_decref(there);
    const char *key;
    json_t *below;
    size_t i;
    if (json_is_object(value)) json_object_foreach((json_t *)(uintptr_t)value, key, below)
        {
            size_t mark = pointer_push_key(path, key);
            walk(text, below, path, from);
            pointer_truncate(path, mark);
        }
    if (json_is_array(value)) json_array_foreach(value, i, below)
        {
            size_t mark = pointer_push_index(path, i);
            walk(text, below, path, from);
            pointer_truncate(path, mark);
        }
}

static void test_every_value(void)
{
    TEST("what is found at each pointer is the value of that pointer")
    {
        const char *text =
            "{\"a\": [[], [[1, -2.5e3], {}], {\"b\" :null, \"\\u00e9\": [true ,false]}],\n"
            " \"~\": {\"/\": {\"\": \"\\\\\"}}, \"n\": [\"[\", \"{\", \"\\\"\", {\"]\": 0}]}";
        json_t *value = json_loads(text, 0, NULL);
        pointer_path path;
        pointer_init(&path);
        size_t from = 0;
        walk(text, value, &path, &from);
        OK(from > strlen(text) - 8); /* it went all the way */
        pointer_finish(&path);
        json_decref(value);
    }
    TEST("text that is cut anywhere ends the walk inside it")
    {
        const char *text = "{\"a\": [1, {\"b\": \"x\\\"y\", \"c\": [2]}]}";
        for (size_t length = 0; length <= strlen(text); length++) {
            char *cut =
                malloc(length + 1); /* its own block, so that a sanitizer sees a step beyond */
            memcpy(cut, text, length);
            OK(locate_value(cut, length, "/a/1/c/0") <= length);
            OK(locate_pointer(cut, length, "/z/1").line == 1);
            free(cut);
        }
    }
}

int main(void)
{
    tap_begin();
    test_positions();
    test_every_value();
    return tap_end();
}
