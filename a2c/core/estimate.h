/* Advantages, returns, and the moments of what is valid of them. */
#ifndef A2C_ESTIMATE_H
#define A2C_ESTIMATE_H

#include "core.h"

struct moments {
    float mean, deviation;
};

/* Advantages and returns of the lane's rollout. */
void estimate(struct lane *lane);

/* Mean and deviation (n - 1) of x less y (nothing where it is NULL) over valid rows; `every`: y's stride. */
struct moments moments(int64_t n, const float *x, const float *y, int64_t every, const uint8_t *valid);

/* 1 - variance(returns - values) / variance(returns); not a number if all returns are equal. */
float explained_variance(const struct lane *lane);

#endif
