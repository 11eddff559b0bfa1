#include "collect.h"

#include "distribution.h"
#include "functions.h"
#include "memory.h"
#include "network.h"
#include "normalize.h"

float *observations_of(const struct lane *lane, int64_t t)
{
    return lane->observations + t * lane->config.n_envs * lane->config.n_observation;
}

float *act(struct lane *lane, int64_t greedy)
{
    const struct config *c = &lane->config;
    const struct network *n = &lane->network;
    int64_t first = lane->t * c->n_envs;
    float *actions = lane->actions + first * c->action_size;
    normalize_observations(lane);
    network_forward(&lane->network, lane->observations, first, c->n_envs);
    if (!greedy)
        draw_noise(c, &owner_of(lane)->sampling, lane->noise);
    for (int64_t env = 0; env < c->n_envs; env++)
        choose(c, n->logits + (first + env) * n->logits_stride, lane->noise + env * noise_size(c),
               actions + env * c->action_size);
    return actions;
}

void note_finished(struct lane *lane, double total_reward)
{
    lane->recent_returns[lane->n_finished++ % RECENT] = total_reward;
    if (lane->n_finished == lane->config.total_episodes)
        lane->stop = 1;
    if (lane->n_finished < RECENT)
        return;
    double sum = 0;
    for (int64_t k = 0; k < RECENT; k++) /* the oldest first */
        sum += lane->recent_returns[(lane->n_finished + k) % RECENT];
    if (sum / RECENT >= lane->config.stop_return)
        lane->stop = 1;
}

int64_t a2c_record(struct lane *lane, const double *rewards, const uint8_t *terminated, const uint8_t *truncated,
                   struct ended *ended)
{
    int64_t n_envs = lane->config.n_envs, n_ended = 0, first = lane->t * n_envs;
    int normalize = lane->config.normalize_rewards && !lane->is_frozen;
    if (normalize)
        normalize_rewards(lane, rewards, lane->rewards + first);
    lane->is_counted = lane->is_normalized = 0;
    lane->t++, lane->rows++;
    for (int64_t env = 0; env < n_envs; env++) {
        int64_t i = first + env;
        if (!normalize)
            lane->rewards[i] = (float)rewards[env];
        lane->terminated[i] = terminated[env], lane->truncated[i] = truncated[env];
        int in_episode = !lane->reset_row[env]; /* the row after an episode's end resets, and belongs to none */
        lane->valid[i] = in_episode || lane->config.train_on_reset_rows;
        lane->episode_return[env] += rewards[env];
        lane->episode_length[env] += in_episode;
        lane->reset_row[env] = terminated[env] || truncated[env];
        if (lane->reset_row[env]) {
            ended[n_ended++] = (struct ended){env, lane->rows * n_envs, a2c_canonical(lane->episode_return[env]),
                                              lane->episode_length[env]};
            note_finished(lane, lane->episode_return[env]);
            lane->episode_return[env] = 0, lane->episode_length[env] = 0;
            if (normalize)
                end_discounted_return(lane, env);
        }
    }
    lane->rollout_episodes += n_ended;
    return n_ended;
}

int64_t step(struct lane *lane, const float *actions, struct ended *ended)
{
    int64_t first = lane->t * lane->config.n_envs;
    uint8_t *terminated = lane->terminated + first, *truncated = lane->truncated + first;
    a2c_environments_step(&lane->environments, actions, observations_of(lane, lane->t + 1), lane->row_rewards,
                          terminated, truncated);
    return a2c_record(lane, lane->row_rewards, terminated, truncated, ended);
}

int64_t a2c_rollout_rows(const struct lane *lane)
{
    int64_t left = lane->config.total_rows - (lane->rows - lane->t);
    return left < lane->config.n_steps ? left : lane->config.n_steps;
}

int rollout_is_over(const struct lane *lane)
{
    const struct config *c = &lane->config;
    if (lane->rows == c->total_rows)
        return 1;
    if (c->algorithm == REINFORCE)
        return lane->rollout_episodes == c->episodes_per_update || lane->stop;
    return lane->t == c->n_steps;
}

int64_t a2c_rollout_is_over(const struct lane *lane) { return rollout_is_over(lane); }

void begin_rollout(struct lane *lane)
{
    int64_t n = lane->config.n_envs * lane->config.n_observation;
    memcpy(lane->observations, observations_of(lane, lane->t), (size_t)n * sizeof(float));
    lane->t = 0, lane->rollout_episodes = 0;
}

void take_observations(struct lane *lane, const float *observations)
{
    float *row = observations_of(lane, lane->t);
    for (int64_t i = 0; i < lane->config.n_envs * lane->config.n_observation; i++)
        row[i] = a2c_cut(observations[i]);
    lane->is_normalized = 0;
}
