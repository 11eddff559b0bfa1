#include "ppo.h"

#include "distribution.h"
#include "memory.h"
#include "network.h"

int64_t shuffling_draws(const struct config *c)
{
    return c->n_minibatches > 1 ? c->n_epochs * (c->n_steps * c->n_envs - 1) : 0;
}

/* Put the rows in a random order (Fisher and Yates): for i from the last row down to 1, rows i and j change places, j
 * the whole part of u (i + 1), u the upper 32 bits of a draw as a share of 2^32. */
static void shuffle(struct lane *lane, int64_t rows)
{
    int64_t *order = lane->minibatch.order;
    for (int64_t i = 0; i < rows; i++)
        order[i] = i;
    for (int64_t i = rows - 1; i > 0; i--) {
        int64_t j = (int64_t)(((a2c_next(&lane->shuffling) >> 32) * (uint64_t)(i + 1)) >> 32), held = order[i];
        order[i] = order[j], order[j] = held;
    }
}

/* Values and log pi(a | s) of the policy that acted. */
static void keep_old(struct lane *lane, const struct batch *rollout)
{
    const struct config *c = &lane->config;
    const struct network *n = &lane->network;
    for (int64_t i = 0; i < rollout->rows; i++) {
        const float *action = rollout->actions + i * c->action_size;
        lane->old_values[i] = n->values[i * n->values_stride];
        lane->old_log_probs[i] =
            judge(c, n->logits + i * n->logits_stride, action, n->d_logits + i * n->logits_stride).log_prob;
    }
}

/* The rows `first` to `end` of the random order. */
static struct batch gather(struct lane *lane, const struct batch *rollout, int64_t first, int64_t end)
{
    const struct config *c = &lane->config;
    struct minibatch *m = &lane->minibatch;
    size_t observation = (size_t)c->n_observation * sizeof(float), action = (size_t)c->action_size * sizeof(float);
    for (int64_t k = 0; k < end - first; k++) {
        int64_t i = m->order[first + k];
        memcpy(m->observations + k * c->n_observation, rollout->observations + i * c->n_observation, observation);
        memcpy(m->actions + k * c->action_size, rollout->actions + i * c->action_size, action);
        m->advantages[k] = rollout->advantages[i], m->returns[k] = rollout->returns[i];
        m->old_values[k] = rollout->old_values[i], m->old_log_probs[k] = rollout->old_log_probs[i];
        m->valid[k] = rollout->valid[i];
    }
    return (struct batch){end - first,     m->observations, m->actions, m->advantages, m->returns, m->old_values,
                          m->old_log_probs, m->valid};
}

/* One pass over the rollout. */
static int64_t epoch(struct lane *lane, const struct batch *rollout, int closely, struct steps *steps)
{
    int64_t parts = lane->config.n_minibatches, rows = rollout->rows;
    if (parts > 1)
        shuffle(lane, rows);
    for (int64_t part = 0; part < parts; part++) {
        int64_t first = rows * part / parts, end = rows * (part + 1) / parts;
        if (first == end)
            continue; /* the budget's last rollout may have fewer rows than there are parts */
        struct batch batch = parts > 1 ? gather(lane, rollout, first, end) : *rollout;
        network_forward(&lane->network, batch.observations, 0, batch.rows);
        if (!gradient_step(lane, &batch, closely && steps->n == 0, steps))
            return 0;
    }
    return 1;
}

int64_t ppo_steps(struct lane *lane, const struct batch *rollout, int closely, struct steps *steps)
{
    keep_old(lane, rollout);
    for (int64_t k = 0; k < lane->config.n_epochs; k++)
        if (!epoch(lane, rollout, closely, steps))
            return 0;
    return 1;
}
