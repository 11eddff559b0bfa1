/* What the kernels compute, each sum as a plain loop in the order that is written down. */
#include <math.h>
#include <stdint.h>

/* y = start + a b;   a [rows][inner], b [inner][columns] */
void product(int64_t rows, int64_t inner, int64_t columns, const float *a, const float *b, const float *start, float *y)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            float sum = start[r * columns + c];
            for (int64_t k = 0; k < inner; k++)
                sum = fmaf(a[r * inner + k], b[k * columns + c], sum);
            y[r * columns + c] = sum;
        }
}

/* Partial sums: halves added to halves. */
static float tree(float *s)
{
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            s[i] += s[i + half];
    return s[0];
}

/* y[r][o] = bias[o] + x[r] w[o];   x [rows][columns], w [outputs][columns] */
void dots(int64_t rows, int64_t outputs, int64_t columns, const float *x, const float *w, const float *bias, float *y)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t o = 0; o < outputs; o++) {
            float sums[16] = {0};
            for (int64_t c = 0; c < columns; c++)
                sums[c % 16] = fmaf(x[r * columns + c], w[o * columns + c], sums[c % 16]);
            y[r * outputs + o] = bias[o] + tree(sums);
        }
}

void sum_rows(int64_t rows, int64_t columns, const float *x, float *sum)
{
    for (int64_t c = 0; c < columns; c++) {
        sum[c] = 0;
        for (int64_t r = 0; r < rows; r++)
            sum[c] += x[r * columns + c];
    }
}

float squares(int64_t n, const float *x)
{
    float sums[64] = {0}, sixteen[16];
    for (int64_t i = 0; i < n; i++)
        sums[i % 64] += x[i] * x[i];
    for (int i = 0; i < 16; i++)
        sixteen[i] = (sums[i] + sums[i + 32]) + (sums[i + 16] + sums[i + 48]);
    return tree(sixteen);
}

void multiply_add(int64_t n, const float *a, const float *b, const float *c, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = fmaf(a[i], b[i], c[i]);
}
