#include "kernels.h"

#include "functions.h"

/* A tile's sums stay in registers: so many rows, so many panels at most. */
#if WIDTH == 16
#define TILE_ROWS 8
#define TILE_PANELS 2
#else
#define TILE_ROWS 4
#define TILE_PANELS 1
#endif

#define BLOCK 256 /* steps of a sum at a time, so that what is read again and again stays in the first cache */

/* `n` rows and `q` panels of Y from k = 0 to `inner`. The compiler sees n and q as constants. */
INLINE void tile(int n, int q, const struct product *p, int64_t row, int64_t panel, int64_t a_row, int64_t a_step)
{
    vec sum[TILE_ROWS][TILE_PANELS * PARTS];
    const float *start = p->start ? p->start + row * p->start_row + panel * p->start_panel : NULL;
    UNROLL
    for (int r = 0; r < n; r++)
        UNROLL
        for (int j = 0; j < q * PARTS; j++)
            sum[r][j] = start ? load(start + r * p->start_row + j / PARTS * p->start_panel + j % PARTS * WIDTH)
                              : (vec){0};
    const float *a = p->a + row * a_row, *b = p->b + panel * p->b_panel;
    for (int64_t k = 0; k < p->inner; k++, a += a_step, b += p->b_step) {
        vec of_b[TILE_PANELS * PARTS];
        UNROLL
        for (int j = 0; j < q * PARTS; j++)
            of_b[j] = load(b + j / PARTS * p->b_panel + j % PARTS * WIDTH);
        UNROLL
        for (int r = 0; r < n; r++) {
            vec of_a = broadcast(a[r * a_row]);
            UNROLL
            for (int j = 0; j < q * PARTS; j++)
                sum[r][j] = fused(of_a, of_b[j], sum[r][j]);
        }
    }
    float *y = p->y + row * p->y_row + panel * p->y_panel;
    UNROLL
    for (int r = 0; r < n; r++)
        UNROLL
        for (int j = 0; j < q * PARTS; j++)
            store(y + r * p->y_row + j / PARTS * p->y_panel + j % PARTS * WIDTH, sum[r][j]);
}

/* All rows of `q` panels, in tiles of 8, 4, 2 and 1 rows. */
INLINE void rows_of(int q, const struct product *p, int64_t panel, int64_t a_row, int64_t a_step)
{
    int64_t row = 0;
    for (; row + TILE_ROWS <= p->rows; row += TILE_ROWS)
        tile(TILE_ROWS, q, p, row, panel, a_row, a_step);
    int64_t left = p->rows - row;
    if (TILE_ROWS > 4 && left & 4)
        tile(4, q, p, row, panel, a_row, a_step);
    row += left & 4;
    if (left & 2)
        tile(2, q, p, row, panel, a_row, a_step);
    row += left & 2;
    if (left & 1)
        tile(1, q, p, row, panel, a_row, a_step);
}

INLINE void sweep(const struct product *p, int64_t a_row, int64_t a_step)
{
    int64_t panel = 0;
    for (; panel + TILE_PANELS <= p->panels; panel += TILE_PANELS)
        rows_of(TILE_PANELS, p, panel, a_row, a_step);
    for (; panel < p->panels; panel++)
        rows_of(1, p, panel, a_row, a_step);
}

void a2c_product(const struct product *whole)
{
    struct product p = *whole;
    for (int64_t k = 0; k == 0 || k < whole->inner; k += BLOCK) {
        p.inner = whole->inner - k < BLOCK ? whole->inner - k : BLOCK;
        p.a = whole->a + k * whole->a_step;
        p.b = whole->b + k * whole->b_step;
        if (p.a_step == 1)
            sweep(&p, p.a_row, 1);
        else
            sweep(&p, 1, p.a_step);
        p.start = p.y, p.start_row = p.y_row, p.start_panel = p.y_panel; /* the next steps of k go on from here */
    }
}

void a2c_dots(int64_t rows, int64_t outputs, int64_t panels, const float *x, int64_t x_row, const float *w,
              const float *bias, float *y, int64_t y_row)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t o = 0; o < outputs; o++) {
            const float *of_x = x + r * x_row, *of_w = w + o * panels * COLUMNS;
            struct sixteen sums = {0};
            for (int64_t c = 0; c < panels * COLUMNS; c += COLUMNS)
                UNROLL
                for (int i = 0; i < PARTS; i++)
                    sums.part[i] = fused(load(of_x + c + i * WIDTH), load(of_w + c + i * WIDTH), sums.part[i]);
            y[r * y_row + o] = bias[o] + tree(sums);
        }
}

/* (a0 b0 a1 b1 ...): the first halves of two vectors, alternating; and the second halves. */
#if WIDTH == 16
#define FIRST 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SECOND 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif WIDTH == 8
#define FIRST 0, 8, 1, 9, 2, 10, 3, 11
#define SECOND 4, 12, 5, 13, 6, 14, 7, 15
#else
#define FIRST 0, 4, 1, 5
#define SECOND 2, 6, 3, 7
#endif
#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (ivec){__VA_ARGS__})
#endif

/* A square of WIDTH by WIDTH numbers, transposed by log2(WIDTH) interleavings of its rows. */
INLINE void transpose_square(const float *from, float *to)
{
    vec x[WIDTH], shuffled[WIDTH];
    UNROLL
    for (int i = 0; i < WIDTH; i++)
        x[i] = load(from + i * COLUMNS);
    UNROLL
    for (int times = 1; times < WIDTH; times *= 2) {
        UNROLL
        for (int i = 0; i < WIDTH / 2; i++) {
            shuffled[2 * i] = SHUFFLE(x[i], x[i + WIDTH / 2], FIRST);
            shuffled[2 * i + 1] = SHUFFLE(x[i], x[i + WIDTH / 2], SECOND);
        }
        UNROLL
        for (int i = 0; i < WIDTH; i++)
            x[i] = shuffled[i];
    }
    UNROLL
    for (int i = 0; i < WIDTH; i++)
        store(to + i * COLUMNS, x[i]);
}

/* Rows of the outputs of a panel of inputs that is not full. */
static void transpose_rest(int64_t inputs, int64_t across, int64_t first, const float *from, float *to)
{
    for (int64_t o = 0; o < across * COLUMNS; o++)
        for (int64_t c = 0; c < COLUMNS; c++)
            to[o * COLUMNS + c] =
                first + c < inputs ? from[(o / COLUMNS * inputs + first + c) * COLUMNS + o % COLUMNS] : 0;
}

void a2c_transpose(int64_t inputs, int64_t outputs, int64_t first, int64_t n, const float *from, float *to)
{
    int64_t across = (outputs + COLUMNS - 1) / COLUMNS;
    for (int64_t q = first; q < first + n; q++, to += across * COLUMNS * COLUMNS) {
        if ((q + 1) * COLUMNS > inputs) {
            transpose_rest(inputs, across, q * COLUMNS, from, to);
            continue;
        }
        for (int64_t p = 0; p < across; p++)
            for (int64_t i = 0; i < COLUMNS; i += WIDTH)
                for (int64_t j = 0; j < COLUMNS; j += WIDTH)
                    transpose_square(from + (p * inputs + q * COLUMNS + i) * COLUMNS + j,
                                     to + (p * COLUMNS + j) * COLUMNS + i);
    }
}

void a2c_sum_rows(int64_t rows, int64_t panels, const float *x, int64_t x_row, float *sum)
{
    for (int64_t c = 0; c < panels * COLUMNS; c += COLUMNS) {
        struct sixteen sums = {0};
        for (int64_t r = 0; r < rows; r++)
            UNROLL
            for (int i = 0; i < PARTS; i++)
                sums.part[i] += load(x + r * x_row + c + i * WIDTH);
        UNROLL
        for (int i = 0; i < PARTS; i++)
            store(sum + c + i * WIDTH, sums.part[i]);
    }
}

float a2c_squares(int64_t n, const float *x)
{
    struct sixteen sums[4] = {0};
    for (int64_t c = 0; c < n; c += 4 * COLUMNS)
        UNROLL
        for (int i = 0; i < 4 * PARTS; i++) {
            vec of_x = load(x + c + i * WIDTH);
            sums[i / PARTS].part[i % PARTS] += of_x * of_x;
        }
    UNROLL
    for (int i = 0; i < PARTS; i++)
        sums[0].part[i] = (sums[0].part[i] + sums[2].part[i]) + (sums[1].part[i] + sums[3].part[i]);
    return tree(sums[0]);
}

void a2c_relu(int64_t n, float *x)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = x[i] < 0 ? 0 : x[i]; /* not a number stays so, and ends the lane */
}

void a2c_tanh(int64_t n, float *x)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = a2c_tanhf(x[i]);
}

/* d f(x) / dx is 1 where y > 0, else 0 */
void a2c_through_relu(int64_t n, float *restrict d, const float *restrict y)
{
    for (int64_t i = 0; i < n; i++)
        d[i] = y[i] > 0 ? a2c_cut(d[i]) : 0;
}

/* d tanh(x) / dx = 1 - tanh(x)^2 */
void a2c_through_tanh(int64_t n, float *restrict d, const float *restrict y)
{
    for (int64_t i = 0; i < n; i++)
        d[i] = a2c_cut(d[i] * (1 - y[i] * y[i]));
}
