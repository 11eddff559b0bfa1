/* An update from a rollout: estimate, differentiate, clip, step, measure. */
#ifndef A2C_UPDATE_H
#define A2C_UPDATE_H

#include "core.h"

/* Update from the rollout, whose last observations are in place. Gives 1 where metrics are recorded. */
int64_t update(struct lane *lane, struct metrics *metrics);

#endif
