/* The core's functions over arrays, as the tests call them. */
#include <stdint.h>

void a2c_expf_of(const float *x, float *y, int64_t n);
void a2c_logf_of(const float *x, float *y, int64_t n);
void a2c_tanhf_of(const float *x, float *y, int64_t n);
void a2c_fmaf_of(const float *x, const float *y, const float *z, float *w, int64_t n);
void a2c_soft_fmaf_of(const float *x, const float *y, const float *z, float *w, int64_t n);
void a2c_exp_of(const double *x, double *y, int64_t n);
void a2c_log_of(const double *x, double *y, int64_t n);
void a2c_sincos_of(const double *x, double *sines, double *cosines, int64_t n);
void a2c_fma_of(const double *x, const double *y, const double *z, double *w, int64_t n);
void a2c_soft_fma_of(const double *x, const double *y, const double *z, double *w, int64_t n);
