#include "optimizers.h"

#include "functions.h"
#include "memory.h"

#define BETA_1 0.9
#define BETA_2 0.999
#define SMALLEST 1e-36f /* of a mean square: its root is lost beside any epsilon */

double whole_power(double x, int64_t n)
{
    double power = 1;
    for (; n > 0; n /= 2, x *= x)
        if (n % 2)
            power *= x;
    return power;
}

void optimizer_start(struct lane *lane)
{
    for (int64_t i = 0; i < lane->network.n_parameters; i++) {
        lane->first[i] = 0;
        lane->second[i] = lane->config.optimizer == RMSPROP_TF ? 1 : 0;
    }
    lane->updates = 0;
}

float clip_factor(float norm, double max_grad_norm)
{
    float factor = (float)max_grad_norm / (norm + 1e-6f);
    return factor < 1 ? factor : 1;
}

/* learning_rate, or learning_rate * (1 - share of the budget before this rollout) */
static double learning_rate(const struct lane *lane)
{
    const struct config *c = &lane->config;
    double done = (double)(lane->rows - lane->t) / (double)c->total_rows;
    return c->linear_schedule ? c->learning_rate * (1 - done) : c->learning_rate;
}

/* Adam (Kingma and Ba 2015, algorithm 1), step n:
 *
 *     m <- m + (1 - beta_1) (g - m)        v <- beta_2 v + (1 - beta_2) g^2
 *     p <- p - rate / (1 - beta_1^n) m / (sqrt(v) / sqrt(1 - beta_2^n) + eps)
 */
static void adam(int64_t n, float *restrict p, const float *restrict g, float *restrict m, float *restrict v,
                 float factor, float rate, float root, float eps)
{
    for (int64_t i = 0; i < n; i++) {
        float x = g[i] * factor;
        m[i] = a2c_cut(m[i] + (float)(1 - BETA_1) * (x - m[i]));
        v[i] = a2c_cut((float)BETA_2 * v[i] + (float)(1 - BETA_2) * (x * x));
        p[i] -= rate * m[i] / (__builtin_sqrtf(v[i]) * root + eps);
    }
}

/* RMSprop as in PyTorch:  s <- alpha s + (1 - alpha) g^2,   p <- p - rate g / (sqrt(s) + eps) */
static void rmsprop(int64_t n, float *restrict p, const float *restrict g, float *restrict s, float factor, float rate,
                    float alpha, float rest, float eps)
{
    for (int64_t i = 0; i < n; i++) {
        float x = g[i] * factor;
        s[i] = a2c_cut(alpha * s[i] + rest * (x * x));
        p[i] -= rate * x / (__builtin_sqrtf(s[i] < SMALLEST ? SMALLEST : s[i]) + eps);
    }
}

/* RMSprop as in TensorFlow:  s likewise, but from 1 on,   p <- p - rate g / sqrt(s + eps) */
static void rmsprop_tf(int64_t n, float *restrict p, const float *restrict g, float *restrict s, float factor,
                       float rate, float alpha, float rest, float eps)
{
    for (int64_t i = 0; i < n; i++) {
        float x = g[i] * factor;
        s[i] = a2c_cut(alpha * s[i] + rest * (x * x));
        p[i] -= rate * x / __builtin_sqrtf(s[i] + eps);
    }
}

void optimizer_step(struct lane *lane, float factor)
{
    const struct config *c = &lane->config;
    struct lane *owner = owner_of(lane);
    const struct network *n = &lane->network;
    float *parameters = owner->network.parameters;
    double rate = learning_rate(lane);
    float alpha = (float)c->rmsprop_alpha, rest = (float)(1 - c->rmsprop_alpha);
    float eps = (float)c->optimizer_eps < 0x1p-126f ? 0x1p-126f : (float)c->optimizer_eps; /* 0 / 0 where all is 0 */
    owner->updates++;
    if (c->optimizer == ADAM) {
        double bias_1 = 1 - whole_power(BETA_1, owner->updates), bias_2 = 1 - whole_power(BETA_2, owner->updates);
        adam(n->n_parameters, parameters, n->gradients, owner->first, owner->second, factor, (float)(rate / bias_1),
             (float)(1 / __builtin_sqrt(bias_2)), eps);
    } else {
        (c->optimizer == RMSPROP ? rmsprop : rmsprop_tf)(n->n_parameters, parameters, n->gradients, owner->second,
                                                         factor, (float)rate, alpha, rest, eps);
    }
    if (owner != lane)
        memcpy(n->parameters, parameters, (size_t)n->n_parameters * sizeof(float));
}
