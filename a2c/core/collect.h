/* Collecting a rollout: acting, stepping native environments, and taking in what environments gave. */
#ifndef A2C_COLLECT_H
#define A2C_COLLECT_H

#include "core.h"
#include "loops.h"

/* The observations of row `t` of the rollout, [n_envs][n_observation]. */
float *observations_of(const struct lane *lane, int64_t t);

/* Take in observations of the rollout's next row that the caller's environments gave. */
void take_observations(struct lane *lane, const float *observations);

/* Actions of the rollout's next row, whose observations are in place: [n_envs][action_size]. */
float *act(struct lane *lane, int64_t greedy);

/* Step native environments by the row's actions; gives the number of episodes that ended. */
int64_t step(struct lane *lane, const float *actions, struct ended *ended);

/* Take in a finished episode: tell the run to stop at the last of `total_episodes`, or where the mean of the last
 * returns reaches `stop_return`. */
void note_finished(struct lane *lane, double total_reward);
/* Is the rollout complete, or the budget used? Rollouts of REINFORCE end with an episode. */
int rollout_is_over(const struct lane *lane);

/* The rollout's last observations are the next one's first. */
void begin_rollout(struct lane *lane);

#endif
