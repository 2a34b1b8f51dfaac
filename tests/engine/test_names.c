/* test_names.c - names are dense numbers in order of first use, and find their texts again. */
#include "sim/engine/names.h"
#include "tests/tap.h"

int main(void)
{
    tap_begin();
    TEST("ids are dense, in order of first use; no name is 0")
    {
        names *t = names_create();
        IS_INT(names_count(t), 1);
        IS_INT(names_intern(t, "auth"), 1);
        IS_INT(names_intern(t, "random"), 2);
        IS_INT(names_intern(t, "auth"), 1);
        IS_INT(names_intern(t, ""), 0);
        IS_INT(names_intern(t, NULL), 0);
        IS_INT(names_find(t, "random"), 2);
        IS_INT(names_find(t, "Random"), 0);
        IS_INT(names_find(t, ""), 0);
        IS_INT(names_find(t, NULL), 0);
        IS_STR(names_text(t, 2), "random");
        IS_STR(names_text(t, 0), "");
        IS_INT(names_count(t), 3);
        names_destroy(t);
        names_destroy(NULL);
    }

    TEST("the table grows; texts stay where they are and are copies")
    {
        enum { COUNT = 100000 };
        names *t = names_create();
        char text[32] = "first";
        names_intern(t, text);
        const char *first = names_text(t, 1);
        for (int i = 0; i < COUNT; i++) {
            snprintf(text, sizeof text, "task/%d", i);
            IS_INT(names_intern(t, text), i + 2);
        }
        OK(names_text(t, 1) == first);
        IS_STR(first, "first");
        for (int i = 0; i < COUNT; i += 7) {
            snprintf(text, sizeof text, "task/%d", i);
            IS_INT(names_find(t, text), i + 2);
            IS_STR(names_text(t, (name_id)i + 2), text);
        }
        IS_INT(names_find(t, "task/100000"), 0);
        IS_INT(names_count(t), COUNT + 2);
        names_destroy(t);
    }
    return tap_end();
}
