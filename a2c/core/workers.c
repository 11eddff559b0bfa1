#include "workers.h"

#include "collect.h"
#include "distribution.h"
#include "memory.h"
#include "update.h"

void a2c_share(struct lane *worker, struct lane *shared) { worker->shared = shared; }

/* Asynchronous advantage actor-critic (Mnih et al. 2016, algorithm S3): the gradient by the worker's copy of the weights
 * moves the shared ones, which the worker then copies. Schedules and metrics go by the steps of all workers. */
static int64_t update_shared(struct lane *worker, struct metrics *metrics)
{
    struct lane *shared = worker->shared;
    int64_t own_rows = worker->rows, own_total = worker->config.total_rows;
    shared->rows += worker->t;
    worker->rows = shared->rows, worker->config.total_rows = shared->config.total_rows;
    int64_t recorded = update(worker, metrics);
    worker->rows = own_rows, worker->config.total_rows = own_total;
    shared->diverged_step = worker->diverged_step, shared->diverged_reason = worker->diverged_reason;
    shared->diverged_value = worker->diverged_value;
    return recorded;
}

/* A worker's rollout; gives the number of episodes that ended. */
static int64_t act_rollout(struct lane *worker, int64_t number, float *actions, struct ended *ended)
{
    int64_t n_ended = 0, size = worker->config.action_size;
    for (; !rollout_is_over(worker); actions += size) {
        const float *chosen = act(worker, 0);
        memcpy(actions, chosen, (size_t)size * sizeof(float));
        n_ended += step(worker, chosen, ended + n_ended);
    }
    for (int64_t i = 0; i < n_ended; i++)
        ended[i].env = number;
    return n_ended;
}

int64_t a2c_take_turns(struct lane *const *workers, int64_t n, const int64_t *order, float *actions,
                       struct ended *ended, int64_t *n_ended, struct metrics *metrics, int64_t *n_metrics)
{
    int64_t done = 0;
    *n_ended = *n_metrics = 0;
    for (; done < n && !workers[0]->shared->diverged_reason; done++) {
        struct lane *worker = workers[order[done]];
        *n_ended += act_rollout(worker, order[done], actions, ended + *n_ended);
        actions += worker->t * worker->config.action_size;
        *n_metrics += update_shared(worker, metrics + *n_metrics);
    }
    return done;
}

int64_t a2c_update_shared(struct lane *worker, const float *observations, struct metrics *metrics)
{
    take_observations(worker, observations);
    return update_shared(worker, metrics);
}

void a2c_stand(struct lane *shared, int64_t rows)
{
    shared->rows = rows;
    a2c_advance(&shared->sampling, (uint64_t)(rows * noise_size(&shared->config)));
}
