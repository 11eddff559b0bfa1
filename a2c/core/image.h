/* Screens of games as small grey images. */
#ifndef A2C_IMAGE_H
#define A2C_IMAGE_H

#include "vector.h"

#define MOST_PIXELS 256 /* of a screen's row */
#define MOST_TAPS 8     /* pixels that a cell covers in one direction, in part or whole */

/* Along one side: cell i of the image is the sum over t of weight[t * n + i] times pixel first[i] + t of the screen. A
 * cell that covers fewer pixels than `taps` has weights of 0 at its end. */
struct side {
    int64_t pixels, n, taps;
    const int32_t *first;
    const float *weight;
};

/* How an image is made: each cell is round(scale * sum + bias), halves to even. */
struct image {
    struct side down, across;
    float scale, bias;
};

/* The image [down.n][across.n] of a screen [down.pixels][across.pixels] whose every pixel is the brighter one of two
 * frames. The sums are those of OpenCV's INTER_AREA in their order: first across, then down, without fused operations.
 */
EXPORT void a2c_image(const struct image *how, const uint8_t *frame, const uint8_t *before, uint8_t *image);

#endif
