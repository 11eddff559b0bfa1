/* The losses of A2C and PPO and their derivatives by the network's outputs. */
#ifndef A2C_LOSS_H
#define A2C_LOSS_H

#include "estimate.h"

/* What is learnt from: rows of a rollout, whose outputs are the network's first rows. */
struct batch {
    int64_t rows;
    const float *observations, *actions, *advantages, *returns;
    const float *old_values, *old_log_probs; /* with PPO */
    const uint8_t *valid;
};

struct losses {
    float policy, value, entropy;
    float clipped; /* share of the rows whose ratio PPO's clipping bounds */
};

/* Fills the network's `d_logits` and `d_values`; `of` are the advantages' moments. */
struct losses losses(struct lane *lane, const struct batch *batch, struct moments of);

#endif
