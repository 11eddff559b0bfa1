#include "memory.h"

#define LINE 64 /* bytes of a cache line, and of the widest vector */

void *room_take(struct room *room, int64_t bytes)
{
    int64_t at = room->used;
    room->used += (bytes + LINE - 1) / LINE * LINE;
    return room->base ? room->base + at : NULL;
}

/* Both are compiled so that no loop is taken for a call of themselves. Test programs have the C library's. */
#if !__STDC_HOSTED__

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

void *memset(void *to, int value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((char *)to)[i] = (char)value;
    return to;
}

#endif
