#include "reinforce.h"

#include "estimate.h"

static int ends_episode(const struct lane *lane, int64_t t) { return lane->terminated[t] || lane->truncated[t]; }

static void leave_out_unfinished(struct lane *lane)
{
    for (int64_t t = lane->t - 1; t >= 0 && !ends_episode(lane, t); t--)
        lane->valid[t] = 0;
}

/* Give the steps from `first` on, up to `last`, their mean return. */
static void level(struct lane *lane, int64_t first, int64_t last)
{
    double sum = 0, count = 0;
    for (int64_t t = first; t <= last; t++)
        if (lane->valid[t])
            sum += lane->returns[t], count += 1;
    for (int64_t t = first; t <= last; t++)
        lane->returns[t] = (float)(sum / count);
}

static void level_episodes(struct lane *lane)
{
    int64_t first = 0;
    for (int64_t t = 0; t < lane->t; t++)
        if (ends_episode(lane, t)) {
            level(lane, first, t);
            first = t + 1;
        }
}

/* A_t = G_t - b_t with the return G_t = r_t + gamma G_{t+1} within the episode (Williams 1992; Sutton and Barto 2018,
 * section 13.4). Baseline b_t: 0, the mean return of all steps in earlier updates, or the critic's v_t. */
int64_t estimate_episodes(struct lane *lane)
{
    const struct config *c = &lane->config;
    const struct network *n = &lane->network;
    double *past = lane->past_returns;
    int64_t valid = 0;
    float mean = past[1] > 0 ? (float)(past[0] / past[1]) : 0;
    estimate(lane); /* by n-step returns: a rollout ends with an episode */
    leave_out_unfinished(lane);
    if (c->episode_mean)
        level_episodes(lane);
    for (int64_t t = 0; t < lane->t; t++) {
        float value = n->values[t * n->values_stride];
        float baseline = c->baseline == VALUE_BASELINE ? value : c->baseline == MEAN_BASELINE ? mean : 0;
        lane->advantages[t] = lane->returns[t] - baseline;
        if (lane->valid[t])
            past[0] += lane->returns[t], past[1] += 1, valid++;
    }
    return valid;
}
