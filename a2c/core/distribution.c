#include "distribution.h"

#include "functions.h"

int64_t noise_size(const struct config *c) { return c->n_outputs; }

void draw_noise(const struct config *c, struct stream *stream, float *noise)
{
    a2c_gumbel(stream, noise, c->n_envs * noise_size(c));
}

/* The largest logit plus noise: with Gumbel noise a draw from the softmax (Maddison et al. 2014). */
void choose(const struct config *c, const float *outputs, const float *noise, float *action)
{
    int64_t best = 0;
    for (int64_t a = 1; a < c->n_outputs; a++)
        if (outputs[a] + noise[a] > outputs[best] + noise[best])
            best = a;
    action[0] = (float)best;
}

/* log pi = logits - most - log_sum */
struct scale {
    float most, log_sum;
};

/* max, and log(sum(exp(logits - max))) */
static struct scale scale_of(int64_t n, const float *logits)
{
    float most = logits[0], sum = 0;
    for (int64_t a = 1; a < n; a++)
        most = logits[a] > most ? logits[a] : most;
    for (int64_t a = 0; a < n; a++)
        sum += a2c_expf(logits[a] - most);
    return (struct scale){most, a2c_logf(sum)};
}

/* log pi of all actions into `log_pi`; gives the entropy -sum(pi log pi). */
static float log_softmax(int64_t n, const float *logits, float *log_pi)
{
    struct scale scale = scale_of(n, logits);
    float entropy = 0;
    for (int64_t a = 0; a < n; a++) {
        log_pi[a] = (logits[a] - scale.most) - scale.log_sum;
        entropy -= a2c_expf(log_pi[a]) * log_pi[a];
    }
    return entropy;
}

struct judged judge(const struct config *c, const float *outputs, const float *action, float *d_outputs)
{
    float entropy = log_softmax(c->n_outputs, outputs, d_outputs);
    return (struct judged){d_outputs[(int64_t)action[0]], entropy};
}

/* d / d logits = (pi - onehot(action)) weight + pi (log pi + H) bonus */
void derive(const struct config *c, const float *action, struct judged judged, float weight, float bonus,
            float *d_outputs)
{
    for (int64_t a = 0; a < c->n_outputs; a++) {
        float pi = a2c_expf(d_outputs[a]);
        float by_policy = pi * weight - (a == (int64_t)action[0] ? weight : 0);
        d_outputs[a] = a2c_cut(by_policy + pi * (d_outputs[a] + judged.entropy) * bonus);
    }
}

/* sum of pi_old (log pi_old - log pi_new) */
float divergence(const struct config *c, const float *old, const float *new)
{
    struct scale before = scale_of(c->n_outputs, old), after = scale_of(c->n_outputs, new);
    float sum = 0;
    for (int64_t a = 0; a < c->n_outputs; a++) {
        float log_old = (old[a] - before.most) - before.log_sum, log_new = (new[a] - after.most) - after.log_sum;
        sum += a2c_expf(log_old) * (log_old - log_new);
    }
    return sum;
}
