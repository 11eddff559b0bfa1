#include "update.h"

#include "collect.h"
#include "functions.h"
#include "measures.h"
#include "network.h"
#include "normalize.h"
#include "ppo.h"
#include "reinforce.h"
#include "snapshots.h"

/* The lane's rollout, for one step or for PPO's. */
static struct batch rollout_of(const struct lane *lane)
{
    return (struct batch){
        .rows = lane->t * lane->config.n_envs,
        .observations = lane->observations,
        .actions = lane->actions,
        .advantages = lane->advantages,
        .returns = lane->returns,
        .old_values = lane->old_values,
        .old_log_probs = lane->old_log_probs,
        .valid = lane->valid,
    };
}

/* Learn from the rollout, and measure that where the grid of metrics has a step. */
static int64_t learn(struct lane *lane, struct metrics *metrics)
{
    struct batch rollout = rollout_of(lane);
    struct steps steps = {0};
    int recorded = on_grid(lane, MOST_METRICS_ROWS), closely = on_grid(lane, lane->config.close_rows);
    if (recorded)
        measure_before(lane, &rollout, closely, metrics);
    if (!(lane->config.algorithm == PPO ? ppo_steps : gradient_step)(lane, &rollout, closely, &steps))
        return 0;
    if (recorded)
        measure_after(lane, &rollout, &steps, closely, metrics);
    return recorded;
}

/* Without a critic, what is measured of it has no meaning. */
static void leave_out_critic(const struct lane *lane, struct metrics *metrics)
{
    if (lane->config.algorithm == REINFORCE && lane->config.baseline != VALUE_BASELINE)
        metrics->value_loss = metrics->explained_variance = metrics->value_max = A2C_NANF;
}

/* Advantages and returns; gives 0 where there is nothing to learn from. */
static int estimate_rollout(struct lane *lane)
{
    if (lane->config.algorithm == REINFORCE)
        return estimate_episodes(lane) > 0;
    estimate(lane);
    return 1;
}

int64_t update(struct lane *lane, struct metrics *metrics)
{
    int64_t recorded = 0;
    normalize_observations(lane);
    network_forward(&lane->network, lane->observations, lane->t * lane->config.n_envs, lane->config.n_envs);
    if (estimate_rollout(lane))
        recorded = learn(lane, metrics);
    if (recorded)
        leave_out_critic(lane, metrics);
    if (!lane->diverged_reason)
        keep_snapshots(lane);
    if (lane->stop && !lane->diverged_reason)
        lane->stopped_step = lane->rows * lane->config.n_envs;
    begin_rollout(lane);
    return recorded;
}
