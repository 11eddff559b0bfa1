#include "normalize.h"

#include "collect.h"
#include "functions.h"

#define EPSILON 1e-8
#define LIMIT 10.0
#define FIRST_COUNT 1e-4 /* of the moments 0 and 1 that are there before the first row */

/* Moments of some columns: `at` has their count, then means, then variances. */
struct running {
    double *at;
    int64_t columns;
};

static int64_t observed_size(const struct config *c) { return c->normalize_observations ? 1 + 2 * c->n_observation : 0; }

static struct running observed(const struct lane *lane)
{
    return (struct running){lane->normalizer, lane->config.n_observation};
}

static struct running discounted(const struct lane *lane)
{
    return (struct running){lane->normalizer + observed_size(&lane->config), 1};
}

static double *discounted_returns(const struct lane *lane) { return discounted(lane).at + 3; }

int64_t normalizer_size(const struct config *c)
{
    return observed_size(c) + (c->normalize_rewards ? 3 + c->n_envs : 0);
}

static void start(struct running r)
{
    r.at[0] = FIRST_COUNT;
    for (int64_t k = 0; k < r.columns; k++)
        r.at[1 + r.columns + k] = 1; /* the means are 0 */
}

void normalizer_start(struct lane *lane)
{
    if (lane->config.normalize_observations)
        start(observed(lane));
    if (lane->config.normalize_rewards)
        start(discounted(lane));
}

/* Column k with a batch of n more rows (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
 * computing sample variances", 1982). The count is raised when all columns are done. */
static void merge(struct running r, int64_t k, double mean, double variance, double n)
{
    double count = r.at[0], total = count + n, *own_mean = r.at + 1 + k, *own_variance = r.at + 1 + r.columns + k;
    double delta = mean - *own_mean;
    double squares = *own_variance * count + variance * n + delta * delta * count * n / total;
    *own_mean += delta * n / total;
    *own_variance = squares / total;
}

static void count_observations(struct lane *lane, const float *x)
{
    struct running r = observed(lane);
    int64_t n = lane->config.n_envs;
    for (int64_t k = 0; k < r.columns; k++) {
        double sum = 0, squares = 0;
        for (int64_t env = 0; env < n; env++)
            sum += (double)x[env * r.columns + k];
        double mean = sum / (double)n;
        for (int64_t env = 0; env < n; env++) {
            double off = (double)x[env * r.columns + k] - mean;
            squares += off * off;
        }
        merge(r, k, mean, squares / (double)n, (double)n);
    }
    r.at[0] += (double)n;
}

static float within(double x) { return a2c_cut((float)(x < -LIMIT ? -LIMIT : x > LIMIT ? LIMIT : x)); }

void normalize_observations(struct lane *lane)
{
    struct running r = observed(lane);
    if (!lane->config.normalize_observations || lane->is_normalized)
        return;
    float *x = observations_of(lane, lane->t);
    if (!lane->is_counted && !lane->is_frozen)
        count_observations(lane, x);
    for (int64_t k = 0; k < r.columns; k++) {
        double mean = r.at[1 + k], deviation = a2c_sqrt(r.at[1 + r.columns + k] + EPSILON);
        for (int64_t env = 0; env < lane->config.n_envs; env++)
            x[env * r.columns + k] = within(((double)x[env * r.columns + k] - mean) / deviation);
    }
    lane->is_counted = lane->is_normalized = 1;
}

/* Take the discounted returns of all rows but reset rows into their moments. */
static void count_returns(struct lane *lane)
{
    const double *returns = discounted_returns(lane);
    double sum = 0, squares = 0, n = 0;
    for (int64_t env = 0; env < lane->config.n_envs; env++)
        if (!lane->reset_row[env])
            sum += returns[env], n += 1;
    double mean = sum / n;
    for (int64_t env = 0; env < lane->config.n_envs; env++)
        if (!lane->reset_row[env]) {
            double off = returns[env] - mean;
            squares += off * off;
        }
    if (n > 0) {
        merge(discounted(lane), 0, mean, squares / n, n);
        discounted(lane).at[0] += n;
    }
}

void normalize_rewards(struct lane *lane, const double *rewards, float *seen)
{
    const struct config *c = &lane->config;
    double *returns = discounted_returns(lane);
    for (int64_t env = 0; env < c->n_envs; env++)
        if (!lane->reset_row[env])
            returns[env] = returns[env] * c->gamma + rewards[env];
    count_returns(lane);
    double deviation = a2c_sqrt(discounted(lane).at[2] + EPSILON);
    for (int64_t env = 0; env < c->n_envs; env++)
        seen[env] = within(rewards[env] / deviation);
}

void end_discounted_return(struct lane *lane, int64_t env) { discounted_returns(lane)[env] = 0; }
