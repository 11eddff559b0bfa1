/* The weights during a run: a copy at the first update at or after each row that the configuration names. */
#ifndef A2C_SNAPSHOTS_H
#define A2C_SNAPSHOTS_H

#include "core.h"

/* Means and variances of normalised observations, 0 where they are not normalised. */
int64_t observed_moments(const struct config *c);

/* After an update: keep the weights if the run has passed the next of the rows, or several of them. */
void keep_snapshots(struct lane *lane);

#endif
