#include "loops.h"

#include "functions.h"
#include "initial.h"
#include "kernels.h"
#include "loss.h"
#include "memory.h"
#include "network.h"
#include "optimizers.h"

#define TAKE(room, array, n) ((array) = room_take(room, (n) * (int64_t)sizeof *(array)))

/* ------------------------------------------------------------------------------------------------------ beginning */

static void lay_out_environments(struct lane *lane, struct room *room)
{
    const struct config *c = &lane->config;
    struct environments *all = &lane->environments;
    all->kind = c->environment < 0 ? NULL : a2c_kind((int32_t)c->environment);
    all->n = (int32_t)c->n_envs, all->time_limit = (int32_t)c->max_episode_steps, all->option = c->option;
    TAKE(room, all->state, all->kind ? all->kind->n_state * c->n_envs : 0);
    TAKE(room, all->steps, c->n_envs);
    TAKE(room, all->over, c->n_envs);
    TAKE(room, all->streams, c->n_envs);
}

static void lay_out_rollout(struct lane *lane, struct room *room)
{
    int64_t n_envs = lane->config.n_envs, learned = lane->config.n_steps * n_envs;
    TAKE(room, lane->observations, (learned + n_envs) * lane->config.n_observation);
    TAKE(room, lane->rewards, learned);
    TAKE(room, lane->advantages, learned);
    TAKE(room, lane->returns, learned);
    TAKE(room, lane->actions, learned);
    TAKE(room, lane->terminated, learned);
    TAKE(room, lane->truncated, learned);
    TAKE(room, lane->valid, learned);
    TAKE(room, lane->reset_row, n_envs);
    TAKE(room, lane->episode_return, n_envs);
    TAKE(room, lane->episode_length, n_envs);
    TAKE(room, lane->row_rewards, n_envs);
    TAKE(room, lane->noise, n_envs * lane->config.n_actions);
    TAKE(room, lane->moves, n_envs);
}

/* Every array's place; gives where `initial_weights` may work. */
static double *lay_out(struct lane *lane, struct room *room)
{
    int64_t learned = lane->config.n_steps * lane->config.n_envs;
    network_lay_out(&lane->network, &lane->config, learned + lane->config.n_envs, learned, room);
    TAKE(room, lane->first, lane->network.n_parameters);
    TAKE(room, lane->second, lane->network.n_parameters);
    lay_out_environments(lane, room);
    lay_out_rollout(lane, room);
    double *scratch;
    return TAKE(room, scratch, initial_scratch(&lane->config));
}

int64_t a2c_lane_bytes(const struct config *config)
{
    struct lane lane = {.config = *config};
    struct room room = {NULL, 0};
    room_take(&room, sizeof lane);
    lay_out(&lane, &room);
    return room.used;
}

struct lane *a2c_lane_start(void *memory, const struct config *config, const struct stream *weights,
                            const struct stream *actions, const struct stream *environments)
{
    struct config copy = *config;
    struct room room = {memory, 0};
    memset(memory, 0, (size_t)a2c_lane_bytes(config));
    struct lane *lane = room_take(&room, sizeof *lane);
    lane->config = copy;
    double *scratch = lay_out(lane, &room);
    struct stream drawn = *weights;
    initial_weights(&lane->network, &lane->config, &drawn, scratch);
    optimizer_start(lane);
    lane->sampling = *actions;
    if (lane->environments.kind) {
        for (int64_t i = 0; i < config->n_envs; i++)
            lane->environments.streams[i] = environments[i];
        a2c_environments_reset(&lane->environments, lane->observations);
    }
    return lane;
}

/* -------------------------------------------------------------------------------------------------------- collect */

static float *observations_of(const struct lane *lane, int64_t t)
{
    return lane->observations + t * lane->config.n_envs * lane->config.n_observation;
}

/* The largest logit plus noise: with Gumbel noise a draw from the softmax. */
static uint8_t largest(int64_t n, const float *logits, const float *noise)
{
    int64_t best = 0;
    for (int64_t a = 1; a < n; a++)
        if (logits[a] + noise[a] > logits[best] + noise[best])
            best = a;
    return (uint8_t)best;
}

/* Actions of the rollout's next row, whose observations are in place. */
static uint8_t *act(struct lane *lane, int64_t greedy)
{
    const struct config *c = &lane->config;
    const struct network *n = &lane->network;
    int64_t first = lane->t * c->n_envs;
    network_forward(&lane->network, lane->observations, first, c->n_envs);
    if (!greedy)
        a2c_gumbel(&lane->sampling, lane->noise, c->n_envs * c->n_actions);
    for (int64_t env = 0; env < c->n_envs; env++)
        lane->actions[first + env] = largest(c->n_actions, n->logits + (first + env) * n->logits_stride,
                                             lane->noise + env * c->n_actions);
    return lane->actions + first;
}

int64_t a2c_record(struct lane *lane, const double *rewards, const uint8_t *terminated, const uint8_t *truncated,
                   struct ended *ended)
{
    int64_t n_envs = lane->config.n_envs, n_ended = 0, first = lane->t * n_envs;
    lane->t++, lane->rows++;
    for (int64_t env = 0; env < n_envs; env++) {
        int64_t i = first + env;
        lane->rewards[i] = (float)rewards[env];
        lane->terminated[i] = terminated[env], lane->truncated[i] = truncated[env];
        lane->valid[i] = !lane->reset_row[env]; /* the row after an episode's end resets, and belongs to none */
        lane->episode_return[env] += rewards[env];
        lane->episode_length[env] += lane->valid[i];
        lane->reset_row[env] = terminated[env] || truncated[env];
        if (lane->reset_row[env]) {
            ended[n_ended++] = (struct ended){env, lane->rows * n_envs, a2c_canonical(lane->episode_return[env]),
                                              lane->episode_length[env]};
            lane->episode_return[env] = 0, lane->episode_length[env] = 0;
        }
    }
    return n_ended;
}

/* Step native environments by the row's actions; observations of the row after it. */
static int64_t step(struct lane *lane, const uint8_t *actions, struct ended *ended)
{
    int64_t first = lane->t * lane->config.n_envs;
    uint8_t *terminated = lane->terminated + first, *truncated = lane->truncated + first;
    for (int64_t env = 0; env < lane->config.n_envs; env++)
        lane->moves[env] = actions[env];
    a2c_environments_step(&lane->environments, lane->moves, observations_of(lane, lane->t + 1), lane->row_rewards,
                          terminated, truncated);
    return a2c_record(lane, lane->row_rewards, terminated, truncated, ended);
}

int64_t a2c_rollout_rows(const struct lane *lane)
{
    int64_t left = lane->config.total_rows - (lane->rows - lane->t);
    return left < lane->config.n_steps ? left : lane->config.n_steps;
}

/* The rollout's last observations are the next one's first. */
static void begin_rollout(struct lane *lane)
{
    int64_t n = lane->config.n_envs * lane->config.n_observation;
    memcpy(lane->observations, observations_of(lane, lane->t), (size_t)n * sizeof(float));
    lane->t = 0;
}

/* --------------------------------------------------------------------------------------------------------- update */

static int is_finite(float x) { return x - x == 0; }

/* End the lane if its gradient is not finite: the first of the numbers that is not is the reason. What has ended does
 * not learn any more. */
static int ends(struct lane *lane, struct losses losses, float norm)
{
    if (is_finite(norm) || lane->diverged_reason)
        return lane->diverged_reason != FINITE;
    int reason = !is_finite(losses.policy) ? POLICY_LOSS : !is_finite(losses.value) ? VALUE_LOSS : GRADIENT_NORM;
    lane->diverged_reason = reason;
    lane->diverged_step = lane->rows * lane->config.n_envs;
    lane->diverged_value = reason == POLICY_LOSS ? losses.policy : reason == VALUE_LOSS ? losses.value : norm;
    return 1;
}

/* Is this the update that passes one of the (at most) 500 equal steps of the budget? */
static int on_grid(const struct lane *lane)
{
    int64_t before = lane->rows - lane->t, all = lane->config.total_rows;
    return lane->rows * MOST_METRICS_ROWS / all > before * MOST_METRICS_ROWS / all;
}

static struct metrics metrics_of(const struct lane *lane, struct losses losses, struct moments advantages, float norm)
{
    return (struct metrics){
        .step = lane->rows * lane->config.n_envs,
        .policy_loss = a2c_canonicalf(losses.policy),
        .value_loss = a2c_canonicalf(losses.value),
        .entropy = a2c_canonicalf(losses.entropy),
        .advantage_mean = a2c_canonicalf(advantages.mean),
        .advantage_std = a2c_canonicalf(advantages.deviation),
        .grad_norm = norm,
        .explained_variance = a2c_canonicalf(explained_variance(lane)),
    };
}

/* Estimate, differentiate, step; the rollout's last observations are in place. Gives 1 where metrics are recorded. */
static int64_t update(struct lane *lane, struct metrics *metrics)
{
    int64_t rows = lane->t * lane->config.n_envs;
    network_forward(&lane->network, lane->observations, rows, lane->config.n_envs);
    estimate(lane);
    struct moments advantages = moments(rows, lane->advantages, NULL, 0, lane->valid);
    struct losses of_rollout = losses(lane, advantages);
    network_backward(&lane->network, lane->observations, rows);
    float norm = __builtin_sqrtf(a2c_squares(lane->network.n_parameters, lane->network.gradients));
    int64_t recorded = 0;
    if (!ends(lane, of_rollout, norm)) {
        optimizer_step(lane, clip_factor(norm, lane->config.max_grad_norm));
        recorded = on_grid(lane);
        if (recorded)
            *metrics = metrics_of(lane, of_rollout, advantages, norm);
    }
    begin_rollout(lane);
    return recorded;
}

/* ---------------------------------------------------------------------------------------------------------- loops */

int64_t a2c_train(struct lane *lane, int64_t updates, uint8_t *actions, struct ended *ended, int64_t *n_ended,
                  struct metrics *metrics, int64_t *n_metrics)
{
    int64_t done = 0, n_envs = lane->config.n_envs;
    *n_ended = *n_metrics = 0;
    for (; done < updates && lane->rows < lane->config.total_rows && !lane->diverged_reason; done++) {
        for (int64_t rows = a2c_rollout_rows(lane); lane->t < rows;) {
            const uint8_t *chosen = act(lane, 0);
            memcpy(actions, chosen, (size_t)n_envs);
            actions += n_envs;
            *n_ended += step(lane, chosen, ended + *n_ended);
        }
        *n_metrics += update(lane, metrics + *n_metrics);
    }
    return done;
}

static void take_observations(struct lane *lane, const float *observations)
{
    float *row = observations_of(lane, lane->t);
    for (int64_t i = 0; i < lane->config.n_envs * lane->config.n_observation; i++)
        row[i] = a2c_cut(observations[i]);
}

void a2c_act(struct lane *lane, const float *observations, int64_t greedy, uint8_t *actions)
{
    take_observations(lane, observations);
    memcpy(actions, act(lane, greedy), (size_t)lane->config.n_envs);
}

int64_t a2c_update(struct lane *lane, const float *observations, struct metrics *metrics)
{
    take_observations(lane, observations);
    return update(lane, metrics);
}

/* As if the noise of `rows` rows had been drawn. */
static void skip_noise(struct lane *lane, int64_t rows)
{
    a2c_advance(&lane->sampling, (uint64_t)(rows * lane->config.n_envs * lane->config.n_actions));
}

int64_t a2c_replay(struct lane *lane, int64_t rows, const uint8_t *actions, struct ended *ended)
{
    int64_t n_ended = 0;
    for (int64_t row = 0; row < rows; row++) {
        n_ended += step(lane, actions + row * lane->config.n_envs, ended + n_ended);
        begin_rollout(lane);
    }
    skip_noise(lane, rows);
    return n_ended;
}

void a2c_skip(struct lane *lane, int64_t rows, const uint8_t *reset_row, const double *episode_return,
              const int64_t *episode_length)
{
    lane->rows = rows;
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

/* ------------------------------------------------------------------------------------------------- looking inside */

void a2c_forward(struct lane *lane, const float *observations, float *logits, float *values)
{
    const struct config *c = &lane->config;
    const struct network *n = &lane->network;
    network_forward(&lane->network, observations, 0, c->n_envs);
    for (int64_t env = 0; env < c->n_envs; env++) {
        for (int64_t a = 0; a < c->n_actions; a++)
            logits[env * c->n_actions + a] = n->logits[env * n->logits_stride + a];
        values[env] = n->values[env * n->values_stride];
    }
}

int64_t a2c_parameters(struct lane *lane, float **parameters, float **gradients, float **first, float **second)
{
    *parameters = lane->network.parameters, *gradients = lane->network.gradients;
    *first = lane->first, *second = lane->second;
    return lane->network.n_parameters;
}

void a2c_status(const struct lane *lane, struct status *status)
{
    *status = (struct status){lane->rows, lane->updates, lane->diverged_step, lane->diverged_reason,
                              a2c_canonical(lane->diverged_value)};
}

void a2c_set_updates(struct lane *lane, int64_t updates) { lane->updates = updates; }
