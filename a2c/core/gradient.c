#include "gradient.h"

#include "functions.h"
#include "kernels.h"
#include "memory.h"
#include "network.h"
#include "optimizers.h"

#define DECAY 0.99 /* of the running mean of the norm */

struct gradient {
    float norm;        /* of the whole gradient before clipping */
    float coefficient; /* what the part that is clipped is multiplied with */
    float factor;      /* what the optimiser has to multiply the gradient with */
    struct parts parts;
};

static int is_finite(float x) { return x - x == 0; }

static float norm_of(const struct network *n, const float *x) { return __builtin_sqrtf(a2c_squares(n->n_parameters, x)); }

/* The coefficient of a gradient, or a part of it, with this norm: by the norm itself or by its running mean. */
static float coefficient(struct lane *lane, float norm)
{
    const struct config *c = &lane->config;
    if (!c->clip_running)
        return clip_factor(norm, c->max_grad_norm);
    lane->running_norm = lane->running_norm < 0 ? norm : DECAY * lane->running_norm + (1 - DECAY) * norm;
    return clip_factor((float)lane->running_norm, c->max_grad_norm);
}

/* ------------------------------------------------------------------------------------------------ parts of a gradient */

/* sum of a[i] b[i], n a multiple of 16: sixteen partial sums, one after the other */
static double dot(int64_t n, const float *a, const float *b)
{
    double part[COLUMNS] = {0}, sum = 0;
    for (int64_t i = 0; i < n; i += COLUMNS)
        for (int64_t j = 0; j < COLUMNS; j++)
            part[j] += (double)a[i + j] * (double)b[i + j];
    for (int64_t j = 0; j < COLUMNS; j++)
        sum += part[j];
    return sum;
}

/* On the shared layers: those before the head. */
static struct parts on_trunk(const struct network *n, const float *policy, const float *value)
{
    const struct column *column = &n->columns[0];
    int64_t trunk = column->layers[column->n_layers - 1].weight - n->parameters;
    double p = __builtin_sqrt(dot(trunk, policy, policy)), v = __builtin_sqrt(dot(trunk, value, value));
    double both = dot(trunk, policy, value), product = p * v;
    return (struct parts){(float)p, (float)v, product > 0 ? (float)(both / product) : A2C_NANF};
}

/* Where policy and value have a column each. */
static struct parts on_columns(const struct network *n, const float *gradient)
{
    int64_t value = n->columns[1].layers[0].weight - n->parameters, end = n->n_parameters;
    double p = dot(value, gradient, gradient), v = dot(end - value, gradient + value, gradient + value);
    return (struct parts){(float)__builtin_sqrt(p), (float)__builtin_sqrt(v), 0};
}

static void leave_out_policy(struct network *n, const struct config *c, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t a = 0; a < c->n_outputs; a++)
            n->d_logits[i * n->logits_stride + a] = 0;
}

static void leave_out_value(struct network *n, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++)
        n->d_values[i * n->values_stride] = 0;
}

/* Both parts of the gradient in place: the policy's by itself, the value's as what is left. */
static struct parts parts_of(struct lane *lane, const struct batch *batch)
{
    struct network *n = &lane->network;
    size_t bytes = (size_t)n->n_parameters * sizeof(float);
    if (n->n_columns > 1)
        return on_columns(n, n->gradients);
    memcpy(lane->whole, n->gradients, bytes);
    leave_out_value(n, batch->rows);
    network_backward(n, batch->observations, batch->rows);
    for (int64_t i = 0; i < n->n_parameters; i++)
        lane->other[i] = lane->whole[i] - n->gradients[i];
    struct parts parts = on_trunk(n, n->gradients, lane->other);
    memcpy(n->gradients, lane->whole, bytes);
    return parts;
}

/* ---------------------------------------------------------------------------------------------------------- gradients */

static struct gradient together(struct lane *lane, const struct batch *batch, int closely)
{
    struct network *n = &lane->network;
    network_backward(n, batch->observations, batch->rows);
    struct gradient g = {.norm = norm_of(n, n->gradients)};
    g.coefficient = g.factor = coefficient(lane, g.norm);
    if (closely)
        g.parts = parts_of(lane, batch);
    return g;
}

/* The policy's gradient into `whole`, the value's into the network's. */
static void differentiate_apart(struct lane *lane, const struct batch *batch)
{
    struct network *n = &lane->network;
    for (int64_t i = 0; i < batch->rows; i++)
        lane->kept_d[i] = n->d_values[i * n->values_stride];
    leave_out_value(n, batch->rows);
    network_backward(n, batch->observations, batch->rows);
    memcpy(lane->whole, n->gradients, (size_t)n->n_parameters * sizeof(float));
    leave_out_policy(n, &lane->config, batch->rows);
    for (int64_t i = 0; i < batch->rows; i++)
        n->d_values[i * n->values_stride] = lane->kept_d[i];
    network_backward(n, batch->observations, batch->rows);
}

/* The policy's and the value's gradient, one of them clipped by its own norm, added. */
static struct gradient apart(struct lane *lane, const struct batch *batch, int closely)
{
    struct network *n = &lane->network;
    int is_policy = lane->config.clip_part == CLIP_POLICY;
    struct gradient g = {.factor = 1};
    differentiate_apart(lane, batch);
    g.coefficient = coefficient(lane, norm_of(n, is_policy ? lane->whole : n->gradients));
    float by_policy = is_policy ? g.coefficient : 1, by_value = is_policy ? 1 : g.coefficient;
    if (closely && n->n_columns == 1)
        g.parts = on_trunk(n, lane->whole, n->gradients);
    for (int64_t i = 0; i < n->n_parameters; i++) {
        float policy = lane->whole[i], value = n->gradients[i];
        lane->whole[i] = policy + value;
        n->gradients[i] = policy * by_policy + value * by_value;
    }
    g.norm = norm_of(n, lane->whole);
    if (closely && n->n_columns > 1)
        g.parts = on_columns(n, lane->whole);
    return g;
}

/* End the lane if its gradient is not finite: the first of the numbers that is not is the reason. What has ended does
 * not learn any more. */
static int ends(struct lane *lane, struct losses losses, float norm)
{
    if (is_finite(norm) || lane->diverged_reason)
        return lane->diverged_reason != FINITE;
    int reason = !is_finite(losses.policy) ? POLICY_LOSS : !is_finite(losses.value) ? VALUE_LOSS : GRADIENT_NORM;
    lane->diverged_reason = reason;
    lane->diverged_step = lane->rows * lane->config.n_envs;
    lane->diverged_value = reason == POLICY_LOSS ? losses.policy : reason == VALUE_LOSS ? losses.value : norm;
    return 1;
}

int64_t gradient_step(struct lane *lane, const struct batch *batch, int closely, struct steps *steps)
{
    struct losses l = losses(lane, batch, moments(batch->rows, batch->advantages, NULL, 0, batch->valid));
    struct gradient g = (lane->config.clip_part == CLIP_ALL ? together : apart)(lane, batch, closely);
    if (ends(lane, l, g.norm))
        return 0;
    optimizer_step(lane, g.factor);
    if (steps->n++ == 0)
        steps->parts = g.parts;
    steps->policy += l.policy, steps->value += l.value, steps->entropy += l.entropy, steps->clipped += l.clipped;
    steps->norm += g.norm, steps->coefficient += g.coefficient;
    return 1;
}
