/* A3C's workers: lanes that share weights and optimiser, and learn in the order that the caller gives. */
#ifndef A2C_WORKERS_H
#define A2C_WORKERS_H

#include "core.h"

/* Let `worker`, a lane of one environment, share the weights, the optimiser and the noise of `shared`. It acts and
 * differentiates with a copy of the weights, which each of its updates renews. */
EXPORT void a2c_share(struct lane *worker, struct lane *shared);

/* A rollout and an update of each worker in `order` (its number among `workers`), `n` in all, in native environments;
 * gives how many were made, fewer where the run diverges. Arrays are as those of `a2c_train`. */
EXPORT int64_t a2c_take_turns(struct lane *const *workers, int64_t n, const int64_t *order, float *actions,
                              struct ended *ended, int64_t *n_ended, struct metrics *metrics, int64_t *n_metrics);

/* The update of a worker whose environments the caller has stepped, as `a2c_update`. */
EXPORT int64_t a2c_update_shared(struct lane *worker, const float *observations, struct metrics *metrics);

/* Stand as after `rows` rows of all workers together. */
EXPORT void a2c_stand(struct lane *shared, int64_t rows);

#endif
