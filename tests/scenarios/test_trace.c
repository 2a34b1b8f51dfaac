/* Goal: CSV texts are read as RFC 4180 has them, and traces become rows of calls with sizes of their
 * own; what is wrong is said where it is; overrides of run-task change sizes.
 * Method: hand-written texts; the scenario as run is read again; real traces of the shared data
 * (BERTH_SHARED, or ../shared beside the sources), skipped where they are absent. */
#include "scenarios/read/csv.h"
#include "sim/engine/arena.h"
#include "tests/scenarios/reading.h"
#include <sys/stat.h>

/* A text as "1:a|b 2:c|d": line numbers and fields. */
static const char *records(const char *text, char delimiter, sim_error *err)
{
    static char out[1024];
    size_t used = 0;
    csv_reader r;
    out[0] = '\0';
    csv_begin(&r, text, strlen(text), delimiter);
    while (csv_next(&r, err)) {
        used += (size_t)snprintf(out + used, sizeof out - used, "%s%d:", used ? " " : "",
                                 r.record_line);
        for (uint32_t i = 0; i < r.count; i++)
            used += (size_t)snprintf(out + used, sizeof out - used, "%s%.*s", i ? "|" : "",
                                     (int)r.fields[i].length, r.fields[i].text);
    }
    csv_end(&r);
    return out;
}

static double number_of(const char *text)
{
    double value;
    csv_field field = {.text = text, .length = strlen(text)};
    return csv_number(&field, &value) ? value : -999;
}

static void test_csv(void)
{
    sim_error err = {0};
    TEST("fields, quotes, line ends, comments, blanks")
    {
        IS_STR(records("a,b\n1,\n,2", ',', &err), "1:a|b 2:1| 3:|2");
        IS_STR(records("\xEF\xBB\xBF"
                       "a,b\r\n\r\n#x\n\"c,\"\"d\"\"\",\"e\nf\"\r\ng,h\r\n",
                       ',', &err),
               "1:a|b 4:c,\"d\"|e\nf 6:g|h");
        IS_STR(records("; SWF\n  1   2\t3 \n\n4 5 6", ' ', &err), "2:1|2|3 4:4|5|6");
        IS_STR(records("a;b\n;c\n", ';', &err), "1:a|b 2:|c");
        IS_STR(records("", ',', &err), "");
        IS_STR(err.text, "");
    }
    TEST("quotes that are wrong")
    {
        records("a,b\n1,\"2\n3", ',', &err);
        OK(strcmp(err.text, "a quote is not closed") == 0 && err.line == 2 && err.column == 3);
        err = (sim_error){0};
        records("\"a\"b", ',', &err);
        OK(strcmp(err.text, "text behind a closing quote") == 0 && err.column == 4);
    }
    TEST("numbers are the nearest doubles")
    {
        static const char *const texts[] = {"0",
                                            "12",
                                            "-3.25",
                                            "0.1",
                                            ".5",
                                            "5.",
                                            "+7",
                                            "1e3",
                                            "2.5E-3",
                                            "123456789012345",
                                            "1234567890123456789",
                                            "0.1234567890123456789",
                                            "99999999999999.9"};
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            IS_DOUBLE(number_of(texts[i]), strtod(texts[i], NULL));
        static const char *const wrong[] = {
            "", "-", ".", "1,5", "0x10", "nan", "inf", "1e", "1 ", "1e999", "1234567890123456x"};
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
            IS_DOUBLE(number_of(wrong[i]), -999);
    }
}

#define BATCH                                                                                      \
    "{'berth': 1, 'duration': '1h', 'start': '2026-01-01T00:00:00Z', "                             \
    "'cluster': {'containerInstances': [{'vcpu': 4, 'memoryMiB': 8192}]},"                         \
    " 'taskDefinitions': [{'family': 'batch', 'containerDefinitions': [{'name': 'main', 'image': " \
    "'i', 'cpu': "                                                                                 \
    "512, 'memory': 1024, 'memoryReservation': 900}]},"                                            \
    " {'family': 'pair', 'cpu': '512', 'memory': '600', 'containerDefinitions': [{'name': 'one', " \
    "'image': 'i', "                                                                               \
    "'memory': 200}, {'name': 'two', 'image': 'i', 'memory': 200}]}]}"

static reading with_arrival(const char *set)
{
    return reading_of(BATCH, (const char *[]){set, NULL});
}

static bool size_is(const scenario *s, uint32_t definition, const char *family, int cpu, int memory)
{
    const task_definition_config *d = &scenario_config(s)->task_definitions[definition];
    const container_definition *c = d->containers;
    bool good = strcmp(d->family, family) == 0;
    if (d->container_count > 1) return good && d->cpu_units == cpu && d->memory_mib == memory;
    return good && c->cpu_units == cpu &&
           memory == (c->memory_reservation_mib ? c->memory_reservation_mib : c->memory_mib);
}

static void test_traces(void)
{
    TEST("a trace: scaled, sorted by time with ties in file order, rows of one size in common")
    {
        reading r = with_arrival(
            "/arrivals=[{'trace': {'csv': 'name,t,d,c,m,n\\nx,20,5,1000,512,1\\ny,10,1.5,2000,,2\\n"
            "z,20,0,1000,512,30\\nw,9999,1,1000,512,1\\n'}, 'taskDefinition': 'batch', "
            "'incomplete': "
            "'skip', 'columns': {'at': 't', 'runTime': 'd', 'cpu': 'c', 'memory': 'm', 'count': "
            "'n'}, 'scale': {'cpu': 1.024}}]");
        OK(strstr(r.messages, "line 3: 1 incomplete rows are left out, this one first"));
        if (OK(r.scene != NULL)) {
            const arrival_config *a = &scenario_config(r.scene)->arrivals[0];
            IS_INT(a->row_count, 2); /* y is incomplete, w after the end */
            IS_STR(a->name, "batch");
            IS_INT(a->rows[0].run_time_us, 5 * SIM_SECOND);
            IS_INT(a->rows[1].count, 30);
            IS_INT(a->rows[0].task_definition, a->rows[1].task_definition);
            OK(size_is(r.scene, a->rows[0].task_definition, "batch", 1024, 512));
            OK(size_is(r.scene, 0, "batch", 512, 900));
        }
        scenario_destroy(r.scene);
    }
    TEST("times as instants, families by name or like the entry's, sizes of a task with several")
    {
        reading r = with_arrival(
            "/arrivals=[{'trace': {'csv': '2026-01-01 "
            "00:01:00.5;2026-01-01T00:02:00Z;pair;700;450\\n"
            "2026-01-01T00:00:30+00:00;2026-01-01T00:00:31Z;other;1;2\\n'}, 'taskDefinition': "
            "'batch', 'header': false, 'delimiter': ';', 'columns': {'at': 1, 'end': 2, 'family': "
            "3, 'cpu': 4, 'memory': 5}}]");
        IS_STR(r.messages, "");
        if (OK(r.scene != NULL)) {
            const arrival_row *rows = scenario_config(r.scene)->arrivals[0].rows;
            IS_INT(rows[0].at_us, 30 * SIM_SECOND);
            IS_INT(rows[1].run_time_us, 59500000);
            OK(size_is(r.scene, rows[0].task_definition, "other", 1, 2));
            OK(size_is(r.scene, rows[1].task_definition, "pair", 700, 450));
        }
        scenario_destroy(r.scene);
    }
    TEST("the scenario as run holds the trace")
    {
        char path[] = "/tmp/berth-trace-XXXXXX";
        OK(mkdtemp(path) != NULL);
        char file[64], set[400];
        snprintf(file, sizeof file, "%s/t.csv", path);
        FILE *out = fopen(file, "w");
        fputs("\xEF\xBB\xBF"
              "at,\"cpu\"\r\n1,\"300\"\r\n2,400\r\n",
              out);
        fclose(out);
        snprintf(set, sizeof set,
                 "/arrivals=[{\"trace\": \"%s\", \"taskDefinition\": \"batch\", "
                 "\"columns\": {\"at\": \"at\", \"cpu\": \"cpu\"}}]",
                 file);
        diagnostics diag;
        diagnostics_init(&diag);
        char *text = reading_text(BATCH);
        const char *const sets[] = {set};
        scenario_options options = {.allow_outside = true, .sets = sets, .set_count = 1};
        scenario *first = scenario_load_text("t.json", text, strlen(text), &options, &diag);
        unlink(file);
        rmdir(path);
        if (OK(first != NULL)) {
            const char *folded = scenario_json_text(first);
            options = (scenario_options){0};
            scenario *again = scenario_load_text("f.json", folded, strlen(folded), &options, &diag);
            if (OK(again != NULL)) {
                IS_STR(scenario_json_text(again), folded);
                IS_INT(scenario_config(again)->arrivals[0].row_count, 2);
                OK(size_is(again, scenario_config(again)->arrivals[0].rows[1].task_definition,
                           "batch", 400, 900));
            }
            scenario_destroy(again);
        } else {
            diagnostics_print(&diag, stdout);
        }
        scenario_destroy(first);
        diagnostics_finish(&diag);
        free(text);
    }
}

static void refused(const char *set, const char *wanted)
{
    reading r = with_arrival(set);
    if (r.scene || !strstr(r.messages, wanted))
        (void)TAP_FAIL("%s\nwant %s\ngot  %s", set, wanted, r.messages);
    scenario_destroy(r.scene);
}

static void test_refusals(void)
{
    TEST("arrivals that are wrong")
    {
        refused("/arrivals=[{'runTask': {'taskDefinition': 'batch'}}]",
                "/arrivals/0: needs \"runTask\" with \"every\", or \"trace\" with \"columns\"");
        refused("/arrivals=[{'runTask': {'taskDefinition': 'batch'}, 'every': 0}]",
                "/arrivals/0/every: \"every\" must be above 0");
        refused("/arrivals=[{'runTask': {'taskDefinition': 'batch', 'count': 11}, 'every': 1}]",
                "/arrivals/0/runTask/count: ");
        refused("/arrivals=[{'trace': {'csv': 'a'}, 'columns': {'at': 'b'}, 'taskDefinition': "
                "'batch', 'limit': 3}]",
                "/arrivals/0/limit: \"limit\" goes with \"every\"");
        refused("/arrivals=[{'trace': {'csv': 'at\\n1'}, 'columns': {'at': 'att'}, "
                "'taskDefinition': 'batch'}]",
                "/arrivals/0/columns/at: the trace has no column \"att\", did you mean \"at\"?");
        refused("/arrivals=[{'trace': {'csv': 'at\\n1'}, 'columns': {'at': 'at'}}]",
                "/arrivals/0: needs \"taskDefinition\", or a column for \"family\"");
        refused("/arrivals=[{'trace': {'csv': 'at\\n1\\nx'}, 'columns': {'at': 'at'}, "
                "'taskDefinition': 'batch'}]",
                "/arrivals/0/trace: line 3, column 1: at: expected a number, got \"x\"");
        refused("/arrivals=[{'trace': {'csv': 'at,family\\n1,nope'}, 'columns': {'at': 'at', "
                "'family': 'family'}}]",
                "line 2, column 3: family: expected a task definition of the scenario");
        refused("/arrivals=[{'trace': {'csv': 'at,m\\n1,399'}, 'columns': {'at': 'at', 'memory': "
                "'m'}, 'taskDefinition': 'pair'}]",
                "a task of pair has 2 containers with 400 MiB together");
        refused("/arrivals=[{'trace': {'csv': 'at,m\\n1'}, 'columns': {'at': 'at', 'memory': "
                "'m'}, 'taskDefinition': 'batch'}]",
                "line 2, column 1: 1 fields, but \"memory\" is in field 2");
        refused("/arrivals=[{'trace': {'csv': '1'}, 'columns': {'at': 'x'}, 'header': false, "
                "'taskDefinition': 'batch'}]",
                "/arrivals/0/columns/at: without a header a column is a number from 1");
        refused("/arrivals=[{'trace': {'csv': 'at'}, 'columns': {'at': 'at'}, 'delimiter': '::', "
                "'taskDefinition': 'batch'}]",
                "/arrivals/0/delimiter: expected one character");
        refused("/arrivals=[{'trace': 7, 'columns': {'at': 'at'}, 'taskDefinition': 'batch'}]",
                "/arrivals/0/trace: expected the path of a CSV file");
    }
}

static void test_overrides(void)
{
    TEST("overrides of a call are a task definition with other sizes (E87)")
    {
        reading r = with_arrival(
            "/timeline=[{'at': 1, 'every': 10, 'until': 41, 'runTask': {'taskDefinition': 'pair', "
            "'startedBy': 'me', 'overrides': {'memory': '1024', 'containerOverrides': [{'name': "
            "'two', 'cpu': 64, 'memory': 700, 'memoryReservation': 650, 'command': ['a']}]}}},"
            "{'at': 2, 'runTask': {'taskDefinition': 'pair'}}]");
        IS_STR(r.messages, "");
        if (OK(r.scene != NULL)) {
            const model_config *c = scenario_config(r.scene);
            IS_INT(c->task_definition_count, 3); /* five calls, one further definition */
            IS_INT(c->timeline[0].run_task.task_definition, 2);
            IS_INT(c->timeline[5].run_task.task_definition, 2);
            IS_INT(c->timeline[1].run_task.task_definition, 1);
            const task_definition_config *d = &c->task_definitions[2];
            OK(d->cpu_units == 512 && d->memory_mib == 1024 && d->containers[0].memory_mib == 200);
            OK(d->containers[1].cpu_units == 64 && d->containers[1].memory_mib == 700 &&
               d->containers[1].memory_reservation_mib == 650);
            IS_INT(c->task_definitions[1].containers[1].memory_mib, 200);
            bool command = false;
            for (size_t i = 0; i < scenario_no_effect_count(r.scene); i++)
                command |=
                    strstr(scenario_no_effect(r.scene, i), "/containerOverrides/0/command") != NULL;
            OK(command);
        }
        scenario_destroy(r.scene);
    }
    TEST("overrides that are wrong")
    {
        refused("/timeline=[{'at': 1, 'runTask': {'taskDefinition': 'pair', 'overrides': "
                "{'containerOverrides': [{'name': 'tow'}]}}}]",
                "/timeline/0/runTask/overrides/containerOverrides/0/name: override for container "
                "named tow is not a container in the task definition, did you mean \"two\"?");
        refused("/timeline=[{'at': 1, 'runTask': {'taskDefinition': 'pair', 'overrides': "
                "{'memory': 300}}}]",
                "/timeline/0/runTask/overrides: the containers' memory (400 MiB) exceeds the "
                "task's (300 MiB) (E24)");
        refused("/timeline=[{'at': 1, 'runTask': {'taskDefinition': 'batch', 'overrides': "
                "{'containerOverrides': [{'name': 'main', 'memory': 800}]}}}]",
                "memoryReservation (900) is above memory (800) (E24)");
    }
}

/* ---- real traces ---- */

static char shared[3000];

static bool find_shared(void)
{
    const char *own = getenv("BERTH_SHARED"), *root = getenv("SOURCE_ROOT");
    struct stat info;
    snprintf(shared, sizeof shared, "%s/data", own ? own : "");
    if (own && stat(shared, &info) == 0) return true;
    snprintf(shared, sizeof shared, "%s/../shared/data", root ? root : ".");
    return stat(shared, &info) == 0;
}

typedef struct {
    const char *file, *rest; /* columns, scale and the like */
    uint32_t rows, skipped, tasks;
} real_trace;

/* What each of them needs. */
static const real_trace real_traces[] = {
    {"traces/openb/openb_pod_list_default.csv",
     "'columns': {'at': 'creation_time', 'end': 'deletion_time', 'cpu': 'cpu_milli', 'memory': "
     "'memory_mib', 'gpu': 'num_gpu'}, 'scale': {'cpu': 1.024}",
     8152, 0, 8152},
    {"traces/openb/openb_pod_list_cpu050.csv",
     "'columns': {'at': 'creation_time', 'end': 'deletion_time', 'cpu': 'cpu_milli', 'memory': "
     "'memory_mib', 'gpu': 'gpu_milli', 'family': 'name'}, 'scale': {'cpu': 1.024, 'gpu': 0.001}",
     7439, 0, 7439},
    {"traces/hpc-swf/hpc2n.swf",
     "'header': false, 'delimiter': 'blanks', 'incomplete': 'skip', "
     "'columns': {'at': 2, 'runTime': 4, 'count': 5}",
     3145, 25, 0},
    {"traffic/azure_llm_2023_code.csv",
     "'columns': {'at': 'TIMESTAMP', 'runTime': 'GeneratedTokens'}, 'scale': {'runTime': 0.05}",
     8819, 0, 8819},
};

static void test_real(const real_trace *trace)
{
    char set[4200], text[600];
    snprintf(set, sizeof set, "/arrivals=[{'trace': '%s/%s', 'taskDefinition': 'batch', %s}]",
             shared, trace->file, trace->rest);
    snprintf(text, sizeof text,
             "{'berth': 1, 'duration': '365d', 'start': '2023-11-16T00:00:00Z', 'taskDefinitions': "
             "[{'family': 'batch', 'containerDefinitions': [{'name': 'main', 'cpu': 1024, "
             "'memory': 1024}]}]}");
    char *json = reading_text(text), *quoted = reading_text(set);
    const char *const sets[] = {quoted};
    scenario_options options = {.allow_outside = true, .sets = sets, .set_count = 1};
    diagnostics diag;
    diagnostics_init(&diag);
    scenario *s = scenario_load_text("t.json", json, strlen(json), &options, &diag);
    if (OK(s != NULL)) {
        const arrival_config *a = &scenario_config(s)->arrivals[0];
        uint64_t tasks = 0;
        bool rising = true;
        for (uint32_t i = 0; i < a->row_count; i++) {
            tasks += a->rows[i].count;
            rising &= i == 0 || a->rows[i].at_us >= a->rows[i - 1].at_us;
        }
        IS_INT(a->row_count, trace->rows);
        OK(rising);
        if (trace->tasks > 0) IS_INT(tasks, trace->tasks);
        IS_INT(diagnostics_warning_count(&diag), trace->skipped > 0);
    } else {
        diagnostics_print(&diag, stdout);
    }
    scenario_destroy(s);
    diagnostics_finish(&diag);
    free(json);
    free(quoted);
}

int main(void)
{
    tap_begin();
    test_csv();
    test_traces();
    test_refusals();
    test_overrides();
    if (find_shared()) {
        for (size_t i = 0; i < sizeof real_traces / sizeof real_traces[0]; i++) {
            TEST(real_traces[i].file)
            {
                test_real(&real_traces[i]);
            }
        }
    } else {
        printf("# real traces: skipped, no ../shared/data\n");
    }
    return tap_end();
}
