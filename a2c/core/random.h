/* Random numbers: NumPy's PCG64, and noise made from its doubles. */
#ifndef A2C_RANDOM_H
#define A2C_RANDOM_H

#include <stdint.h>

/* PCG XSL-RR 128/64 (O'Neill, "PCG: a family of simple fast space-efficient statistically good algorithms for random
 * number generation", HMC-CS-2014-0905, 2014), as NumPy's PCG64. The four integers are those of
 * `numpy.random.PCG64(sequence).state["state"]`, each of 128 bits in two halves. */
struct stream {
    uint64_t state_low, state_high, increment_low, increment_high;
};

typedef unsigned __int128 a2c_u128;

#define A2C_PCG_MULTIPLIER (((a2c_u128)0x2360ed051fc65da4u << 64) | 0x4385df649fccf645u)

/* The next 64 bits: one step of state <- state * multiplier + increment, then the halves' xor, turned by the top bits.
 */
static inline uint64_t a2c_next(struct stream *stream)
{
    a2c_u128 state = ((a2c_u128)stream->state_high << 64) | stream->state_low;
    a2c_u128 increment = ((a2c_u128)stream->increment_high << 64) | stream->increment_low;
    state = state * A2C_PCG_MULTIPLIER + increment;
    stream->state_low = (uint64_t)state;
    stream->state_high = (uint64_t)(state >> 64);
    uint64_t mixed = stream->state_high ^ stream->state_low;
    unsigned turn = (unsigned)(stream->state_high >> 58);
    return (mixed >> turn) | (mixed << (-turn & 63u));
}

/* A double in [0, 1): the upper 53 bits, as `Generator.random`. */
static inline double a2c_uniform(struct stream *stream)
{
    return (double)(a2c_next(stream) >> 11) * 0x1p-53;
}

/* A double in [low, high), as `Generator.uniform`: two roundings, not one. */
static inline double a2c_between(struct stream *stream, double low, double high)
{
    return low + (high - low) * a2c_uniform(stream);
}

/* As if `draws` numbers had been drawn. */
void a2c_advance(struct stream *stream, uint64_t draws);

/* n doubles in [0, 1). */
void a2c_uniforms(struct stream *stream, double *out, int64_t n);

/* n standard Gumbel variates, one draw each: -log(-log(u)), computed in double, rounded to float. u = 0 gives
 * -infinity: that action is never taken. */
void a2c_gumbel(struct stream *stream, float *out, int64_t n);

/* n standard logistic variates, one draw each: log(u) - log(1 - u), computed in double, rounded to float. u = 0 gives
 * -infinity. */
void a2c_logistic(struct stream *stream, float *out, int64_t n);

/* n standard normal variates, one draw each: the inverse of the normal distribution at u, computed in double, rounded
 * to float. u = 0 is taken as 2^-54, so that every number is finite. */
void a2c_normal(struct stream *stream, float *out, int64_t n);

/* The inverse of the normal distribution for 0 < p < 1 (algorithm AS 241). */
double a2c_inverse_normal(double p);

#endif
