/* The policy and value network with its backward pass written out. */
#ifndef A2C_NETWORK_H
#define A2C_NETWORK_H

#include "core.h"
#include "memory.h"

/* Lay out the network in `room`, for `rows` rows of activations, of which the backward pass takes `learned`. */
void network_lay_out(struct network *n, const struct config *c, int64_t rows, int64_t learned, struct room *room);

/* Outputs of rows `first` to `first + rows`, whose observations lie in rows of `n_observation` numbers. */
void network_forward(struct network *n, const float *observations, int64_t first, int64_t rows);

/* How many of the policy's outputs depend on the observation; those after them are biases alone. */
int64_t n_varying(const struct config *c);

/* Gradients from the derivatives in `d_logits` and `d_values`, over the first `rows` rows. */
void network_backward(struct network *n, const float *observations, int64_t rows);

#endif
