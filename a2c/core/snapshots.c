#include "snapshots.h"

#include "loops.h"
#include "memory.h"

int64_t observed_moments(const struct config *c) { return c->normalize_observations ? 2 * c->n_observation : 0; }

void keep_snapshots(struct lane *lane)
{
    const struct config *c = &lane->config;
    int64_t n = lane->network.n_parameters, moments = observed_moments(c);
    for (; lane->n_kept < c->n_snapshots && lane->rows >= c->snapshot_rows[lane->n_kept]; lane->n_kept++) {
        memcpy(lane->kept + lane->n_kept * n, lane->network.parameters, (size_t)n * sizeof(float));
        if (moments) /* behind their count */
            memcpy(lane->kept_moments + lane->n_kept * moments, lane->normalizer + 1, (size_t)moments * sizeof(double));
    }
}

int64_t *a2c_snapshots(struct lane *lane, float **kept, double **moments)
{
    *kept = lane->kept, *moments = lane->kept_moments;
    return &lane->n_kept;
}
