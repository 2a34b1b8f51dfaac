/* The schema as the tables have it, on standard output: `ninja schema` writes it into
 * scenarios/schema.json. */
#include "scenarios/read/schema.h"
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char *text = schema_text();
    int status = fputs(text, stdout) < 0 || fflush(stdout) != 0;
    free(text);
    return status ? 3 : 0;
}
