/* Vectors of the machine's width over sums of a fixed, logical width.
 *
 * Every sum that runs across columns is kept in 16 partial sums, whatever the machine: one vector of AVX-512, two of
 * AVX2, four of NEON and SSE. What is computed depends on no build; how much of it at a time does.
 */
#ifndef A2C_VECTOR_H
#define A2C_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define EXPORT __attribute__((visibility("default")))

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define COLUMNS 16 /* columns of a panel, and partial sums of a sum across columns */

#if defined(__AVX512F__)
#define WIDTH 16
#elif defined(__AVX2__)
#define WIDTH 8
#else
#define WIDTH 4
#endif

#define PARTS (COLUMNS / WIDTH) /* vectors of a panel's row */

typedef float vec __attribute__((vector_size(4 * WIDTH), may_alias));
typedef int32_t ivec __attribute__((vector_size(4 * WIDTH), may_alias));

INLINE vec load(const float *from) { return *(const vec *)from; } /* `from` is aligned to a panel's row */

INLINE void store(float *to, vec x) { *(vec *)to = x; }

INLINE vec broadcast(float x) { return x - (vec){0}; } /* x - 0 is x, also where x is -0 */

#if defined(__FMA__) || defined(__aarch64__)

/* a * b + c, rounded once. Both compilers make one instruction of the loop. */
INLINE vec fused(vec a, vec b, vec c)
{
    vec sum;
    UNROLL
    for (int i = 0; i < WIDTH; i++)
        sum[i] = __builtin_fmaf(a[i], b[i], c[i]);
    return sum;
}

#else

typedef double dvec __attribute__((vector_size(4 * WIDTH)));
typedef int64_t lvec __attribute__((vector_size(4 * WIDTH)));

/* a * b + c in float64, rounded to odd: where the sum is not exact, its last bit is 1. Rounded to float32 afterwards
 * this is a * b + c rounded once (Boldo and Melquiond 2008). The product of two float32 is exact in float64. */
INLINE dvec odd(dvec a, dvec b, dvec c)
{
    dvec product = a * b, sum = product + c;
    dvec of_c = sum - product, rest = (product - (sum - of_c)) + (c - of_c); /* sum + rest is exact (Knuth's 2Sum) */
    lvec bits = (lvec)sum, inexact = (rest < 0) | (rest > 0), even = (bits & 1) - 1;
    lvec towards_rest = 1 + 2 * ((rest < 0) ^ (sum < 0)); /* +1 enlarges the magnitude, -1 reduces it */
    return (dvec)(bits + (towards_rest & inexact & even));
}

/* Whether a sum in float64, not rounded to odd, may round to another float32 than the exact sum does. It does not where
 * it is no midpoint of two float32 (its last 29 bits are 1000...), as rounding to float64 keeps order; nor below the
 * normal numbers, which have other midpoints. The words are low, high, low, high. */
INLINE ivec doubtful(dvec sum)
{
    const ivec kept = {0x1fffffff, 0x7fffffff, 0x1fffffff, 0x7fffffff}, midpoint = {0x10000000, -1, 0x10000000, -1};
    const ivec normal = {0, 0x38100000, 0, 0x38100000};
    ivec words = (ivec)sum & kept;
    return (words == midpoint) | ((words < normal) & (words > 0));
}

/* Four float32 as two pairs of float64. */
struct wide {
    dvec half[2];
};

INLINE struct wide widened(vec x) { return (struct wide){{{x[0], x[1]}, {x[2], x[3]}}}; }

INLINE vec narrowed(struct wide x)
{
    return (vec){(float)x.half[0][0], (float)x.half[0][1], (float)x.half[1][0], (float)x.half[1][1]};
}

/* a * b + c, rounded once, without an instruction for it: in float64, and to odd where that is in doubt. */
INLINE vec fused(vec a, vec b, vec c)
{
    struct wide x = widened(a), y = widened(b), z = widened(c), sum;
    UNROLL
    for (int i = 0; i < 2; i++)
        sum.half[i] = x.half[i] * y.half[i] + z.half[i];
    lvec doubt = (lvec)(doubtful(sum.half[0]) | doubtful(sum.half[1]));
    if (__builtin_expect((doubt[0] | doubt[1]) != 0, 0))
        for (int i = 0; i < 2; i++)
            sum.half[i] = odd(x.half[i], y.half[i], z.half[i]);
    return narrowed(sum);
}

#endif

/* Sixteen partial sums of a sum across columns: column c adds to partial sum c mod 16. */
struct sixteen {
    vec part[PARTS];
};

/* The partial sums' sum: halves added to halves, until one is left. */
INLINE float tree(struct sixteen sums)
{
    float s[COLUMNS];
    UNROLL
    for (int i = 0; i < PARTS; i++)
        __builtin_memcpy(s + i * WIDTH, &sums.part[i], sizeof(vec));
    UNROLL
    for (int i = 0; i < 8; i++)
        s[i] += s[i + 8];
    UNROLL
    for (int i = 0; i < 4; i++)
        s[i] += s[i + 4];
    return (s[0] + s[2]) + (s[1] + s[3]);
}

#endif
