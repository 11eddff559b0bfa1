/* Pendulum-v1: swing a pendulum up by a torque and hold it there. Gymnasium's pendulum.py.
 * State: angle (0: upright), angular velocity. Action: a torque, clipped to [-2, 2]. Reward: minus a cost. */
#include "../functions.h"
#include "environments.h"

#define PI 3.141592653589793

static void draw(double *state, int32_t n, int32_t i, a2c_stream *stream) {
    state[i] = a2c_between(stream, -PI, PI);
    state[n + i] = a2c_between(stream, -1.0, 1.0);
}

/* (x + pi) mod 2 pi - pi, with Python's sign of mod. The remainder is exact, as fmod's: the quotient rounded down is
 * right or one too large, and then one divisor comes back. */
A2C_INLINE double normalize(double x) {
    double shifted = x + PI, size = a2c_abs(shifted), turn = 2.0 * PI;
    double quotient = (double)(int64_t)(size / turn);
    double rest = a2c_fma(-quotient, turn, size);
    rest = rest < 0.0 ? rest + turn : rest;
    rest = (shifted < 0.0) & (rest > 0.0) ? turn - rest : rest;
    return rest - PI;
}

static void move(double *state, int32_t n, const float *actions, double *rewards, uint8_t *terminated) {
    const double fastest = 8.0, dt = 0.05;
    for (int32_t i = 0; i < n; i++) {
        double theta = state[i], speed = state[n + i], angle = normalize(theta);
        float torque = actions[i] < -2.0f ? -2.0f : actions[i];
        torque = torque > 2.0f ? 2.0f : torque;
        float effort = 0.001f * (torque * torque), push = 3.0f * torque; /* NumPy computes these in float32 */
        rewards[i] = -(angle * angle + 0.1 * (speed * speed) + (double)effort);
        speed = speed + (15.0 * a2c_sin(theta) + (double)push) * dt;
        speed = speed < -fastest ? -fastest : speed;
        speed = speed > fastest ? fastest : speed;
        state[i] = theta + speed * dt;
        state[n + i] = speed;
        terminated[i] = 0;
    }
}

static void observe(const double *state, int32_t n, float *observations) {
    for (int32_t i = 0; i < n; i++) {
        a2c_circle at = a2c_sincos(state[i]);
        observations[3 * i] = (float)at.cos;
        observations[3 * i + 1] = (float)at.sin;
        observations[3 * i + 2] = (float)state[n + i];
    }
}

const a2c_environment a2c_pendulum = {3, 0, 2, 200, 2.0, draw, move, observe};
