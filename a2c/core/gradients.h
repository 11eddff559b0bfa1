/* Gradient studies: samples by frozen weights, and gradients of the policy's loss on them. */
#ifndef A2C_GRADIENTS_H
#define A2C_GRADIENTS_H

#include "core.h"

/* What is recorded of `rows` steps of native environments, [rows][n_envs]; observations and values have a row more. */
struct sample {
    float *observations, *actions, *values; /* [n_observation], [action_size], one number */
    double *rewards;
    uint8_t *terminated, *truncated, *valid;
};

/* Act and step; nothing is learnt. The next call goes on from there. `ended`: room for an episode of each environment. */
EXPORT void a2c_sample(struct lane *lane, int64_t rows, const struct sample *into, struct ended *ended);

/* The network's outputs on `rows` observations, at most n_steps * n_envs; activations are kept for the gradients. */
EXPORT void a2c_look(struct lane *lane, int64_t rows, const float *observations);

/* The gradient of sum(-weight log pi(action)) by all parameters, on the rows that were looked at; in `gradients`. */
EXPORT void a2c_policy_gradient(struct lane *lane, int64_t rows, const float *observations, const float *actions,
                                const float *weights);

/* sum of x[i] y[i] in sixteen partial sums; n is a multiple of 16. */
EXPORT double a2c_inner(int64_t n, const double *x, const double *y);

#endif
