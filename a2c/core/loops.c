#include "loops.h"

#include "collect.h"
#include "distribution.h"
#include "memory.h"
#include "update.h"

/* Numbers in a row of actions. */
static size_t row_of_actions(const struct lane *lane)
{
    return (size_t)(lane->config.n_envs * lane->config.action_size);
}

int64_t a2c_train(struct lane *lane, int64_t updates, float *actions, struct ended *ended, int64_t *n_ended,
                  struct metrics *metrics, int64_t *n_metrics)
{
    int64_t done = 0;
    size_t row = row_of_actions(lane);
    *n_ended = *n_metrics = 0;
    for (; done < updates && lane->rows < lane->config.total_rows && !lane->diverged_reason; done++) {
        for (int64_t rows = a2c_rollout_rows(lane); lane->t < rows;) {
            const float *chosen = act(lane, 0);
            memcpy(actions, chosen, row * sizeof(float));
            actions += row;
            *n_ended += step(lane, chosen, ended + *n_ended);
        }
        *n_metrics += update(lane, metrics + *n_metrics);
    }
    return done;
}

void a2c_act(struct lane *lane, const float *observations, int64_t greedy, float *actions)
{
    take_observations(lane, observations);
    memcpy(actions, act(lane, greedy), row_of_actions(lane) * sizeof(float));
}

int64_t a2c_update(struct lane *lane, const float *observations, struct metrics *metrics)
{
    take_observations(lane, observations);
    return update(lane, metrics);
}

/* As if the noise of `rows` rows had been drawn. */
static void skip_noise(struct lane *lane, int64_t rows)
{
    a2c_advance(&lane->sampling, (uint64_t)(rows * lane->config.n_envs * noise_size(&lane->config)));
}

int64_t a2c_replay(struct lane *lane, int64_t rows, const float *actions, struct ended *ended)
{
    int64_t n_ended = 0;
    lane->is_frozen = 1; /* the caller restores the moments */
    for (int64_t row = 0; row < rows; row++) {
        n_ended += step(lane, actions + row * (int64_t)row_of_actions(lane), ended + n_ended);
        begin_rollout(lane);
    }
    skip_noise(lane, rows);
    lane->is_frozen = 0, lane->is_counted = rows > 0; /* what the environments show now is in the moments */
    return n_ended;
}

void a2c_skip(struct lane *lane, int64_t rows, const uint8_t *reset_row, const double *episode_return,
              const int64_t *episode_length)
{
    lane->rows = rows;
    lane->is_counted = rows > 0; /* as in a2c_replay */
    skip_noise(lane, rows);
    for (int64_t env = 0; env < lane->config.n_envs; env++) {
        lane->reset_row[env] = reset_row[env];
        lane->episode_return[env] = episode_return[env], lane->episode_length[env] = episode_length[env];
    }
}

void a2c_evaluate(struct lane *lane, int64_t greedy, double *total_rewards, int64_t *lengths, struct ended *ended)
{
    for (int64_t env = 0; env < lane->config.n_envs; env++)
        lengths[env] = 0; /* not finished yet: an episode has at least one step */
    for (int64_t finished = 0; finished < lane->config.n_envs;) {
        int64_t n_ended = step(lane, act(lane, greedy), ended);
        for (int64_t i = 0; i < n_ended; i++)
            if (lengths[ended[i].env] == 0) {
                total_rewards[ended[i].env] = ended[i].total_reward;
                lengths[ended[i].env] = ended[i].length;
                finished++;
            }
        begin_rollout(lane);
    }
}
