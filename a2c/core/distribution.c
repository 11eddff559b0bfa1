#include "distribution.h"

#include "functions.h"

#define HALF_LOG_2_PI 0.918938533204672742f

int64_t noise_size(const struct config *c) { return c->actions == SOFTMAX ? c->n_outputs : c->action_size; }

void draw_noise(const struct config *c, struct stream *stream, float *noise)
{
    (c->actions == SOFTMAX     ? a2c_gumbel
     : c->actions == BERNOULLI ? a2c_logistic
                               : a2c_normal)(stream, noise, c->n_envs * noise_size(c));
}

/* ---------------------------------------------------------------------------------------------------------- softmax */

/* The largest logit plus noise: with Gumbel noise a draw from the softmax (Maddison et al. 2014). */
static float choose_softmax(int64_t n, const float *logits, const float *noise)
{
    int64_t best = 0;
    for (int64_t a = 1; a < n; a++)
        if (logits[a] + noise[a] > logits[best] + noise[best])
            best = a;
    return (float)best;
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

static float log_of(struct scale scale, float logit) { return (logit - scale.most) - scale.log_sum; }

/* log pi of all actions into `log_pi`; gives the entropy -sum(pi log pi). */
static float log_softmax(int64_t n, const float *logits, float *log_pi)
{
    struct scale scale = scale_of(n, logits);
    float entropy = 0;
    for (int64_t a = 0; a < n; a++) {
        log_pi[a] = log_of(scale, logits[a]);
        entropy -= a2c_expf(log_pi[a]) * log_pi[a];
    }
    return entropy;
}

static struct judged judge_softmaxes(const struct config *c, const float *outputs, const float *action, float *log_pi)
{
    struct judged all = {0, 0};
    for (int64_t i = 0; i < c->action_size; i++) {
        all.entropy += log_softmax(c->choices[i], outputs, log_pi);
        all.log_prob += log_pi[(int64_t)action[i]];
        outputs += c->choices[i], log_pi += c->choices[i];
    }
    return all;
}

/* d / d logits = (pi - onehot(action)) weight + pi (log pi + H) bonus */
static void derive_softmax(int64_t n, float action, float entropy, float weight, float bonus, float *d)
{
    for (int64_t a = 0; a < n; a++) {
        float pi = a2c_expf(d[a]);
        float by_policy = pi * weight - (a == (int64_t)action ? weight : 0);
        d[a] = a2c_cut(by_policy + pi * (d[a] + entropy) * bonus);
    }
}

/* The entropy of one of several softmaxes, in the order of `log_softmax`. */
static float entropy_of(int64_t n, const float *log_pi)
{
    float entropy = 0;
    for (int64_t a = 0; a < n; a++)
        entropy -= a2c_expf(log_pi[a]) * log_pi[a];
    return entropy;
}

static void derive_softmaxes(const struct config *c, const float *action, struct judged judged, float weight,
                             float bonus, float *d)
{
    for (int64_t i = 0; i < c->action_size; d += c->choices[i++]) {
        float entropy = c->action_size == 1 ? judged.entropy : entropy_of(c->choices[i], d);
        derive_softmax(c->choices[i], action[i], entropy, weight, bonus, d);
    }
}

/* -------------------------------------------------------------------------------------------------------- Bernoulli */

/* With e = exp(-|l|), which cannot overflow:
 *
 *     p = 1 / (1 + e) or e / (1 + e)        log p(1) = min(l, 0) - log(1 + e)        log p(0) = log p(1) - l
 *     H = log(1 + e) + |l| e / (1 + e) */
static struct judged judge_bernoulli(const struct config *c, const float *logits, const float *action, float *kept)
{
    struct judged all = {0, 0};
    for (int64_t i = 0; i < c->action_size; i++) {
        float l = logits[i], size = a2c_absf(l), e = a2c_expf(-size), softplus = a2c_logf(1 + e);
        all.log_prob += (action[i] > 0.5f ? (l < 0 ? l : 0) : (l > 0 ? -l : 0)) - softplus;
        all.entropy += softplus + size * (e / (1 + e));
        kept[i] = l;
    }
    return all;
}

/* d / d l = (p - action) weight + l p (1 - p) bonus */
static void derive_bernoulli(const struct config *c, const float *action, float weight, float bonus, float *d)
{
    for (int64_t i = 0; i < c->action_size; i++) {
        float l = d[i], e = a2c_expf(-a2c_absf(l)), larger = 1 / (1 + e), smaller = e / (1 + e);
        float p = l > 0 ? larger : smaller;
        d[i] = a2c_cut((p - action[i]) * weight + l * (larger * smaller) * bonus);
    }
}

/* --------------------------------------------------------------------------------------------------------- Gaussian */

/* With z = (x - mean) / deviation:  log p(x) = -z^2 / 2 - log deviation - log(2 pi) / 2,
 * H = log deviation + 1 / 2 + log(2 pi) / 2.  `kept`: every z, then every 1 / deviation. */
static struct judged judge_gaussian(const struct config *c, const float *outputs, const float *action, float *kept)
{
    struct judged all = {0, 0};
    for (int64_t i = 0, n = c->action_size; i < n; i++) {
        float log_std = outputs[n + i], inverse = a2c_expf(-log_std), z = (action[i] - outputs[i]) * inverse;
        all.log_prob += (-0.5f * (z * z) - log_std) - HALF_LOG_2_PI;
        all.entropy += log_std + (0.5f + HALF_LOG_2_PI);
        kept[i] = z, kept[n + i] = inverse;
    }
    return all;
}

/* d / d mean = -z / deviation weight;  d / d log deviation = (1 - z^2) weight - bonus */
static void derive_gaussian(const struct config *c, float weight, float bonus, float *d)
{
    for (int64_t i = 0, n = c->action_size; i < n; i++) {
        float z = d[i], inverse = d[n + i];
        d[i] = a2c_cut(-(z * inverse * weight));
        d[n + i] = a2c_cut((1 - z * z) * weight - bonus);
    }
}

/* -------------------------------------------------------------------------------------------------------------- all */

void choose(const struct config *c, const float *outputs, const float *noise, float *action)
{
    for (int64_t i = 0, first = 0; i < c->action_size; i++) {
        if (c->actions == SOFTMAX) {
            action[i] = choose_softmax(c->choices[i], outputs + first, noise + first);
            first += c->choices[i];
        } else if (c->actions == BERNOULLI)
            action[i] = outputs[i] + noise[i] > 0 ? 1 : 0; /* logistic noise lies above -l with probability p */
        else
            action[i] = a2c_canonicalf(outputs[i] + a2c_expf(outputs[c->action_size + i]) * noise[i]);
    }
}

struct judged judge(const struct config *c, const float *outputs, const float *action, float *d_outputs)
{
    return (c->actions == SOFTMAX     ? judge_softmaxes
            : c->actions == BERNOULLI ? judge_bernoulli
                                      : judge_gaussian)(c, outputs, action, d_outputs);
}

void derive(const struct config *c, const float *action, struct judged judged, float weight, float bonus,
            float *d_outputs)
{
    if (c->actions == SOFTMAX)
        derive_softmaxes(c, action, judged, weight, bonus, d_outputs);
    else if (c->actions == BERNOULLI)
        derive_bernoulli(c, action, weight, bonus, d_outputs);
    else
        derive_gaussian(c, weight, bonus, d_outputs);
}

/* ------------------------------------------------------------------------------------------------------- divergence */

/* sum of pi_old (log pi_old - log pi_new) */
static float divergence_of_softmax(int64_t n, const float *old, const float *new)
{
    struct scale before = scale_of(n, old), after = scale_of(n, new);
    float sum = 0;
    for (int64_t a = 0; a < n; a++) {
        float log_old = log_of(before, old[a]);
        sum += a2c_expf(log_old) * (log_old - log_of(after, new[a]));
    }
    return sum;
}

/* p (log p - log q) + (1 - p) (log(1 - p) - log(1 - q)) = p (l - m) + softplus(m) - softplus(l), logits l and m */
static float divergence_of_bernoulli(float l, float m)
{
    float e = a2c_expf(-a2c_absf(l)), f = a2c_expf(-a2c_absf(m));
    float p = l > 0 ? 1 / (1 + e) : e / (1 + e);
    float softplus_l = (l > 0 ? l : 0) + a2c_logf(1 + e), softplus_m = (m > 0 ? m : 0) + a2c_logf(1 + f);
    return p * (l - m) + (softplus_m - softplus_l);
}

/* log(t / s) + (s^2 + (mean - mean')^2) / (2 t^2) - 1 / 2, deviations s and t */
static float divergence_of_gaussian(float mean, float log_s, float new_mean, float log_t)
{
    float ratio = a2c_expf(log_s - log_t), z = (mean - new_mean) * a2c_expf(-log_t);
    return (log_t - log_s) + (0.5f * (ratio * ratio + z * z) - 0.5f);
}

float divergence(const struct config *c, const float *old, const float *new)
{
    float sum = 0;
    for (int64_t i = 0, n = c->action_size, first = 0; i < n; i++) {
        if (c->actions == SOFTMAX) {
            sum += divergence_of_softmax(c->choices[i], old + first, new + first);
            first += c->choices[i];
        } else if (c->actions == BERNOULLI)
            sum += divergence_of_bernoulli(old[i], new[i]);
        else
            sum += divergence_of_gaussian(old[i], old[n + i], new[i], new[n + i]);
    }
    return sum;
}
