/* Goal: the digest depends on what happened and on nothing else. Method: fixed records, with names
 * interned in different orders; one value pinned, worked out apart from this code (XXH3-128 of the
 * 64-bit little-endian words of the records at once, by another program). */
#include "results/digest.h"
#include "tests/tap.h"

static model_event running(const names *t, sim_time at_us, uint32_t number)
{
    model_event ev = {.at_us = at_us, .kind = EVENT_TASK_RUNNING};
    ev.cell[0] = cell_pair(names_find(t, "auth"), number);
    ev.cell[1] = names_find(t, "auth");
    ev.cell[2] = cell_pair(names_find(t, "auth"), 1);
    ev.cell[3] = cell_pair(names_find(t, "auth"), 2);
    ev.cell[4] = 1;
    ev.cell[5] = names_find(t, "eu-west-1a");
    return ev;
}

static void digest_of(const char *const *names_in_order, uint32_t count, uint32_t records,
                      const char *text, char out[DIGEST_HEX_SIZE])
{
    names *t = names_create();
    for (uint32_t i = 0; i < count; i++)
        names_intern(t, names_in_order[i]);
    digest *d = digest_create();
    for (uint32_t i = 1; i <= records; i++) {
        const model_event ev = running(t, (sim_time)i * 1000, i);
        digest_event(d, t, &ev);
    }
    model_event ev = {.at_us = 5, .kind = EVENT_SERVICE_EVENT};
    ev.cell[0] = names_find(t, "auth");
    ev.cell[1] = cell_text(text);
    digest_event(d, t, &ev);
    digest_hex(d, out);
    digest_destroy(d);
    names_destroy(t);
}

int main(void)
{
    static const char *const order[] = {"auth", "eu-west-1a"};
    static const char *const other[] = {"x", "eu-west-1a", "y", "auth"};
    char a[DIGEST_HEX_SIZE], b[DIGEST_HEX_SIZE];
    tap_begin();
    TEST("a fixed sequence has the pinned digest")
    {
        digest_of(order, 2, 2, "(service auth) has reached a steady state.", a);
        IS_STR(a, "013bc9907fbd5e7cc3528b195dab00e3");
        digest_of(order, 2, 5000, "(service auth) has reached a steady state.", a);
        IS_STR(a, "294a6e4460d372bad920670828153849");
    }
    TEST("no record at all has the digest of the empty input")
    {
        digest *d = digest_create();
        digest_hex(d, a);
        IS_STR(a, "99aa06d3014798d86001c324468d497f");
        digest_destroy(d);
    }
    TEST("the order in which names were interned does not matter")
    {
        digest_of(order, 2, 1000, "same", a);
        digest_of(other, 4, 1000, "same", b);
        IS_STR(b, a);
    }
    TEST("a text counts by content; a name, a number and a time each count")
    {
        char copy[] = "same";
        digest_of(order, 2, 10, "same", a);
        digest_of(order, 2, 10, copy, b);
        IS_STR(b, a);
        digest_of(order, 2, 10, "Same", b);
        OK(strcmp(a, b) != 0);
        digest_of(order, 2, 11, "same", b);
        OK(strcmp(a, b) != 0);
        static const char *const no_zone[] = {"auth"};
        digest_of(no_zone, 1, 10, "same", b);
        OK(strcmp(a, b) != 0);
    }
    TEST("reading it half-way changes nothing")
    {
        names *t = names_create();
        names_intern(t, "auth");
        digest *once = digest_create(), *often = digest_create();
        for (uint32_t i = 1; i < 500; i++) {
            const model_event ev = running(t, i, i);
            digest_event(once, t, &ev);
            digest_event(often, t, &ev);
            digest_hex(often, b);
        }
        digest_hex(once, a);
        IS_STR(b, a);
        digest_destroy(once);
        digest_destroy(often);
        names_destroy(t);
    }
    TEST("joining replications depends on their order")
    {
        const char *const ab[] = {"99aa06d3014798d86001c324468d497f",
                                  "00000000000000000000000000000001"};
        const char *const ba[] = {ab[1], ab[0]};
        digest_join(ab, 2, a);
        digest_join(ba, 2, b);
        OK(strcmp(a, b) != 0);
    }
    return tap_end();
}
