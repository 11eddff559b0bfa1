/* The weights during a run: a copy at the first update at or after each row that the configuration names. */
#ifndef A2C_SNAPSHOTS_H
#define A2C_SNAPSHOTS_H

#include "core.h"

/* After an update: keep the weights if the run has passed the next of the rows, or several of them. */
void keep_snapshots(struct lane *lane);

#endif
