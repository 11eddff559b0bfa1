/* A lane's memory, laid out piece after piece; and the two functions that compilers call on their own. */
#ifndef A2C_MEMORY_H
#define A2C_MEMORY_H

#include "vector.h"

/* A block of memory of which pieces are taken. Without a base only the size is found. */
struct room {
    char *base;
    int64_t used;
};

/* The next `bytes`, beginning at a cache line. */
void *room_take(struct room *room, int64_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int value, size_t n);

#endif
