/* Goal: the event log's text is the contract's. Method: events by hand, compared as whole lines. */
#include "models/notify.h"
#include "results/event_log.h"
#include "tests/tap.h"

static names *t;

static const char *line_of(json_text *j, const model_event *ev)
{
    json_text_clear(j);
    event_render(j, t, ev);
    return j->data;
}

static void test_lines(json_text *j)
{
    const name_id auth = names_intern(t, "auth"), zone = names_intern(t, "us-east-1a");
    TEST("a task's event: ids as printed, keys in the row's order, absent ones left out")
    {
        model_event ev = {.at_us = 12500000, .kind = EVENT_TASK_RUNNING};
        ev.cell[0] = cell_pair(auth, 17);
        ev.cell[1] = auth;
        ev.cell[2] = cell_pair(auth, 2);
        ev.cell[3] = cell_pair(auth, 3);
        ev.cell[4] = 1;
        ev.cell[5] = zone;
        IS_STR(
            line_of(j, &ev),
            "{\"t\":12.5,\"event\":\"task.running\",\"task\":\"auth/000017\",\"service\":\"auth\","
            "\"deployment\":\"auth#2\",\"taskDefinition\":\"auth:3\",\"instance\":\"i-000001\","
            "\"availabilityZone\":\"us-east-1a\"}");
        ev.cell[1] = ev.cell[2] = ev.cell[4] = ev.cell[5] = 0;
        ev.cell[0] = cell_pair(names_intern(t, "family:batch"), 1234567);
        IS_STR(line_of(j, &ev),
               "{\"t\":12.5,\"event\":\"task.running\",\"task\":\"family:batch/1234567\","
               "\"taskDefinition\":\"auth:3\"}");
    }
    TEST("an exit code that does not exist is null, zero is zero")
    {
        model_event ev = {.at_us = 0, .kind = EVENT_TASK_STOPPED};
        ev.cell[0] = cell_pair(auth, 1);
        ev.cell[1] = names_intern(t, "ServiceSchedulerInitiated");
        ev.cell[2] = cell_text("Scaling activity");
        ev.cell[3] = (uint64_t)EXIT_CODE_NONE;
        IS_STR(line_of(j, &ev), "{\"t\":0,\"event\":\"task.stopped\",\"task\":\"auth/000001\","
                                "\"stopCode\":\"ServiceSchedulerInitiated\",\"stoppedReason\":"
                                "\"Scaling activity\",\"exitCode\":null}");
        ev.cell[3] = 0;
        OK(strstr(line_of(j, &ev), "\"exitCode\":0}") != NULL);
    }
    TEST("JSON stands as it is, on one line; a timeline's object is merged")
    {
        model_event ev = {.at_us = 1, .kind = EVENT_PLACEMENT_FAILED};
        ev.cell[1] = auth;
        ev.cell[3] = cell_pair(auth, 1);
        ev.cell[4] = 3;
        ev.cell[5] = cell_text("{\"RESOURCE:CPU\":\n 2}");
        ev.cell[6] = 2;
        ev.cell[7] = cell_text("RESOURCE:CPU");
        IS_STR(line_of(j, &ev),
               "{\"t\":0.000001,\"event\":\"placement.failed\",\"family\":\"auth\","
               "\"taskDefinition\":\"auth:1\",\"count\":3,\"reasons\":{\"RESOURCE:CPU\":  2},"
               "\"closest\":\"i-000002\",\"closestReason\":\"RESOURCE:CPU\"}");
        model_event action = {.at_us = 300 * SIM_SECOND, .kind = EVENT_TIMELINE};
        action.cell[0] = names_intern(t, "updateService");
        action.cell[1] = cell_text(" { \"service\": \"auth\" } ");
        IS_STR(line_of(j, &action),
               "{\"t\":300,\"event\":\"timeline\",\"action\":\"updateService\","
               "\"service\": \"auth\"}");
        action.cell[1] = cell_text("{ }");
        IS_STR(line_of(j, &action),
               "{\"t\":300,\"event\":\"timeline\",\"action\":\"updateService\"}");
    }
    TEST("numbers are the shortest that read back, seconds have up to six digits")
    {
        model_event ev = {.at_us = 1, .kind = EVENT_TRAFFIC_CHANGED};
        ev.cell[0] = auth;
        ev.cell[1] = cell_number(0.1);
        OK(strstr(line_of(j, &ev), "\"requestsPerSecond\":0.1}") != NULL);
        ev.cell[1] = cell_number(1.0 / 3);
        OK(strstr(line_of(j, &ev), "\"requestsPerSecond\":0.3333333333333333}") != NULL);
        model_event done = {.at_us = 1, .kind = EVENT_DEPLOYMENT_COMPLETED};
        done.cell[0] = auth;
        done.cell[4] = 61 * SIM_SECOND + 120;
        OK(strstr(line_of(j, &done), "\"seconds\":61.00012}") != NULL);
    }
}

static void test_ids(json_text *j)
{
    TEST("every id is printed as models/event.c prints it")
    {
        static const struct {
            event_kind kind;
            int place;
        } cells[] = {{EVENT_TASK_RUNNING, 0},
                     {EVENT_TASK_RUNNING, 2},
                     {EVENT_TASK_RUNNING, 3},
                     {EVENT_TASK_RUNNING, 4}};
        static const uint64_t numbers[] = {1, 9, 10, 999999, 1000000, UINT32_MAX};
        for (size_t c = 0; c < sizeof cells / sizeof *cells; c++)
            for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
                const event_key *key = &event_kinds[cells[c].kind].keys[cells[c].place];
                model_event ev = {.kind = cells[c].kind};
                ev.cell[cells[c].place] = key->type == CELL_INSTANCE
                                              ? numbers[n]
                                              : cell_pair(names_intern(t, "a-service"), numbers[n]);
                char id[64], want[200];
                snprintf(want, sizeof want, "\"%s\":\"%s\"}", key->key,
                         cell_print(t, key->type, ev.cell[cells[c].place], id, sizeof id));
                OK(strstr(line_of(j, &ev), want) != NULL);
            }
    }
}

static void test_json_text(json_text *j)
{
    static const struct {
        const char *text, *want;
    } strings[] = {
        {"plain", "\"plain\""},
        {"a\"b\\c\n\t\x01", "\"a\\\"b\\\\c\\n\\t\\u0001\""},
        {"Z\xc3\xbcrich \xf0\x9f\x9a\xa2", "\"Z\xc3\xbcrich \xf0\x9f\x9a\xa2\""},
        {"\xff x \xc3", "\"\\ufffd x \\ufffd\""},
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""}, /* a surrogate is no character */
        {"\xc0\xaf", "\"\\ufffd\\ufffd\""},            /* an overlong slash */
    };
    TEST("strings: escapes, UTF-8 kept, anything else U+FFFD")
    {
        for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
            json_text_clear(j);
            json_text_string(j, strings[i].text);
            IS_STR(j->data, strings[i].want);
        }
    }
    TEST("numbers: shortest that read back, no value is null")
    {
        static const struct {
            double value;
            const char *want;
        } numbers[] = {{0, "0"},          {-0.0, "-0"},
                       {1e300, "1e+300"}, {0.1 + 0.2, "0.30000000000000004"},
                       {NAN, "null"},     {INFINITY, "null"},
                       {1e15, "1e+15"},   {123456, "123456"}};
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            json_text_clear(j);
            json_text_number(j, numbers[i].value);
            IS_STR(j->data, numbers[i].want);
        }
    }
    TEST("seconds: exact decimals of microseconds")
    {
        static const struct {
            sim_time us;
            const char *want;
        } times[] = {
            {0, "0"},           {1, "0.000001"},      {1500000, "1.5"},
            {-250000, "-0.25"}, {3600000000, "3600"}, {315360000000000001, "315360000000.000001"}};
        for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
            json_text_clear(j);
            json_text_seconds(j, times[i].us);
            IS_STR(j->data, times[i].want);
        }
    }
}

int main(void)
{
    tap_begin();
    json_text j;
    json_text_init(&j);
    t = names_create();
    test_lines(&j);
    test_ids(&j);
    test_json_text(&j);
    names_destroy(t);
    json_text_finish(&j);
    return tap_end();
}
