/* Elementary functions with the same bits on every machine.
 *
 * Only IEEE additions, multiplications, divisions, square roots and explicit fused multiply-adds are used, in a written
 * order; the file has to be compiled with -ffp-contract=off and without -ffast-math. No function branches on its
 * argument, so that loops over them vectorise. A NaN that a function gives is always the same NaN.
 *
 * Largest errors in units of the last place, measured by tests/core/accuracy.py (float32: all 2^32 arguments; float64:
 * against mpmath, 200,000 arguments of each of several ranges):
 *   a2c_expf 0.853, a2c_logf 0.841, a2c_tanhf 0.762, a2c_exp 0.833, a2c_log 0.801
 *   a2c_sincos 0.504 for |x| <= 2^30 (beyond: NaN); 1 result of 5,000 is not the nearest double
 * The tables of coefficients are made by tests/core/coefficients.py. */
#ifndef A2C_FUNCTIONS_H
#define A2C_FUNCTIONS_H

#include <stdint.h>

#define A2C_INLINE static inline __attribute__((always_inline, unused))

/* ------------------------------------------------------------------------------------------------ bits and numbers */

A2C_INLINE uint32_t a2c_bitsf(float x)
{
    union {
        float number;
        uint32_t bits;
    } both = {x};
    return both.bits;
}

A2C_INLINE float a2c_from_bitsf(uint32_t bits)
{
    union {
        uint32_t bits;
        float number;
    } both = {bits};
    return both.number;
}

A2C_INLINE uint64_t a2c_bits(double x)
{
    union {
        double number;
        uint64_t bits;
    } both = {x};
    return both.bits;
}

A2C_INLINE double a2c_from_bits(uint64_t bits)
{
    union {
        uint64_t bits;
        double number;
    } both = {bits};
    return both.number;
}

/* The one NaN that we store: quiet, positive, no payload. Machines differ in the NaN that an operation makes. */
#define A2C_NANF a2c_from_bitsf(0x7fc00000u)
#define A2C_NAN a2c_from_bits(0x7ff8000000000000u)

A2C_INLINE float a2c_canonicalf(float x)
{
    return x == x ? x : A2C_NANF;
}
A2C_INLINE double a2c_canonical(double x)
{
    return x == x ? x : A2C_NAN;
}

A2C_INLINE float a2c_absf(float x)
{
    return a2c_from_bitsf(a2c_bitsf(x) & 0x7fffffffu);
}
A2C_INLINE double a2c_abs(double x)
{
    return a2c_from_bits(a2c_bits(x) & 0x7fffffffffffffffu);
}

/* x with the sign of y. */
A2C_INLINE float a2c_signedf(float x, float y)
{
    return a2c_from_bitsf((a2c_bitsf(x) & 0x7fffffffu) | (a2c_bitsf(y) & 0x80000000u));
}
A2C_INLINE double a2c_signed(double x, double y)
{
    return a2c_from_bits((a2c_bits(x) & 0x7fffffffffffffffu) | (a2c_bits(y) & 0x8000000000000000u));
}

/* Zero for subnormal x, else x: denormals are cut by comparison, as the CPU's mode belongs to the caller. */
A2C_INLINE float a2c_cut(float x)
{
    return a2c_absf(x) < 0x1p-126f ? 0.0f : x;
}

/* The square root is one instruction everywhere (compile with -fno-math-errno, else libm is called). */
A2C_INLINE double a2c_sqrt(double x)
{
    return a2c_canonical(__builtin_sqrt(x));
}

/* ------------------------------------------------------------------------------------------- fused multiply and add */

/* x y + z, rounded once, without hardware for it.
 *
 * The product of two floats is exact in double. Their sum is rounded to odd (Boldo and Melquiond, "Emulation of FMA and
 * correctly rounded sums: proved algorithms using rounding to odd", IEEE Transactions on Computers 57(4), 2008): where
 * the sum is inexact and its last bit is even, it moves one step towards the exact value. Rounding that to float
 * is then the same as rounding once. */
A2C_INLINE float a2c_soft_fmaf(float x, float y, float z)
{
    double product = (double)x * (double)y, addend = (double)z;
    double sum = product + addend;
    double back = sum - product;
    double error = (product - (sum - back)) + (addend - back); /* exact; NaN where the sum is not finite */
    uint64_t bits = a2c_bits(sum);
    uint64_t inexact = (uint64_t)(error < 0.0) | (uint64_t)(error > 0.0), even = ~bits & 1u;
    uint64_t away = (uint64_t)((error > 0.0) == (sum > 0.0)); /* the exact value is farther from zero */
    bits += (inexact & even) * (2u * away - 1u);
    return (float)a2c_from_bits(bits);
}

/* The same for doubles, in integers: functions.c. */
double a2c_soft_fma(double x, double y, double z);

#if defined(__FMA__) || defined(__aarch64__)
A2C_INLINE float a2c_fmaf(float x, float y, float z)
{
    return __builtin_fmaf(x, y, z);
}
A2C_INLINE double a2c_fma(double x, double y, double z)
{
    return __builtin_fma(x, y, z);
}
#else
A2C_INLINE float a2c_fmaf(float x, float y, float z)
{
    return a2c_soft_fmaf(x, y, z);
}
A2C_INLINE double a2c_fma(double x, double y, double z)
{
    return a2c_soft_fma(x, y, z);
}
#endif

/* ---------------------------------------------------------------------------------------------- float32: exp and tanh
 */

/* Adding and taking off 1.5 * 2^23 rounds a float to the nearest integer, and leaves that integer in the last bits. */
#define A2C_ROUNDERF 0x1.8p23f
#define A2C_ROUNDER 0x1.8p52

/* 2^k for a whole k from -126 to 127. */
A2C_INLINE float a2c_power_of_2f(float k)
{
    return a2c_from_bitsf((a2c_bitsf(k + A2C_ROUNDERF) + 127u) << 23);
}

struct reducedf {
    float whole, high, rest;
};

/* x = whole * log(2) + r with |r| <= log(2) / 2, and exp(r) = 1 + high + rest.
 *
 * exp(r) - 1 = r + r^2 q(r). The first part of log(2) has 13 bits, so that its product with `whole` is exact; what the
 * second part's rounding loses goes into `rest`. */
A2C_INLINE struct reducedf a2c_reduce_expf(float x)
{
    const float log2e = 0x1.715476p+0f, ln2_high = 0x1.62ep-1f, ln2_low = 0x1.0bfbe8p-15f;
    float k = a2c_fmaf(x, log2e, A2C_ROUNDERF) - A2C_ROUNDERF;
    float exact = a2c_fmaf(-k, ln2_high, x);
    float r = a2c_fmaf(-k, ln2_low, exact);
    float lost = a2c_fmaf(-k, ln2_low, exact - r);
    float q = 0x1.a124e4p-13f;
    q = a2c_fmaf(q, r, 0x1.6d4316p-10f);
    q = a2c_fmaf(q, r, 0x1.1110e0p-7f);
    q = a2c_fmaf(q, r, 0x1.5554eap-5f);
    q = a2c_fmaf(q, r, 0x1.555556p-3f);
    q = a2c_fmaf(q, r, 0.5f);
    return (struct reducedf){k, r, a2c_fmaf(r * r, q, lost)};
}

/* exp(x) = 2^k (1 + (exp(r) - 1)). The power is applied in two halves, so that subnormal results come out right. */
A2C_INLINE float a2c_expf(float x)
{
    float y = x < -104.0f ? -104.0f : x;
    y = y > 89.0f ? 89.0f : y;
    struct reducedf reduced = a2c_reduce_expf(y);
    float first = (0.5f * reduced.whole + A2C_ROUNDERF) - A2C_ROUNDERF;
    float second = reduced.whole - first;
    float result = 1.0f + (reduced.high + reduced.rest);
    result = result * a2c_power_of_2f(first) * a2c_power_of_2f(second);
    return a2c_canonicalf(result);
}

/* tanh(x) = e / (e + 2) with e = exp(2 |x|) - 1, and the sign of x. e is carried as a sum of two floats, and the
 * quotient is corrected by its remainder. From 9.1 on the result is 1. */
A2C_INLINE float a2c_tanhf(float x)
{
    float y = a2c_absf(x);
    y = y > 9.1f ? 9.1f : y;
    struct reducedf reduced = a2c_reduce_expf(2.0f * y);
    float power = a2c_power_of_2f(reduced.whole);
    float big = power - 1.0f, small = power * reduced.high;
    float sum = big + small, back = sum - big; /* two-sum: big may be zero */
    float low = ((big - (sum - back)) + (small - back)) + power * reduced.rest;
    float high = sum + low;
    low = (sum - high) + low;
    float inverse = 1.0f / (high + 2.0f);
    float below = high + 2.0f, below_low = ((2.0f - below) + high) + low;
    below_low = high > 2.0f ? ((high - below) + 2.0f) + low : below_low;
    float quotient = high * inverse;
    float remainder = a2c_fmaf(-quotient, below, high) + a2c_fmaf(-quotient, below_low, low);
    float result = a2c_fmaf(remainder, inverse, quotient);
    return x == x ? a2c_signedf(result, x) : A2C_NANF;
}

/* --------------------------------------------------------------------------------------------------- float32: log */

/* x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2); log(x) = k log(2) + f - f^2/2 + f^3 p(f). */
A2C_INLINE float a2c_logf(float x)
{
    const float ln2_high = 0x1.62ep-1f, ln2_low = 0x1.0bfbe8p-15f;
    const uint32_t root = 0x3f3504f3u; /* sqrt(1/2) */
    int subnormal = x < 0x1p-126f;
    float scaled = subnormal ? x * 0x1p23f : x;
    uint32_t bits = a2c_bitsf(scaled) + (0x3f800000u - root);
    float k = (float)(int32_t)(bits >> 23) - (subnormal ? 150.0f : 127.0f);
    float f = a2c_from_bitsf((bits & 0x007fffffu) + root) - 1.0f;
    float p = 0x1.1d8ea4p-4f;
    p = a2c_fmaf(p, f, -0x1.d635bcp-4f);
    p = a2c_fmaf(p, f, 0x1.dea282p-4f);
    p = a2c_fmaf(p, f, -0x1.fcf4c6p-4f);
    p = a2c_fmaf(p, f, 0x1.23d21ap-3f);
    p = a2c_fmaf(p, f, -0x1.555b4ap-3f);
    p = a2c_fmaf(p, f, 0x1.999d5ap-3f);
    p = a2c_fmaf(p, f, -0x1.fffffcp-3f);
    p = a2c_fmaf(p, f, 0x1.555554p-2f);
    float square = f * f;
    float rest = a2c_fmaf(square, a2c_fmaf(p, f, -0.5f), k * ln2_low);
    float large = k * ln2_high, sum = large + f;
    float lost = k == 0.0f ? 0.0f : (large - sum) + f;
    float result = sum + (lost + rest);
    result = x == 0.0f ? -__builtin_inff() : result;
    result = x > 0x1.fffffep127f ? x : result;
    return x >= 0.0f ? result : A2C_NANF;
}

/* --------------------------------------------------------------------------------------------- float64: exp and log */

/* 2^k for a whole k from -1022 to 1023. */
A2C_INLINE double a2c_power_of_2(double k)
{
    return a2c_from_bits((a2c_bits(k + A2C_ROUNDER) + 1023u) << 52);
}

/* As a2c_expf, in double. */
A2C_INLINE double a2c_exp(double x)
{
    const double log2e = 0x1.71547652b82fep+0, ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    double y = x < -746.0 ? -746.0 : x;
    y = y > 710.0 ? 710.0 : y;
    double k = a2c_fma(y, log2e, A2C_ROUNDER) - A2C_ROUNDER;
    double exact = a2c_fma(-k, ln2_high, y);
    double r = a2c_fma(-k, ln2_low, exact);
    double lost = a2c_fma(-k, ln2_low, exact - r);
    double q = 0x1.1f72fc74545dfp-29;
    q = a2c_fma(q, r, 0x1.af4ddd84882fep-26);
    q = a2c_fma(q, r, 0x1.27e4db67b356dp-22);
    q = a2c_fma(q, r, 0x1.71de02375656cp-19);
    q = a2c_fma(q, r, 0x1.a01a01a6d780fp-16);
    q = a2c_fma(q, r, 0x1.a01a01abe62ddp-13);
    q = a2c_fma(q, r, 0x1.6c16c16c162d6p-10);
    q = a2c_fma(q, r, 0x1.11111111100dfp-7);
    q = a2c_fma(q, r, 0x1.5555555555556p-5);
    q = a2c_fma(q, r, 0x1.5555555555557p-3);
    q = a2c_fma(q, r, 0.5);
    double result = 1.0 + (r + a2c_fma(r * r, q, lost));
    double first = (0.5 * k + A2C_ROUNDER) - A2C_ROUNDER;
    return a2c_canonical(result * a2c_power_of_2(first) * a2c_power_of_2(k - first));
}

/* x = 2^k (1 + f) as in a2c_logf; with s = f / (2 + f), z = s^2:
 * log(1 + f) = f - (f^2/2 - s (f^2/2 + z p(z))), the form of Sun's fdlibm (e_log.c), our coefficients. */
A2C_INLINE double a2c_log(double x)
{
    const double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    const uint64_t root = 0x3fe6a09e667f3bcdu; /* sqrt(1/2) */
    int subnormal = x < 0x1p-1022;
    double scaled = subnormal ? x * 0x1p54 : x;
    uint64_t bits = a2c_bits(scaled) + (0x3ff0000000000000u - root);
    double k = a2c_from_bits(0x4330000000000000u | (bits >> 52)) - 0x1p52; /* an integer below 2^52 as a double */
    k = k - (subnormal ? 1077.0 : 1023.0);
    double f = a2c_from_bits((bits & 0x000fffffffffffffu) + root) - 1.0;
    double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
    double p = 0x1.0c039c49989c6p-3;
    p = a2c_fma(p, z, 0x1.0fbe95d716020p-3);
    p = a2c_fma(p, z, 0x1.3b1c355a8f7a2p-3);
    p = a2c_fma(p, z, 0x1.745cf9048dd95p-3);
    p = a2c_fma(p, z, 0x1.c71c720159177p-3);
    p = a2c_fma(p, z, 0x1.2492492476cccp-2);
    p = a2c_fma(p, z, 0x1.9999999999a38p-2);
    p = a2c_fma(p, z, 0x1.5555555555555p-1);
    double rest = a2c_fma(s, a2c_fma(z, p, half), k * ln2_low);
    double result = k * ln2_high - ((half - rest) - f);
    result = x == 0.0 ? -__builtin_inf() : result;
    result = x > 0x1.fffffffffffffp1023 ? x : result;
    return x >= 0.0 ? result : A2C_NAN;
}

/* --------------------------------------------------------------------------------------------- float64: sin and cos */

struct circle {
    double sin, cos;
};
struct reduced {
    double high, low;
    uint64_t quarter;
};

/* x = quarter * pi/2 + high + low, |high| <= pi/4. pi/2 stands in three doubles (Cody and Waite); the product with the
 * first is exact under fma, the error of the second product and of the subtraction go into `low`. */
A2C_INLINE struct reduced a2c_reduce_angle(double x)
{
    const double half_pi_1 = 0x1.921fb54442d18p+0, half_pi_2 = 0x1.1a62633145c07p-54,
                 half_pi_3 = -0x1.f1976b7ed8fbcp-110;
    double shifted = a2c_fma(x, 0x1.45f306dc9c883p-1, A2C_ROUNDER), k = shifted - A2C_ROUNDER;
    double exact = a2c_fma(-k, half_pi_1, x);
    double product = k * half_pi_2, product_error = a2c_fma(k, half_pi_2, -product);
    double high = exact - product, back = high - exact;
    double low = (exact - (high - back)) - (product + back); /* two-sum of exact and -product */
    return (struct reduced){high, low - a2c_fma(k, half_pi_3, product_error), a2c_bits(shifted)};
}

/* sin(r) = r + r^3 (-1/6 + z p(z)), z = r^2, for r = high + low; terms above 2^-60 are carried as sums of two doubles.
 */
A2C_INLINE double a2c_sin_part(double high, double low, double z, double z_low, double cos_about)
{
    double p = -0x1.ab93fac181465p-41;
    p = a2c_fma(p, z, 0x1.61225b3a14623p-33);
    p = a2c_fma(p, z, -0x1.ae64553422a2cp-26);
    p = a2c_fma(p, z, 0x1.71de3a550cb62p-19);
    p = a2c_fma(p, z, -0x1.a01a01a019ed6p-13);
    p = a2c_fma(p, z, 0x1.1111111111111p-7);
    double term = z * p;
    double c = -0x1.5555555555555p-3 + term, c_low = ((-0x1.5555555555555p-3 - c) + term) - 0x1.5555555555555p-57;
    double w = z * c, w_low = a2c_fma(z, c, -w) + a2c_fma(z, c_low, z_low * c);
    double t = high * w, t_low = a2c_fma(high, w, -t) + high * w_low;
    double sum = high + t;
    double result = sum + (((high - sum) + t) + a2c_fma(low, cos_about, t_low));
    return a2c_signed(result, high); /* keeps the sign of zero */
}

/* cos(r) = 1 - z/2 + z^2 (1/24 + z p(z)), likewise. */
A2C_INLINE double a2c_cos_part(double high, double low, double z, double z_low)
{
    double p = 0x1.abe6c8cf00c7dp-45;
    p = a2c_fma(p, z, -0x1.93957de519894p-37);
    p = a2c_fma(p, z, 0x1.1eed8e6c48375p-29);
    p = a2c_fma(p, z, -0x1.27e4fb775f632p-22);
    p = a2c_fma(p, z, 0x1.a01a01a019f8ap-16);
    p = a2c_fma(p, z, -0x1.6c16c16c16c17p-10);
    double term = z * p;
    double c = 0x1.5555555555555p-5 + term, c_low = ((0x1.5555555555555p-5 - c) + term) + 0x1.5555555555555p-59;
    double square = z * z, square_low = a2c_fma(z, z, -square) + 2.0 * z * z_low;
    double t = square * c, t_low = a2c_fma(square, c, -t) + a2c_fma(square_low, c, square * c_low);
    double half = 0.5 * z, first = 1.0 - half, first_low = (1.0 - first) - half;
    double sum = first + t, sum_low = (first - sum) + t;
    double sin_about = a2c_fma(high * z, -0x1.5555555555555p-3, high);
    return sum + (sum_low + (first_low + a2c_fma(-low, sin_about, a2c_fma(-0.5, z_low, t_low))));
}

/* sin(x) and cos(x). In quarter 0 they are sin(r) and cos(r); each further quarter turns (sin, cos) to (cos, -sin). */
A2C_INLINE struct circle a2c_sincos(double x)
{
    struct reduced r = a2c_reduce_angle(x);
    double z = r.high * r.high, z_low = a2c_fma(r.high, r.high, -z);
    double c = a2c_cos_part(r.high, r.low, z, z_low);
    double s = a2c_sin_part(r.high, r.low, z, z_low, c);
    uint64_t swap = 0u - (r.quarter & 1u), s_bits = a2c_bits(s), c_bits = a2c_bits(c);
    uint64_t sin_sign = (r.quarter & 2u) << 62, cos_sign = ((r.quarter + 1u) & 2u) << 62;
    double sine = a2c_from_bits(((s_bits & ~swap) | (c_bits & swap)) ^ sin_sign);
    double cosine = a2c_from_bits(((c_bits & ~swap) | (s_bits & swap)) ^ cos_sign);
    int inside = a2c_abs(x) <= 0x1p30;
    return (struct circle){inside ? sine : A2C_NAN, inside ? cosine : A2C_NAN};
}

A2C_INLINE double a2c_sin(double x)
{
    return a2c_sincos(x).sin;
}
A2C_INLINE double a2c_cos(double x)
{
    return a2c_sincos(x).cos;
}

#endif
