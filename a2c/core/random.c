#include "random.h"

#include "functions.h"

/* The step composed with itself, by squaring (Brown, "Random number generation with arbitrary strides", 1994). */
void a2c_advance(struct stream *stream, uint64_t draws)
{
    a2c_u128 multiplier = A2C_PCG_MULTIPLIER, all_multiplier = 1, all_increment = 0;
    a2c_u128 increment = ((a2c_u128)stream->increment_high << 64) | stream->increment_low;
    a2c_u128 state = ((a2c_u128)stream->state_high << 64) | stream->state_low;
    for (; draws; draws >>= 1) {
        if (draws & 1u) {
            all_multiplier *= multiplier;
            all_increment = all_increment * multiplier + increment;
        }
        increment *= multiplier + 1;
        multiplier *= multiplier;
    }
    state = state * all_multiplier + all_increment;
    stream->state_low = (uint64_t)state;
    stream->state_high = (uint64_t)(state >> 64);
}

void a2c_uniforms(struct stream *stream, double *out, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = a2c_uniform(stream);
}

enum { BLOCK = 64 }; /* drawn one after the other, then transformed side by side */

void a2c_gumbel(struct stream *stream, float *out, int64_t n)
{
    double uniform[BLOCK];
    for (int64_t start = 0; start < n; start += BLOCK) {
        int64_t size = n - start < BLOCK ? n - start : BLOCK;
        a2c_uniforms(stream, uniform, size);
        for (int64_t i = 0; i < size; i++)
            out[start + i] = (float)-a2c_log(-a2c_log(uniform[i]));
    }
}

void a2c_logistic(struct stream *stream, float *out, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double u = a2c_uniform(stream);
        out[i] = (float)(a2c_log(u) - a2c_log(1.0 - u));
    }
}

void a2c_normal(struct stream *stream, float *out, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double u = a2c_uniform(stream);
        out[i] = (float)a2c_inverse_normal(u > 0.0 ? u : 0x1p-54);
    }
}

/* (n0 + n1 r + ... + n7 r^7) / (1 + d0 r + ... + d6 r^7) */
static double ratio(double r, const double *n, const double *d)
{
    double above = n[7], below = d[6];
    for (int i = 6; i >= 0; i--)
        above = a2c_fma(above, r, n[i]);
    for (int i = 5; i >= 0; i--)
        below = a2c_fma(below, r, d[i]);
    return above / a2c_fma(below, r, 1.0);
}

/* Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37(3), 1988:
 * PPND16. A ratio of polynomials about the middle, and two more of sqrt(-log(p)) for the tails. */
double a2c_inverse_normal(double p)
{
    static const double middle[] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                    1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                    3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double middle_below[] = {4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                                          2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
                                          5.2264952788528545610e+3};
    static const double tail[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                                  3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                                  2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double tail_below[] = {2.05319162663775882187e0,  1.67638483018380384940e0,  6.89767334985100004550e-1,
                                        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                                        1.05075007164441684324e-9};
    static const double far[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                                 2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                 2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double far_below[] = {5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                                       7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                                       2.04426310338993978564e-15};
    double q = p - 0.5;
    if (a2c_abs(q) <= 0.425)
        return q * ratio(0.180625 - q * q, middle, middle_below);
    double r = a2c_sqrt(-a2c_log(q < 0.0 ? p : 1.0 - p));
    double x = r <= 5.0 ? ratio(r - 1.6, tail, tail_below) : ratio(r - 5.0, far, far_below);
    return q < 0.0 ? -x : x;
}
