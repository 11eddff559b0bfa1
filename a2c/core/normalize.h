/* Running moments of what a lane observes and is rewarded with, by which observations and rewards are normalised. */
#ifndef A2C_NORMALIZE_H
#define A2C_NORMALIZE_H

#include "core.h"

/* Numbers in `struct lane`'s `normalizer`: where observations are normalised their count, means [n_observation] and
 * variances [n_observation]; then, where rewards are, the count, mean and variance of the discounted returns, and the
 * discounted return of each environment so far. */
int64_t normalizer_size(const struct config *c);

/* Before the first row. */
void normalizer_start(struct lane *lane);

/* Normalise the observations of the rollout's row `t`, once: (x - mean) / sqrt(variance + 1e-8), within 10. They are
 * counted before, once, unless the lane is frozen. */
void normalize_observations(struct lane *lane);

/* What the learner sees of a row's rewards: r / sqrt(variance + 1e-8), within 10, by the variance of
 * R <- gamma R + r over all rows that are no reset rows; these have a reward of 0. */
void normalize_rewards(struct lane *lane, const double *rewards, float *seen);

/* The episode of an environment has ended: its discounted return begins anew. */
void end_discounted_return(struct lane *lane, int64_t env);

#endif
