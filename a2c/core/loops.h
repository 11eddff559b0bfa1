/* What Python calls: a lane begins, trains, is replayed, is evaluated. */
#ifndef A2C_LOOPS_H
#define A2C_LOOPS_H

#include "core.h"

/* Bytes of memory that a lane of this configuration needs. */
EXPORT int64_t a2c_lane_bytes(const struct config *config);

/* Begin a lane in `memory`, which starts at a multiple of 64 bytes: initial weights from the stream `weights`, native
 * environments reset by `environments`, one stream each. */
EXPORT struct lane *a2c_lane_start(void *memory, const struct config *config, const struct stream *weights,
                                   const struct stream *actions, const struct stream *minibatches,
                                   const struct stream *environments);

/* Train native environments for `rows` rows, fewer where the budget or the lane ends; gives how many were stepped. The
 * rollout that the last row lies in goes on with the next call.
 * `actions`: [rows][n_envs][action_size]; `ended` has room for one episode a step, `metrics` for one row an update. */
EXPORT int64_t a2c_train(struct lane *lane, int64_t rows, float *actions, struct ended *ended, int64_t *n_ended,
                         struct metrics *metrics, int64_t *n_metrics);

/* The same in parts, for environments that the caller steps: act on observations [n_envs][n_observation]; take in what
 * the environments did (gives the number of episodes that ended); once the rollout is over, update from the observations
 * that follow (gives 1 where metrics are recorded). */
EXPORT void a2c_act(struct lane *lane, const float *observations, int64_t greedy, float *actions);
EXPORT int64_t a2c_record(struct lane *lane, const double *rewards, const uint8_t *terminated,
                          const uint8_t *truncated, struct ended *ended);
EXPORT int64_t a2c_update(struct lane *lane, const float *observations, struct metrics *metrics);

/* Rows of the rollout that the lane is in: n_steps, or what is left of the budget. With REINFORCE the most of it. */
EXPORT int64_t a2c_rollout_rows(const struct lane *lane);
EXPORT int64_t a2c_rollout_is_over(const struct lane *lane);

/* Step fresh native environments through `rows` rows of logged actions; gives the number of episodes that ended. The
 * lane then stands in the middle of its rollout: its weights have to be in place before. */
EXPORT int64_t a2c_replay(struct lane *lane, int64_t rows, const float *actions, struct ended *ended);

/* The same for environments that the caller steps: take in a row's observations and logged actions, before `a2c_record`;
 * and after the last row go on from there, from the observations that follow. */
EXPORT void a2c_retake(struct lane *lane, const float *observations, const float *actions);
EXPORT void a2c_go_on(struct lane *lane, const float *observations);

/* The first episode of each environment of a fresh lane, acting by samples or greedily; `ended` has room for one
 * episode of each. */
EXPORT void a2c_evaluate(struct lane *lane, int64_t greedy, double *total_rewards, int64_t *lengths,
                         struct ended *ended);

/* Outputs for `n_envs` observations: logits [n_envs][n_outputs], values [n_envs]. */
EXPORT void a2c_forward(struct lane *lane, const float *observations, float *logits, float *values);

/* What the lane's memory holds: the flat parameters, gradients and running means of its optimiser. */
EXPORT int64_t a2c_parameters(struct lane *lane, float **parameters, float **gradients, float **first, float **second);

/* The running moments of a lane, as normalize.h has them; gives how many numbers. A frozen lane, which evaluates, does
 * not change its own. */
EXPORT int64_t a2c_normalizer(struct lane *lane, double **moments);
EXPORT void a2c_freeze(struct lane *lane);
/* The snapshots of the weights, [n_snapshots][n_parameters], and of the moments of normalised observations,
 * [n_snapshots][2][n_observation]; gives the place of their number so far. */
EXPORT int64_t *a2c_snapshots(struct lane *lane, float **kept, double **moments);

/* Where a lane stands. */
struct status {
    int64_t rows, updates, stopped_step, diverged_step, diverged_reason;
    double diverged_value;
};
EXPORT void a2c_status(const struct lane *lane, struct status *status);
EXPORT void a2c_set_updates(struct lane *lane, int64_t updates);

/* Sum and number of the returns that REINFORCE's mean is taken of, [2]. */
EXPORT double *a2c_past_returns(struct lane *lane);

/* The running mean of the gradient's norm, below 0 before the first update. */
EXPORT double *a2c_running_norm(struct lane *lane);

#endif
