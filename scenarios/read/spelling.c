#include "scenarios/read/spelling.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 255

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

int spelling_distance(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > NAME_MAX_BYTES || b_length > NAME_MAX_BYTES) return INT_MAX;

    /* three rows of the table: of a's prefix two shorter, one shorter, and the present one */
    int rows[3][NAME_MAX_BYTES + 1];
    int *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        last[j] = (int)j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = (int)i;
        for (size_t j = 1; j <= b_length; j++) {
            int replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = smaller(replaced, smaller(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        int *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b_length];
}

/* No distance is below the difference of the lengths, which costs less to know. */
static int length_difference(const char *a, const char *b)
{
    return abs((int)strnlen(a, NAME_MAX_BYTES) - (int)strnlen(b, NAME_MAX_BYTES));
}

const char *spelling_nearest(const char *name, const char *const *names, size_t count)
{
    int allowed = (int)strnlen(name, NAME_MAX_BYTES) / 3 + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (length_difference(name, names[i]) > allowed) continue;
        int distance = spelling_distance(name, names[i]);
        /* a name that shares nothing with the written one is no suggestion */
        if (distance > allowed || (size_t)distance >= strlen(name)) continue;
        nearest = names[i];
        allowed = distance - 1;
    }
    return nearest;
}

bool spelling_likely_misspelt(const char *written, const char *known)
{
    if (length_difference(written, known) > 2) return false;
    int distance = spelling_distance(written, known);
    return distance > 0 && distance <= 2 && (size_t)distance * 3 <= strlen(written);
}
