#include "arrays.h"

#include "../../a2c/core/functions.h"

void a2c_expf_of(const float *x, float *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = a2c_expf(x[i]);
}

void a2c_logf_of(const float *x, float *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = a2c_logf(x[i]);
}

void a2c_tanhf_of(const float *x, float *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = a2c_tanhf(x[i]);
}

void a2c_fmaf_of(const float *x, const float *y, const float *z, float *w, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        w[i] = a2c_fmaf(x[i], y[i], z[i]);
}

void a2c_soft_fmaf_of(const float *x, const float *y, const float *z, float *w, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        w[i] = a2c_soft_fmaf(x[i], y[i], z[i]);
}

void a2c_exp_of(const double *x, double *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = a2c_exp(x[i]);
}

void a2c_log_of(const double *x, double *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = a2c_log(x[i]);
}

void a2c_sincos_of(const double *x, double *sines, double *cosines, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        struct circle at = a2c_sincos(x[i]);
        sines[i] = at.sin;
        cosines[i] = at.cos;
    }
}

void a2c_fma_of(const double *x, const double *y, const double *z, double *w, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        w[i] = a2c_fma(x[i], y[i], z[i]);
}

void a2c_soft_fma_of(const double *x, const double *y, const double *z, double *w, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        w[i] = a2c_soft_fma(x[i], y[i], z[i]);
}
