/* What is recorded of an update, on a fixed grid of steps. */
#ifndef A2C_MEASURES_H
#define A2C_MEASURES_H

#include "gradient.h"

/* Is this the update that passes one of the (at most) `cells` equal steps of the budget? */
int on_grid(const struct lane *lane, int64_t cells);

/* What is known before the update's first step; `rollout` and its outputs are in place. */
void measure_before(struct lane *lane, const struct batch *rollout, int closely, struct metrics *metrics);

/* The rest, after its last step. Overwrites the network's outputs. */
void measure_after(struct lane *lane, const struct batch *rollout, const struct steps *steps, int closely,
                   struct metrics *metrics);

#endif
