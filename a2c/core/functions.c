/* The fused multiply-add of doubles, without hardware for it, in integers. */
#include "functions.h"

typedef unsigned __int128 wide;

/* A finite number that is not zero: (-1)^negative * fraction * 2^exponent. */
struct parts {
    uint64_t fraction;
    int exponent, negative;
};

static struct parts take_apart(double x)
{
    uint64_t bits = a2c_bits(x);
    int exponent = (int)(bits >> 52) & 0x7ff;
    uint64_t fraction = bits & 0x000fffffffffffffu;
    fraction = exponent ? fraction | 0x0010000000000000u : fraction;
    return (struct parts){fraction, (exponent ? exponent : 1) - 1075, (int)(bits >> 63)};
}

/* How many bits there are up to the highest that is set, for x > 0. */
static int length(wide x)
{
    uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
    return high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll(low);
}

/* x 2^-n with a last bit that is set if anything is lost ("sticky"), for n >= 0. */
static wide shift_right(wide x, int n)
{
    if (n <= 0)
        return x;
    if (n > 127)
        return x != 0;
    return x >> n | ((x & (((wide)1 << n) - 1)) != 0);
}

/* The nearest double of (-1)^negative * x * 2^exponent, ties to even; x is not 0 and may end in a sticky bit. */
static double put_together(wide x, int exponent, int negative)
{
    uint64_t sign = (uint64_t)negative << 63;
    int top = length(x) + exponent; /* x 2^exponent lies in [2^(top-1), 2^top) */
    if (top > 1024)
        return a2c_from_bits(sign | 0x7ff0000000000000u);
    int last = top - 53 > -1074 ? top - 53 : -1074; /* the exponent of the result's last bit */
    int drop = last - exponent;
    wide kept = drop > 2 ? shift_right(x, drop - 2) : x << (2 - drop); /* two bits more than the result has */
    uint64_t fraction = (uint64_t)(kept >> 2), rest = (uint64_t)kept & 3u;
    fraction += rest > 2u || (rest == 2u && (fraction & 1u));
    /* A fraction of 2^52 or more carries the exponent's first unit with it; a smaller one is subnormal. */
    return a2c_from_bits(sign | (fraction + ((uint64_t)(last + 1074) << 52)));
}

/* x y + z, rounded once. */
double a2c_soft_fma(double x, double y, double z)
{
    const double largest = 0x1.fffffffffffffp1023;
    int finite = a2c_abs(x) <= largest && a2c_abs(y) <= largest;
    if (!finite || x == 0.0 || y == 0.0)
        return x * y + z; /* no rounding, or one only */
    if (!(a2c_abs(z) <= largest))
        return z; /* infinite or NaN: a product that overflows does not matter */
    struct parts a = take_apart(x), b = take_apart(y), c = take_apart(z);
    wide product = (wide)a.fraction * b.fraction;
    int exponent = a.exponent + b.exponent, negative = a.negative ^ b.negative;
    if (z == 0.0)
        return put_together(product, exponent, negative);
    wide addend = c.fraction;
    /* Both get as many bits as fit; the smaller one is then moved to the larger one's exponent. */
    int up = 126 - length(product), up_addend = 126 - length(addend);
    product <<= up;
    addend <<= up_addend;
    exponent -= up;
    c.exponent -= up_addend;
    int common = exponent > c.exponent ? exponent : c.exponent;
    product = shift_right(product, common - exponent);
    addend = shift_right(addend, common - c.exponent);
    if (negative == c.negative)
        return put_together(product + addend, common, negative);
    if (product == addend)
        return 0.0;
    return product > addend ? put_together(product - addend, common, negative)
                            : put_together(addend - product, common, c.negative);
}
