#include "loops.h"

#include "collect.h"
#include "distribution.h"
#include "memory.h"
#include "network.h"
#include "normalize.h"
#include "ppo.h"
#include "update.h"

/* Numbers in a row of actions. */
static size_t row_of_actions(const struct lane *lane)
{
    return (size_t)(lane->config.n_envs * lane->config.action_size);
}

/* Has the run ended before its budget? */
static int has_ended(const struct lane *lane) { return lane->diverged_reason || lane->stopped_step; }

int64_t a2c_train(struct lane *lane, int64_t rows, float *actions, struct ended *ended, int64_t *n_ended,
                  struct metrics *metrics, int64_t *n_metrics)
{
    int64_t done = 0;
    size_t row = row_of_actions(lane);
    *n_ended = *n_metrics = 0;
    for (; done < rows && lane->rows < lane->config.total_rows && !has_ended(lane); done++) {
        const float *chosen = act(lane, 0);
        memcpy(actions, chosen, row * sizeof(float));
        actions += row;
        *n_ended += step(lane, chosen, ended + *n_ended);
        if (rollout_is_over(lane))
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

/* As if the random numbers of `rows` rows and of the updates from them had been drawn. */
static void skip_draws(struct lane *lane, int64_t rows)
{
    const struct config *c = &lane->config;
    a2c_advance(&lane->sampling, (uint64_t)(rows * c->n_envs * noise_size(c)));
    if (c->algorithm == PPO)
        a2c_advance(&lane->shuffling, (uint64_t)(rows / c->n_steps * shuffling_draws(c)));
}

/* Put logged actions in the rollout's next row; gives their place. */
static const float *put_actions(struct lane *lane, const float *actions)
{
    size_t row = row_of_actions(lane);
    return memcpy(lane->actions + (size_t)lane->t * row, actions, row * sizeof(float));
}

/* The rollout's activations as they were when it was acted: they have the same bits in any number of rows. */
void a2c_go_on(struct lane *lane, const float *observations)
{
    if (rollout_is_over(lane))
        begin_rollout(lane);
    if (observations)
        take_observations(lane, observations);
    normalize_observations(lane);
    network_forward(&lane->network, lane->observations, 0, lane->t * lane->config.n_envs);
    skip_draws(lane, lane->rows);
}

int64_t a2c_replay(struct lane *lane, int64_t rows, const float *actions, struct ended *ended)
{
    int64_t n_ended = 0;
    for (int64_t row = 0; row < rows; row++) {
        normalize_observations(lane);
        const float *logged = put_actions(lane, actions + row * (int64_t)row_of_actions(lane));
        n_ended += step(lane, logged, ended + n_ended);
        if (rollout_is_over(lane))
            begin_rollout(lane);
    }
    a2c_go_on(lane, NULL);
    return n_ended;
}

void a2c_retake(struct lane *lane, const float *observations, const float *actions)
{
    if (rollout_is_over(lane))
        begin_rollout(lane);
    take_observations(lane, observations);
    normalize_observations(lane);
    put_actions(lane, actions);
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
