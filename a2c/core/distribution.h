/* How the policy's outputs become actions, and how likely an action is. An action is `action_size` numbers, each of
 * which is drawn by itself:
 *
 *     SOFTMAX    one of `choices` numbers, by as many logits (Discrete; MultiDiscrete has several, logits side by side)
 *     BERNOULLI  1 or 0, by one logit each (MultiBinary)
 *     GAUSSIAN   a real number, by a mean and the logarithm of a deviation (Box): all means, then all logarithms, which
 *                the network gives as biases that no observation changes
 */
#ifndef A2C_DISTRIBUTION_H
#define A2C_DISTRIBUTION_H

#include "core.h"

/* What a policy says of one action. */
struct judged {
    float log_prob, entropy;
};

/* Numbers drawn for one action. */
int64_t noise_size(const struct config *c);

/* Noise for a row of actions, [n_envs][noise_size]. */
void draw_noise(const struct config *c, struct stream *stream, float *noise);

/* The action that `outputs` and `noise` give; with noise of zeros the likeliest one. */
void choose(const struct config *c, const float *outputs, const float *noise, float *action);

/* log pi(action) and the entropy of the policy; `d_outputs` keeps what `derive` needs. */
struct judged judge(const struct config *c, const float *outputs, const float *action, float *d_outputs);

/* After `judge`: the derivatives of -weight log pi(action) - bonus entropy by the outputs, into `d_outputs`. */
void derive(const struct config *c, const float *action, struct judged judged, float weight, float bonus,
            float *d_outputs);

/* KL(old || new) of the policies that two rows of outputs give. */
float divergence(const struct config *c, const float *old, const float *new);

#endif
