/* PPO's update: several passes over a rollout, each in minibatches (Schulman et al. 2017, algorithm 1). */
#ifndef A2C_PPO_H
#define A2C_PPO_H

#include "gradient.h"

/* All gradient steps of an update from a rollout, whose outputs and estimates are in place; gives 0 if the lane ended. */
int64_t ppo_steps(struct lane *lane, const struct batch *rollout, int closely, struct steps *steps);

/* Numbers that an update from a whole rollout draws for its minibatches. */
int64_t shuffling_draws(const struct config *c);

#endif
