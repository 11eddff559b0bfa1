#include "loss.h"

#include "distribution.h"
#include "functions.h"

/* A row's part of a loss, and the factor of its derivative. */
struct term {
    float loss, slope;
    int clipped;
};

/* -log pi(a | s) A; its derivative is A times that of -log pi. */
static struct term policy_gradient(float log_prob, float advantage)
{
    return (struct term){-log_prob * advantage, advantage, 0};
}

/* -min(ratio A, clip(ratio, 1 - range, 1 + range) A), ratio = pi(a | s) / pi_old(a | s) (Schulman et al. 2017, equation
 * 7). The clipped one has no derivative. */
static struct term clipped_surrogate(float log_prob, float old_log_prob, float advantage, float range)
{
    float ratio = a2c_expf(log_prob - old_log_prob);
    float bounded = ratio < 1 - range ? 1 - range : ratio > 1 + range ? 1 + range : ratio;
    int is_less = bounded * advantage < ratio * advantage;
    return (struct term){-(is_less ? bounded : ratio) * advantage, is_less ? 0 : advantage * ratio, bounded != ratio};
}

/* (v - R)^2, or that of v no further than `range` from its old value, if it is larger. */
static struct term squared_error(float value, float return_, float old_value, float range)
{
    float error = value - return_, change = value - old_value;
    struct term plain = {error * error, error, 0};
    if (!(change > range || change < -range))
        return plain;
    float near = old_value + (change > 0 ? range : -range) - return_;
    return near * near > plain.loss ? (struct term){near * near, 0, 1} : plain;
}

/* Of A2C (Mnih et al. 2016, section 4) and PPO (Schulman et al. 2017); A and R are constants, reset rows count in no
 * mean.
 *
 *     policy  = mean(-log pi(a | s) A), or PPO's clipped surrogate
 *     value   = mean((v - R)^2),            d total / d v = value_loss_coef 2 (v - R) / rows
 *     entropy = mean(H),                    H = -sum_a pi(a | s) log pi(a | s)
 *     total   = policy + value_loss_coef * value - entropy_coef * entropy
 */
struct losses losses(struct lane *lane, const struct batch *batch, struct moments of)
{
    const struct config *c = &lane->config;
    struct network *n = &lane->network;
    int64_t rows = batch->rows, valid = 0, is_ppo = c->algorithm == PPO;
    for (int64_t i = 0; i < rows; i++)
        valid += batch->valid[i];
    float share = 1 / (float)(valid > 1 ? valid : 1);
    double policy = 0, value = 0, entropy = 0, clipped = 0;
    for (int64_t i = 0; i < rows; i++) {
        float weight = batch->valid[i] ? share : 0, advantage = batch->advantages[i];
        float weighted = (c->normalize_advantage ? (advantage - of.mean) / (of.deviation + TINY) : advantage) * weight;
        float *d = n->d_logits + i * n->logits_stride, v = n->values[i * n->values_stride];
        const float *action = batch->actions + i * c->action_size;
        struct judged judged = judge(c, n->logits + i * n->logits_stride, action, d);
        struct term actor = is_ppo ? clipped_surrogate(judged.log_prob, batch->old_log_probs[i], weighted, (float)c->clip_range)
                                   : policy_gradient(judged.log_prob, weighted);
        struct term critic = squared_error(v, batch->returns[i], is_ppo ? batch->old_values[i] : v, (float)c->clip_range_value);
        policy += actor.loss;
        value += critic.loss * weight;
        entropy += judged.entropy * weight;
        clipped += actor.clipped * weight;
        derive(c, action, judged, actor.slope, (float)c->entropy_coef * weight, d);
        n->d_values[i * n->values_stride] = a2c_cut(critic.slope * weight * (2 * (float)c->value_loss_coef));
    }
    return (struct losses){(float)policy, (float)value, (float)entropy, (float)clipped};
}
