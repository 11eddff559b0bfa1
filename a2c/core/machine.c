/* Which builds this CPU can run, and how fast it computes in registers: the limit of what the core can reach. */
#include "vector.h"

EXPORT int64_t a2c_level(void);
EXPORT float a2c_multiply_adds(int64_t times);
EXPORT float a2c_roots(int64_t times);
EXPORT const char *a2c_sources(void);

#if defined(__x86_64__)

#include <cpuid.h>

/* The register that says which vector registers the operating system saves. */
static uint32_t saved(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static int has(uint32_t flags, uint32_t wanted) { return (flags & wanted) == wanted; }

/* 1: x86-64; 3: x86-64-v3 (AVX2, FMA); 4: x86-64-v4 (AVX-512). The bits are those of Intel's manual, CPUID. */
int64_t a2c_level(void)
{
    uint32_t a, b, c, d, c_1, b_7;
    const uint32_t v3_c_1 = bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C;
    const uint32_t v3_b_7 = bit_AVX2 | bit_BMI | bit_BMI2;
    const uint32_t v4_b_7 = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
    if (!__get_cpuid(1, &a, &b, &c_1, &d) || !__get_cpuid_count(7, 0, &a, &b_7, &c, &d))
        return 1;
    if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !has(c, bit_LZCNT))
        return 1;
    if (!has(c_1, v3_c_1) || !has(b_7, v3_b_7) || !has(saved(), 0x6))
        return 1;
    return has(b_7, v4_b_7) && has(saved(), 0xe6) ? 4 : 3;
}

#else

int64_t a2c_level(void) { return 1; }

#endif

#define CHAINS 12 /* independent sums: enough for any CPU to begin two a cycle */

static void begin(vec *sums)
{
    UNROLL
    for (int i = 0; i < CHAINS; i++)
        sums[i] = broadcast((float)(i + 1));
}

static float end(const vec *sums)
{
    vec sum = sums[0];
    UNROLL
    for (int i = 1; i < CHAINS; i++)
        sum += sums[i];
    return sum[0];
}

/* times * CHAINS * WIDTH multiply-adds; gives a number so that the loop is run. */
float a2c_multiply_adds(int64_t times)
{
    vec sums[CHAINS], factor = broadcast(0.999f), addend = broadcast(0.001f);
    begin(sums);
    for (int64_t t = 0; t < times; t++)
        UNROLL
        for (int i = 0; i < CHAINS; i++)
            sums[i] = fused(sums[i], factor, addend);
    return end(sums);
}

/* times * CHAINS * WIDTH square roots and divisions, as an optimiser's step has one each for a weight. */
float a2c_roots(int64_t times)
{
    vec sums[CHAINS], root = {0};
    begin(sums);
    for (int64_t t = 0; t < times; t++)
        UNROLL
        for (int i = 0; i < CHAINS; i++) {
            UNROLL
            for (int j = 0; j < WIDTH; j++)
                root[j] = __builtin_sqrtf(sums[i][j]);
            sums[i] = 2 / root;
        }
    return end(sums);
}

/* The hash of the sources that this build was made of. */
const char *a2c_sources(void) { return A2C_SOURCES; }
