/* The A2C loss and its derivatives by the network's outputs. */
#ifndef A2C_LOSS_H
#define A2C_LOSS_H

#include "estimate.h"

struct losses {
    float policy, value, entropy;
};

/* Fills the network's `d_logits` and `d_values`; `of` are the advantages' moments. */
struct losses losses(struct lane *lane, struct moments of);

#endif
