/* allocations.h - counts the calls of malloc, calloc and realloc of a program that is linked with
 * --wrap for each of them. */
#ifndef BERTH_TESTS_ENGINE_ALLOCATIONS_H
#define BERTH_TESTS_ENGINE_ALLOCATIONS_H

#include <stddef.h>
#include <stdint.h>

static uint64_t allocation_count;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

void *__wrap_malloc(size_t size)
{
    allocation_count++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocation_count++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    allocation_count++;
    return __real_realloc(block, size);
}

#endif
