#include "update.h"

#include "collect.h"
#include "measures.h"
#include "network.h"
#include "ppo.h"

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

int64_t update(struct lane *lane, struct metrics *metrics)
{
    network_forward(&lane->network, lane->observations, lane->t * lane->config.n_envs, lane->config.n_envs);
    estimate(lane);
    int64_t recorded = learn(lane, metrics);
    if (lane->stop && !lane->diverged_reason)
        lane->stopped_step = lane->rows * lane->config.n_envs;
    begin_rollout(lane);
    return recorded;
}
