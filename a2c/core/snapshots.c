#include "snapshots.h"

#include "loops.h"
#include "memory.h"

void keep_snapshots(struct lane *lane)
{
    const struct config *c = &lane->config;
    int64_t n = lane->network.n_parameters;
    for (; lane->n_kept < c->n_snapshots && lane->rows >= c->snapshot_rows[lane->n_kept]; lane->n_kept++)
        memcpy(lane->kept + lane->n_kept * n, lane->network.parameters, (size_t)n * sizeof(float));
}

int64_t *a2c_snapshots(struct lane *lane, float **kept)
{
    *kept = lane->kept;
    return &lane->n_kept;
}
