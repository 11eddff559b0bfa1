#include "image.h"

#include "functions.h"

static int same(int64_t n, const uint8_t *x, const uint8_t *y)
{
    uint8_t differing = 0;
    for (int64_t i = 0; i < n; i++)
        differing |= x[i] ^ y[i];
    return differing == 0;
}

/* The sums along one row of the screen. */
static void sum_across(const struct side *across, const uint8_t *frame, const uint8_t *before, float *sums)
{
    float row[MOST_PIXELS + MOST_TAPS] = {0};
    for (int64_t x = 0; x < across->pixels; x++)
        row[x] = frame[x] > before[x] ? frame[x] : before[x];
    for (int64_t i = 0; i < across->n; i++)
        sums[i] = row[across->first[i]] * across->weight[i];
    for (int64_t t = 1; t < across->taps; t++)
        for (int64_t i = 0; i < across->n; i++)
            sums[i] += row[across->first[i] + t] * across->weight[t * across->n + i];
}

void a2c_image(const struct image *how, const uint8_t *frame, const uint8_t *before, uint8_t *image)
{
    const struct side *down = &how->down, *across = &how->across;
    float sums[MOST_PIXELS], total[MOST_PIXELS];
    int64_t width = across->pixels, summed = -1; /* the row of the screen that `sums` belong to */
    for (int64_t i = 0; i < down->n; i++) {
        for (int64_t c = 0; c < across->n; c++)
            total[c] = 0;
        for (int64_t t = 0; t < down->taps; t++) {
            float weight = down->weight[t * down->n + i];
            int64_t y = down->first[i] + t;
            if (weight == 0)
                break;
            /* Most rows of a game's screen equal the row above. */
            if (summed < 0 || (y != summed && !(same(width, frame + y * width, frame + summed * width) &&
                                                same(width, before + y * width, before + summed * width))))
                sum_across(across, frame + y * width, before + y * width, sums);
            summed = y;
            for (int64_t c = 0; c < across->n; c++)
                total[c] += weight * sums[c];
        }
        for (int64_t c = 0; c < across->n; c++) /* the low bits of a sum with the rounder are the whole number */
            image[i * across->n + c] = (uint8_t)a2c_bitsf((total[c] * how->scale + how->bias) + A2C_ROUNDERF);
    }
}
