#include "estimate.h"

/* What the learner sees of a reward. */
static float clipped(float reward, float bound)
{
    return reward < -bound ? -bound : reward > bound ? bound : reward;
}

/* One environment, from the last step to the first. With discount_t = gamma (1 - terminated_t), cut where it ended:
 *
 *     GAE     delta_t = r_t + discount_t v_{t+1} - v_t
 *             A_t = delta_t + lambda discount_t (0 if cut_t else A_{t+1}),   G_t = A_t + v_t
 *     n-step  G_t = r_t + discount_t (v_{t+1} if cut_t else G_{t+1}),        A_t = G_t - v_t
 *
 * (Schulman et al. 2016, equation 16; Mnih et al. 2016, section 4.) */
static void estimate_one(struct lane *lane, int64_t env)
{
    const struct config *c = &lane->config;
    const struct network *n = &lane->network;
    float gamma = (float)c->gamma, lambda = (float)c->gae_lambda, bound = (float)c->reward_clip;
    float after = n->values[(lane->t * c->n_envs + env) * n->values_stride]; /* v_{t+1} */
    float following = c->estimator == GAE ? 0 : after;                     /* A_{t+1} or G_{t+1} */
    for (int64_t t = lane->t - 1; t >= 0; t--) {
        int64_t i = t * c->n_envs + env;
        int cut = lane->terminated[i] || lane->truncated[i];
        int terminal = c->terminal_limit ? cut : lane->terminated[i];
        float reward = clipped(lane->rewards[i], bound), value = n->values[i * n->values_stride];
        float discount = terminal ? 0 : gamma;
        if (c->estimator == GAE) {
            float delta = reward + discount * after - value, decay = cut ? 0 : lambda * discount;
            following = delta + decay * following;
            lane->advantages[i] = following;
            lane->returns[i] = following + value;
        } else {
            following = reward + discount * (cut ? after : following);
            lane->returns[i] = following;
            lane->advantages[i] = following - value;
        }
        after = value;
    }
}

void estimate(struct lane *lane)
{
    for (int64_t env = 0; env < lane->config.n_envs; env++)
        estimate_one(lane, env);
}

struct moments moments(int64_t n, const float *x, const float *y, int64_t every, const uint8_t *valid)
{
    double count = 0, sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++)
        if (valid[i])
            count += 1, sum += y ? x[i] - y[i * every] : x[i];
    double mean = sum / (count > 1 ? count : 1);
    for (int64_t i = 0; i < n; i++)
        if (valid[i]) {
            double off = (y ? x[i] - y[i * every] : x[i]) - mean;
            squares += off * off;
        }
    return (struct moments){(float)mean, (float)__builtin_sqrt(squares / (count > 2 ? count - 1 : 1))};
}

float explained_variance(const struct lane *lane)
{
    const struct network *n = &lane->network;
    int64_t rows = lane->t * lane->config.n_envs;
    float spread = moments(rows, lane->returns, NULL, 0, lane->valid).deviation;
    float left = moments(rows, lane->returns, n->values, n->values_stride, lane->valid).deviation;
    if (!(spread > 0))
        return __builtin_nanf("");
    float share = left / spread;
    return 1 - share * share;
}
