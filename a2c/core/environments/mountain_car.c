/* MountainCar-v0: a car too weak for the hill has to swing up (Moore, "Efficient memory-based learning for robot
 * control", 1990). Gymnasium's mountain_car.py. State: position, velocity. Reward: -1 a step. */
#include "../functions.h"
#include "environments.h"

static void draw(double *state, int32_t n, int32_t i, a2c_stream *stream) {
    state[i] = a2c_between(stream, -0.6, -0.4);
    state[n + i] = 0.0;
}

static double clip(double x, double low, double high) {
    x = x < low ? low : x;
    return x > high ? high : x;
}

static void move(double *state, int32_t n, const float *actions, double *rewards, uint8_t *terminated) {
    const double leftmost = -1.2, rightmost = 0.6, fastest = 0.07, goal = 0.5, force = 0.001, gravity = 0.0025;
    for (int32_t i = 0; i < n; i++) {
        double push = ((double)actions[i] - 1.0) * force;
        double velocity = clip(state[n + i] + (push + a2c_cos(3.0 * state[i]) * -gravity), -fastest, fastest);
        double position = clip(state[i] + velocity, leftmost, rightmost);
        velocity = (position == leftmost) & (velocity < 0.0) ? 0.0 : velocity;
        state[i] = position;
        state[n + i] = velocity;
        terminated[i] = (position >= goal) & (velocity >= 0.0);
        rewards[i] = -1.0;
    }
}

static void observe(const double *state, int32_t n, float *observations) {
    for (int32_t i = 0; i < n; i++) {
        observations[2 * i] = (float)state[i];
        observations[2 * i + 1] = (float)state[n + i];
    }
}

const a2c_environment a2c_mountain_car = {2, 3, 2, 200, 0.0, draw, move, observe};
