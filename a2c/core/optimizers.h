/* The three optimisers, the gradient's clipping, and the learning rate's schedule. */
#ifndef A2C_OPTIMIZERS_H
#define A2C_OPTIMIZERS_H

#include "core.h"

/* Before the first step. */
void optimizer_start(struct lane *lane);

/* What the gradient is multiplied with, so that its norm is at most `max_grad_norm`. */
float clip_factor(float norm, double max_grad_norm);

/* One step along `factor` times the gradient. */
void optimizer_step(struct lane *lane, float factor);

/* x to the power n, by squaring. */
double whole_power(double x, int64_t n);

#endif
