#include "loss.h"

#include "distribution.h"
#include "functions.h"

/* Policy gradient with the advantage as weight, squared value error, entropy bonus (Mnih et al. 2016, section 4).
 *
 *     policy  = mean(-log pi(a | s) A)
 *     value   = mean((v - R)^2),            d total / d v = value_loss_coef 2 (v - R) / rows
 *     entropy = mean(H),                    H = -sum_a pi(a | s) log pi(a | s)
 *     total   = policy + value_loss_coef * value - entropy_coef * entropy
 *
 * A and R are constants here; reset rows count in no mean. */
struct losses losses(struct lane *lane, struct moments of)
{
    const struct config *c = &lane->config;
    struct network *n = &lane->network;
    int64_t rows = lane->t * c->n_envs, valid = 0;
    for (int64_t i = 0; i < rows; i++)
        valid += lane->valid[i];
    float share = 1 / (float)(valid > 1 ? valid : 1);
    double policy = 0, value = 0, entropy = 0;
    for (int64_t i = 0; i < rows; i++) {
        float weight = lane->valid[i] ? share : 0, advantage = lane->advantages[i];
        float weighted = (c->normalize_advantage ? (advantage - of.mean) / (of.deviation + TINY) : advantage) * weight;
        float *d = n->d_logits + i * n->logits_stride;
        const float *action = lane->actions + i * c->action_size;
        struct judged judged = judge(c, n->logits + i * n->logits_stride, action, d);
        float error = n->values[i * n->values_stride] - lane->returns[i];
        policy += -judged.log_prob * weighted;
        value += error * error * weight;
        entropy += judged.entropy * weight;
        derive(c, action, judged, weighted, (float)c->entropy_coef * weight, d);
        n->d_values[i * n->values_stride] = a2c_cut(error * weight * (2 * (float)c->value_loss_coef));
    }
    return (struct losses){(float)policy, (float)value, (float)entropy};
}
