/* Initial weights. */
#ifndef A2C_INITIAL_H
#define A2C_INITIAL_H

#include "core.h"

/* Float64 numbers that `initial_weights` needs to work with. */
int64_t initial_scratch(const struct config *c);

/* Draw the weights of every layer, one after the other, from the stream "weights". */
void initial_weights(struct network *n, const struct config *c, struct stream *stream, double *scratch);

#endif
