#include "update.h"

#include "collect.h"
#include "functions.h"
#include "kernels.h"
#include "loss.h"
#include "network.h"
#include "normalize.h"
#include "optimizers.h"
#include "reinforce.h"

static int is_finite(float x) { return x - x == 0; }

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

/* Is this the update that passes one of the (at most) 500 equal steps of the budget? */
static int on_grid(const struct lane *lane)
{
    int64_t before = lane->rows - lane->t, all = lane->config.total_rows;
    return lane->rows * MOST_METRICS_ROWS / all > before * MOST_METRICS_ROWS / all;
}

static struct metrics metrics_of(const struct lane *lane, struct losses losses, struct moments advantages, float norm)
{
    return (struct metrics){
        .step = lane->rows * lane->config.n_envs,
        .policy_loss = a2c_canonicalf(losses.policy),
        .value_loss = a2c_canonicalf(losses.value),
        .entropy = a2c_canonicalf(losses.entropy),
        .advantage_mean = a2c_canonicalf(advantages.mean),
        .advantage_std = a2c_canonicalf(advantages.deviation),
        .grad_norm = norm,
        .explained_variance = a2c_canonicalf(explained_variance(lane)),
    };
}

/* Without a critic, what is measured of it has no meaning. */
static void leave_out_critic(const struct lane *lane, struct metrics *metrics)
{
    if (lane->config.algorithm == REINFORCE && lane->config.baseline != VALUE_BASELINE)
        metrics->value_loss = metrics->explained_variance = A2C_NANF;
}

/* Gives 0 where there is nothing to learn from. */
static int estimate_rollout(struct lane *lane)
{
    if (lane->config.algorithm == REINFORCE)
        return estimate_episodes(lane) > 0;
    estimate(lane);
    return 1;
}

/* Estimate, differentiate, step; the rollout's last observations are in place. Gives 1 where metrics are recorded. */
int64_t update(struct lane *lane, struct metrics *metrics)
{
    int64_t rows = lane->t * lane->config.n_envs;
    normalize_observations(lane);
    network_forward(&lane->network, lane->observations, rows, lane->config.n_envs);
    if (!estimate_rollout(lane)) {
        begin_rollout(lane);
        return 0;
    }
    struct moments advantages = moments(rows, lane->advantages, NULL, 0, lane->valid);
    struct losses of_rollout = losses(lane, advantages);
    network_backward(&lane->network, lane->observations, rows);
    float norm = __builtin_sqrtf(a2c_squares(lane->network.n_parameters, lane->network.gradients));
    int64_t recorded = 0;
    if (!ends(lane, of_rollout, norm)) {
        optimizer_step(lane, clip_factor(norm, lane->config.max_grad_norm));
        recorded = on_grid(lane);
        if (recorded)
            *metrics = metrics_of(lane, of_rollout, advantages, norm), leave_out_critic(lane, metrics);
    }
    if (lane->stop && !lane->diverged_reason)
        lane->stopped_step = lane->rows * lane->config.n_envs;
    begin_rollout(lane);
    return recorded;
}
