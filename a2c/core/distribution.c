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
