/* Observers: events at once and in order, changed objects once an instant, by (kind, index). */
#include "tests/tap.h"

#include "models/notify.h"
#include "models/phase.h"

typedef struct {
    notifier *n;
    char told[1024];
} watch;

static void say(watch *w, const char *format, long a, long b)
{
    char text[64];
    snprintf(text, sizeof text, format, a, b);
    strcat(w->told, text);
}

static void on_event(void *context, const struct model *m, const model_event *ev)
{
    (void)m;
    say(context, "e%ld@%ld ", (long)ev->kind, (long)ev->at_us);
}

static void on_changed(void *context, const struct model *m, changed_kind kind, uint32_t index)
{
    (void)m;
    say(context, "c%ld.%ld ", (long)kind, (long)index);
}

static void on_placed(void *context, const struct model *m, uint32_t service, sim_time waited_us)
{
    (void)m;
    say(context, "p%ld+%ld ", (long)service, (long)waited_us);
}

static void change_much(engine *eng, void *context, uint64_t subject)
{
    (void)eng;
    watch *w = context;
    notify_changed(w->n, CHANGED_SERVICE, (uint32_t)subject);
    notify_changed(w->n, CHANGED_TARGET_GROUP, 1);
    notify_changed(w->n, CHANGED_SERVICE, 3);
    notify_changed(w->n, CHANGED_INSTANCE, 100000);
    notify_changed(w->n, CHANGED_CLUSTER, 0);
    model_event ev = {.kind = EVENT_SERVICE_EVENT};
    notify_event(w->n, &ev);
    notify_placed(w->n, 2, 5);
}

int main(void)
{
    tap_begin();
    TEST("changed_objects_are_told_once_an_instant_by_kind_and_index_after_all_else")
    {
        watch w = {0};
        engine *eng = engine_create(&w);
        w.n = notifier_create(eng, NULL);
        notifier_observe(
            w.n, &(model_observer){
                     .context = &w, .event = on_event, .changed = on_changed, .placed = on_placed});
        notifier_observe(w.n, &(model_observer){.context = &w}); /* watches nothing */
        engine_schedule(eng, 10, PHASE_SERVICE, change_much, 7);
        engine_schedule(eng, 10, PHASE_SHARE, change_much, 3);
        OK(engine_run_until(eng, 10, NULL));
        char want[256];
        snprintf(want, sizeof want, "e%d@10 p2+5 e%d@10 p2+5 c0.0 c1.100000 c2.3 c2.7 c3.1 ",
                 EVENT_SERVICE_EVENT, EVENT_SERVICE_EVENT);
        IS_STR(w.told, want);
        IS_INT(engine_event_count(eng), 3); /* one for the observers */
        w.told[0] = '\0';
        engine_schedule(eng, 20, PHASE_STATE, change_much, 3);
        OK(engine_run_until(eng, 30, NULL));
        snprintf(want, sizeof want, "e%d@20 p2+5 c0.0 c1.100000 c2.3 c3.1 ", EVENT_SERVICE_EVENT);
        IS_STR(w.told, want);
        notifier_destroy(w.n);
        engine_destroy(eng);
    }
    TEST("several_observers_hear_in_the_order_in_which_they_came")
    {
        watch one = {0}, two = {0};
        engine *eng = engine_create(&one);
        one.n = notifier_create(eng, NULL);
        notifier_observe(one.n, &(model_observer){.context = &one, .changed = on_changed});
        notifier_observe(one.n, &(model_observer){.context = &two, .changed = on_changed});
        notify_changed(one.n, CHANGED_SERVICE, 1);
        notify_changed(one.n, CHANGED_SERVICE, 0);
        OK(engine_run_until(eng, 0, NULL));
        IS_STR(one.told, "c2.0 c2.1 ");
        IS_STR(two.told, "c2.0 c2.1 ");
        notifier_destroy(one.n);
        engine_destroy(eng);
    }
    return tap_end();
}
