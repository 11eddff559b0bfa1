#include "gradients.h"

#include "collect.h"
#include "distribution.h"
#include "memory.h"
#include "network.h"

/* The rollout's next row as it stands before its step. */
static void put_row(const struct lane *lane, const struct sample *into, int64_t row)
{
    const struct config *c = &lane->config;
    const struct network *n = &lane->network;
    size_t numbers = (size_t)(c->n_envs * c->n_observation);
    memcpy(into->observations + (size_t)row * numbers, observations_of(lane, lane->t), numbers * sizeof(float));
    for (int64_t env = 0; env < c->n_envs; env++)
        into->values[row * c->n_envs + env] = n->values[(lane->t * c->n_envs + env) * n->values_stride];
}

void a2c_sample(struct lane *lane, int64_t rows, const struct sample *into, struct ended *ended)
{
    const struct config *c = &lane->config;
    size_t n_envs = (size_t)c->n_envs, numbers = n_envs * (size_t)c->action_size;
    for (int64_t row = 0; row < rows; row++) {
        const float *chosen = act(lane, 0);
        size_t at = (size_t)row * n_envs;
        put_row(lane, into, row);
        memcpy(into->actions + (size_t)row * numbers, chosen, numbers * sizeof(float));
        step(lane, chosen, ended);
        memcpy(into->rewards + at, lane->row_rewards, n_envs * sizeof(double));
        memcpy(into->terminated + at, lane->terminated, n_envs);
        memcpy(into->truncated + at, lane->truncated, n_envs);
        memcpy(into->valid + at, lane->valid, n_envs);
        begin_rollout(lane);
    }
    network_forward(&lane->network, lane->observations, 0, c->n_envs);
    put_row(lane, into, rows);
}

void a2c_look(struct lane *lane, int64_t rows, const float *observations)
{
    network_forward(&lane->network, observations, 0, rows);
}

void a2c_policy_gradient(struct lane *lane, int64_t rows, const float *observations, const float *actions,
                         const float *weights)
{
    const struct config *c = &lane->config;
    struct network *n = &lane->network;
    for (int64_t i = 0; i < rows; i++) {
        float *d = n->d_logits + i * n->logits_stride;
        const float *action = actions + i * c->action_size;
        derive(c, action, judge(c, n->logits + i * n->logits_stride, action, d), weights[i], 0, d);
        n->d_values[i * n->values_stride] = 0;
    }
    network_backward(n, observations, rows);
}

double a2c_inner(int64_t n, const double *x, const double *y)
{
    double sums[COLUMNS] = {0};
    for (int64_t i = 0; i < n; i += COLUMNS)
        for (int64_t c = 0; c < COLUMNS; c++)
            sums[c] += x[i + c] * y[i + c];
    for (int64_t half = COLUMNS / 2; half > 0; half /= 2)
        for (int64_t c = 0; c < half; c++)
            sums[c] += sums[c + half];
    return sums[0];
}
