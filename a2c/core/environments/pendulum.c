/* Pendulum-v1: swing a pendulum up by a torque and hold it there. Gymnasium's pendulum.py.
 * State: angle (0: upright), angular velocity. Action: a torque, clipped to [-2, 2].
 * Reward: minus (angle^2 + 0.1 speed^2 + 0.001 torque^2). */
#include "../functions.h"
#include "environment.h"

#define PI 3.141592653589793

static void draw(struct environments *all, int32_t i)
{
    all->state[i] = a2c_between(&all->streams[i], -PI, PI);
    all->state[all->n + i] = a2c_between(&all->streams[i], -1.0, 1.0);
}

/* (x + pi) mod 2 pi - pi, where mod has the sign of its divisor, as in Python. The remainder is exact: the quotient
 * rounded to an integer is right or one too large, and then one divisor comes back. */
A2C_INLINE double normalized(double x)
{
    double shifted = x + PI, size = a2c_abs(shifted), turn = 2.0 * PI;
    double quotient = (size / turn - 0.5 + A2C_ROUNDER) - A2C_ROUNDER;
    double rest = a2c_fma(-quotient, turn, size);
    rest = rest < 0.0 ? rest + turn : rest;
    rest = rest >= turn ? rest - turn : rest;
    rest = ((shifted < 0.0) & (rest > 0.0)) ? turn - rest : rest;
    return rest - PI;
}

static void move(struct environments *all, const float *actions, double *rewards, uint8_t *terminated)
{
    const double fastest = 8.0, dt = 0.05, pull = 3.0 * all->option / 2.0;
    double *restrict theta = all->state, *restrict speed = theta + all->n;
    SIDE_BY_SIDE
    for (int32_t i = 0; i < all->n; i++) {
        double angle = normalized(theta[i]), v = speed[i];
        float torque = actions[i] > -2.0f ? actions[i] : -2.0f; /* for NaN, too */
        torque = torque > 2.0f ? 2.0f : torque;
        float effort = 0.001f * (torque * torque), push = 3.0f * torque; /* NumPy computes these in float32 */
        rewards[i] = -(angle * angle + 0.1 * (v * v) + (double)effort);
        v = v + (pull * a2c_sin(theta[i]) + (double)push) * dt;
        v = v < -fastest ? -fastest : v;
        v = v > fastest ? fastest : v;
        theta[i] = theta[i] + v * dt;
        speed[i] = v;
        terminated[i] = 0;
    }
}

static void observe(const struct environments *all, float *observations)
{
    for (int32_t i = 0; i < all->n; i++) {
        struct circle at = a2c_sincos(all->state[i]);
        observations[3 * i] = (float)at.cos;
        observations[3 * i + 1] = (float)at.sin;
        observations[3 * i + 2] = (float)all->state[all->n + i];
    }
}

const struct kind a2c_pendulum = {"Pendulum-v1", 3, 0, 2, 200, 2.0, "g", 10.0, draw, move, observe};
