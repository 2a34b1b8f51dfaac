/* Goal    no text crashes, hangs or confuses the reader.
 * Method  the input up to its first NUL is a scenario, what follows an argument of --set. It is read and
 *         folded (includes find what the current folder holds: run in an empty one), every value is
 *         reported once, and the folded text must read back as the same tree. */
#include "scenarios/read/document.h"
#include "scenarios/read/pointer.h"
#include "sim/engine/check.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void report_children(document *doc, pointer_path *path, const json_t *value)
{
    const char *key;
    json_t *below;
    size_t i;
    document_error(doc, path->text, "here");
    if (json_is_object(value)) json_object_foreach((json_t *)(uintptr_t)value, key, below)
        {
            size_t mark = pointer_push_key(path, key);
            CHECK(document_get(doc, path->text) == below);
            document_warning(doc, path->text, "here");
            pointer_truncate(path, mark);
        }
    if (json_is_array(value)) json_array_foreach(value, i, below)
        {
            size_t mark = pointer_push_index(path, i);
            CHECK(document_get(doc, path->text) == below);
            document_warning(doc, path->text, "here");
            pointer_truncate(path, mark);
        }
}

static void check_round_trip(const document *doc)
{
    diagnostics d;
    diagnostics_init(&d);
    char *text = document_text(doc, 2);
    document *again = document_from_text("again", text, strlen(text), &d);
    if (again) { /* includes may have deepened it beyond what a file may hold */
        char *back = document_text(again, 2);
        CHECK(strcmp(text, back) == 0);
        free(back);
    }
    document_destroy(again);
    free(text);
    diagnostics_finish(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const uint8_t *nul = memchr(data, 0, size);
    size_t length = nul ? (size_t)(nul - data) : size;
    char *set = calloc(1, size - length + 1); /* ends with NUL whatever the input does */
    if (nul) memcpy(set, nul + 1, size - length - 1);

    diagnostics d;
    diagnostics_init(&d);
    document *doc = document_from_text("fuzz", text, length, &d);
    CHECK(doc || diagnostics_error_count(&d) > 0);
    if (doc) {
        const char *const sets[] = {set};
        fold_options options = {
            .places = scenario_places,
            .place_count = scenario_place_count,
            .sets = sets,
            .set_count = *set != '\0',
        };
        document_fold(doc, &options);
        pointer_path path;
        pointer_init(&path);
        report_children(doc, &path, document_root(doc));
        pointer_finish(&path);
        check_round_trip(doc);
        document_destroy(doc);
    }
    diagnostics_finish(&d);
    free(set);
    return 0;
}
