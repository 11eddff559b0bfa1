/* One step along the gradient of the loss, clipped whole or in part; and what is added up over an update's steps. */
#ifndef A2C_GRADIENT_H
#define A2C_GRADIENT_H

#include "loss.h"

/* The policy's (with the entropy bonus) and the value's part of a gradient, on the layers before the heads: those that
 * they share, or each one's own column. */
struct parts {
    float policy, value; /* norms */
    float cosine;        /* 0 where they share no layer; not a number where a norm is 0 */
};

/* Sums over the steps of an update; A2C takes one. */
struct steps {
    int64_t n;
    double policy, value, entropy, clipped, norm, coefficient;
    struct parts parts; /* of the first step, where it was looked at closely */
};

/* Step along the gradient on `batch`, whose outputs are in place; gives 0 if it is not finite, which ends the lane. */
int64_t gradient_step(struct lane *lane, const struct batch *batch, int closely, struct steps *steps);

#endif
