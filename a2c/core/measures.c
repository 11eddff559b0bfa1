#include "measures.h"

#include "distribution.h"
#include "functions.h"
#include "memory.h"
#include "network.h"

int on_grid(const struct lane *lane, int64_t cells)
{
    int64_t before = lane->rows - lane->t, all = lane->config.total_rows;
    return lane->rows * cells / all > before * cells / all;
}

static int64_t n_valid(const struct batch *batch)
{
    int64_t n = 0;
    for (int64_t i = 0; i < batch->rows; i++)
        n += batch->valid[i];
    return n;
}

static float largest_value(const struct lane *lane, const struct batch *batch)
{
    const struct network *n = &lane->network;
    float most = A2C_NANF;
    for (int64_t i = 0; i < batch->rows; i++) {
        float value = n->values[i * n->values_stride];
        if (batch->valid[i] && !(most >= value))
            most = value;
    }
    return most;
}

/* Share of the rows after which no value counts. */
static float terminal_share(const struct lane *lane, const struct batch *batch)
{
    int64_t terminal = 0;
    for (int64_t i = 0; i < batch->rows; i++)
        terminal += batch->valid[i] && (lane->terminated[i] || (lane->config.terminal_limit && lane->truncated[i]));
    return (float)terminal / (float)n_valid(batch);
}

/* Root mean squared distance between two of the observations: that of all pairs is twice the sum of the variances. */
static float observation_distance(const struct lane *lane, const struct batch *batch)
{
    double variances = 0, count = (double)n_valid(batch);
    int64_t numbers = lane->config.n_observation;
    for (int64_t k = 0; k < numbers; k++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < batch->rows; i++)
            sum += batch->valid[i] ? batch->observations[i * numbers + k] : 0;
        for (int64_t i = 0; i < batch->rows; i++) {
            double off = batch->valid[i] ? batch->observations[i * numbers + k] - sum / count : 0;
            squares += off * off;
        }
        variances += squares / (count - 1);
    }
    return count > 1 ? (float)__builtin_sqrt(2 * variances) : A2C_NANF;
}

/* Mean over the rows of the divergence of the policy from the one that acted. */
static float policy_kl(struct lane *lane, const struct batch *rollout)
{
    const struct config *c = &lane->config;
    const struct network *n = &lane->network;
    double sum = 0;
    network_forward(&lane->network, rollout->observations, 0, rollout->rows);
    for (int64_t i = 0; i < rollout->rows; i++)
        if (rollout->valid[i])
            sum += divergence(c, lane->old_outputs + i * c->n_outputs, n->logits + i * n->logits_stride);
    return (float)(sum / (double)n_valid(rollout));
}

static void keep_outputs(struct lane *lane, const struct batch *rollout)
{
    const struct network *n = &lane->network;
    int64_t outputs = lane->config.n_outputs;
    for (int64_t i = 0; i < rollout->rows; i++)
        memcpy(lane->old_outputs + i * outputs, n->logits + i * n->logits_stride, (size_t)outputs * sizeof(float));
}

void measure_before(struct lane *lane, const struct batch *rollout, int closely, struct metrics *metrics)
{
    struct moments advantages = moments(rollout->rows, rollout->advantages, NULL, 0, rollout->valid);
    *metrics = (struct metrics){
        .step = lane->rows * lane->config.n_envs,
        .advantage_mean = a2c_canonicalf(advantages.mean),
        .advantage_std = a2c_canonicalf(advantages.deviation),
        .explained_variance = a2c_canonicalf(explained_variance(lane)),
        .value_max = a2c_canonicalf(largest_value(lane, rollout)),
        .terminal_share = a2c_canonicalf(terminal_share(lane, rollout)),
        .observation_distance = a2c_canonicalf(observation_distance(lane, rollout)),
    };
    if (closely)
        keep_outputs(lane, rollout);
}

/* The mean of a sum over the update's steps. */
static float mean(double sum, const struct steps *steps) { return a2c_canonicalf((float)(sum / (double)steps->n)); }

void measure_after(struct lane *lane, const struct batch *rollout, const struct steps *steps, int closely,
                   struct metrics *metrics)
{
    metrics->policy_loss = mean(steps->policy, steps);
    metrics->value_loss = mean(steps->value, steps);
    metrics->entropy = mean(steps->entropy, steps);
    metrics->grad_norm = mean(steps->norm, steps);
    metrics->clip_coefficient = mean(steps->coefficient, steps);
    metrics->clip_fraction = mean(steps->clipped, steps);
    metrics->policy_grad_norm = closely ? a2c_canonicalf(steps->parts.policy) : A2C_NANF;
    metrics->value_grad_norm = closely ? a2c_canonicalf(steps->parts.value) : A2C_NANF;
    metrics->grad_cosine = closely ? a2c_canonicalf(steps->parts.cosine) : A2C_NANF;
    metrics->policy_kl = closely ? a2c_canonicalf(policy_kl(lane, rollout)) : A2C_NANF;
}
