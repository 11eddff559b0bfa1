#include "loops.h"

#include "distribution.h"
#include "functions.h"
#include "initial.h"
#include "memory.h"
#include "network.h"
#include "normalize.h"
#include "optimizers.h"
#include "snapshots.h"

#define TAKE(room, array, n) ((array) = room_take(room, (n) * (int64_t)sizeof *(array)))

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
    TAKE(room, lane->actions, learned * lane->config.action_size);
    TAKE(room, lane->terminated, learned);
    TAKE(room, lane->truncated, learned);
    TAKE(room, lane->valid, learned);
    TAKE(room, lane->reset_row, n_envs);
    TAKE(room, lane->episode_return, n_envs);
    TAKE(room, lane->episode_length, n_envs);
    TAKE(room, lane->row_rewards, n_envs);
    TAKE(room, lane->noise, n_envs * noise_size(&lane->config));
    TAKE(room, lane->normalizer, normalizer_size(&lane->config));
    TAKE(room, lane->old_outputs, learned * lane->config.n_outputs);
    TAKE(room, lane->kept_d, learned);
}

static void lay_out_minibatch(struct lane *lane, struct room *room)
{
    const struct config *c = &lane->config;
    int64_t learned = c->algorithm == PPO ? c->n_steps * c->n_envs : 0;
    int64_t gathered = c->n_minibatches > 1 ? (learned + c->n_minibatches - 1) / c->n_minibatches : 0;
    struct minibatch *m = &lane->minibatch;
    TAKE(room, lane->old_values, learned);
    TAKE(room, lane->old_log_probs, learned);
    TAKE(room, m->order, learned);
    TAKE(room, m->observations, gathered * c->n_observation);
    TAKE(room, m->actions, gathered * c->action_size);
    TAKE(room, m->advantages, gathered);
    TAKE(room, m->returns, gathered);
    TAKE(room, m->old_values, gathered);
    TAKE(room, m->old_log_probs, gathered);
    TAKE(room, m->valid, gathered);
}

/* Every array's place; gives where `initial_weights` may work. */
static double *lay_out(struct lane *lane, struct room *room)
{
    int64_t learned = lane->config.n_steps * lane->config.n_envs;
    network_lay_out(&lane->network, &lane->config, learned + lane->config.n_envs, learned, room);
    TAKE(room, lane->first, lane->network.n_parameters);
    TAKE(room, lane->second, lane->network.n_parameters);
    TAKE(room, lane->kept, lane->config.n_snapshots * lane->network.n_parameters);
    TAKE(room, lane->kept_moments, lane->config.n_snapshots * observed_moments(&lane->config));
    TAKE(room, lane->whole, lane->network.n_parameters);
    TAKE(room, lane->other, lane->network.n_parameters);
    lay_out_environments(lane, room);
    lay_out_rollout(lane, room);
    lay_out_minibatch(lane, room);
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
                            const struct stream *actions, const struct stream *minibatches,
                            const struct stream *environments)
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
    normalizer_start(lane);
    lane->sampling = *actions, lane->shuffling = *minibatches;
    lane->running_norm = -1;
    if (lane->environments.kind) {
        for (int64_t i = 0; i < config->n_envs; i++)
            lane->environments.streams[i] = environments[i];
        a2c_environments_reset(&lane->environments, lane->observations);
    }
    return lane;
}

void a2c_forward(struct lane *lane, const float *observations, float *logits, float *values)
{
    const struct config *c = &lane->config;
    const struct network *n = &lane->network;
    network_forward(&lane->network, observations, 0, c->n_envs);
    for (int64_t env = 0; env < c->n_envs; env++) {
        for (int64_t a = 0; a < c->n_outputs; a++)
            logits[env * c->n_outputs + a] = n->logits[env * n->logits_stride + a];
        values[env] = n->values[env * n->values_stride];
    }
}

int64_t a2c_parameters(struct lane *lane, float **parameters, float **gradients, float **first, float **second)
{
    *parameters = lane->network.parameters, *gradients = lane->network.gradients;
    *first = lane->first, *second = lane->second;
    return lane->network.n_parameters;
}

int64_t a2c_normalizer(struct lane *lane, double **moments)
{
    *moments = lane->normalizer;
    return normalizer_size(&lane->config);
}

void a2c_freeze(struct lane *lane) { lane->is_frozen = 1; }

void a2c_status(const struct lane *lane, struct status *status)
{
    *status = (struct status){lane->rows, lane->updates, lane->stopped_step, lane->diverged_step, lane->diverged_reason,
                              a2c_canonical(lane->diverged_value)};
}

double *a2c_past_returns(struct lane *lane) { return lane->past_returns; }
double *a2c_running_norm(struct lane *lane) { return &lane->running_norm; }

void a2c_set_updates(struct lane *lane, int64_t updates) { lane->updates = updates; }
