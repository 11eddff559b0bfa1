#include "loss.h"

#include "functions.h"

/* log pi = logits - max - log(sum(exp(logits - max))), into `log_pi`; gives the entropy -sum(pi log pi). */
static float log_softmax(int64_t n, const float *logits, float *log_pi)
{
    float most = logits[0], sum = 0, entropy = 0;
    for (int64_t a = 1; a < n; a++)
        most = logits[a] > most ? logits[a] : most;
    for (int64_t a = 0; a < n; a++)
        sum += a2c_expf(logits[a] - most);
    float log_sum = a2c_logf(sum);
    for (int64_t a = 0; a < n; a++) {
        log_pi[a] = (logits[a] - most) - log_sum;
        entropy -= a2c_expf(log_pi[a]) * log_pi[a];
    }
    return entropy;
}

/* d total / d logits = ((pi - onehot(action)) A + entropy_coef pi (log pi + H)) / rows; `d` holds log pi before. */
static void d_logits(int64_t n, float *d, int64_t action, float weighted, float bonus, float entropy)
{
    for (int64_t a = 0; a < n; a++) {
        float pi = a2c_expf(d[a]);
        float by_policy = pi * weighted - (a == action ? weighted : 0);
        d[a] = a2c_cut(by_policy + pi * (d[a] + entropy) * bonus);
    }
}

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
        float of_row = log_softmax(c->n_actions, n->logits + i * n->logits_stride, d);
        float error = n->values[i * n->values_stride] - lane->returns[i];
        policy += -d[lane->actions[i]] * weighted;
        value += error * error * weight;
        entropy += of_row * weight;
        d_logits(c->n_actions, d, lane->actions[i], weighted, (float)c->entropy_coef * weight, of_row);
        n->d_values[i * n->values_stride] = a2c_cut(error * weight * (2 * (float)c->value_loss_coef));
    }
    return (struct losses){(float)policy, (float)value, (float)entropy};
}
