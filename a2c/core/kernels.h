/* The kernels: one matrix product for all that a layer does, one for heads, and what runs along arrays. */
#ifndef A2C_KERNELS_H
#define A2C_KERNELS_H

#include "vector.h"

/* Y[r, c] = start[r, c] + sum over k of A[r, k] B[k, c], for `rows` rows and `panels` times 16 columns.
 *
 * The sum begins with `start` (0 where it is NULL) and goes through k = 0, 1, ... with one fused multiply-add each: it
 * is the same whatever the tiles. Where things lie:
 *
 *     A[r, k]                a[r * a_row + k * a_step]                 one of a_row and a_step is 1
 *     B[k, 16 p + c]         b[p * b_panel + k * b_step + c]
 *     Y[r, 16 p + c]         y[r * y_row + p * y_panel + c]            start likewise
 */
struct product {
    int64_t rows, inner, panels;
    const float *a;
    int64_t a_row, a_step;
    const float *b;
    int64_t b_step, b_panel;
    const float *start;
    int64_t start_row, start_panel;
    float *y;
    int64_t y_row, y_panel;
};

EXPORT void a2c_product(const struct product *p);

/* y[r, o] = bias[o] + sum over c of x[r, c] w[o, c] in sixteen partial sums; `panels` times 16 columns. */
EXPORT void a2c_dots(int64_t rows, int64_t outputs, int64_t panels, const float *x, int64_t x_row, const float *w,
                     const float *bias, float *y, int64_t y_row);

/* to = from transposed: panels of `outputs`, [panel][input][16], to `n` panels of inputs from panel `first` on,
 * [panel][output][16]. Columns behind the last input are 0. */
EXPORT void a2c_transpose(int64_t inputs, int64_t outputs, int64_t first, int64_t n, const float *from, float *to);

/* sum over rows of x[r, c], for `panels` times 16 columns. */
EXPORT void a2c_sum_rows(int64_t rows, int64_t panels, const float *x, int64_t x_row, float *sum);

/* sum of the squares of n numbers, n a multiple of 64, in 64 partial sums: number i adds to partial sum i mod 64. */
EXPORT float a2c_squares(int64_t n, const float *x);

/* The activation functions and their derivatives, n numbers, in place; y is the function's output. */
EXPORT void a2c_relu(int64_t n, float *x);
EXPORT void a2c_tanh(int64_t n, float *x);
EXPORT void a2c_through_relu(int64_t n, float *d, const float *y);
EXPORT void a2c_through_tanh(int64_t n, float *d, const float *y);

#endif
