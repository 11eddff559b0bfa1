/* What REINFORCE weights its actions with. */
#ifndef A2C_REINFORCE_H
#define A2C_REINFORCE_H

#include "core.h"

/* Returns of the rollout's episodes, and as advantages these less the baseline. Rows after the last end are not valid:
 * their episode is not finished. Gives the number of valid rows. */
int64_t estimate_episodes(struct lane *lane);

#endif
