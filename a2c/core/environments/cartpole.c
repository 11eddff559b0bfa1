/* CartPole-v1: a pole on a cart, kept upright by pushes to the left or right (Barto, Sutton and Anderson, "Neuronlike
 * adaptive elements that can solve difficult learning control problems", 1983). Gymnasium's cartpole.py; the equations
 * are those of Florian, "Correct equations for the dynamics of the cart-pole system", 2007, with Euler's method.
 * State: position, velocity, angle, angular velocity. Reward: 1 a step. */
#include "../functions.h"
#include "environments.h"

static void draw(double *state, int32_t n, int32_t i, a2c_stream *stream) {
    for (int32_t row = 0; row < 4; row++) state[row * n + i] = a2c_between(stream, -0.05, 0.05);
}

static void move(double *state, int32_t n, const float *actions, double *rewards, uint8_t *terminated) {
    const double gravity = 9.8, total_mass = 0.1 + 1.0, pole_mass = 0.1, half_length = 0.5, tau = 0.02;
    const double pole_mass_length = 0.1 * 0.5, widest = 2.4, steepest = 12 * 2 * 3.141592653589793 / 360;
    double *x = state, *x_dot = state + n, *theta = state + 2 * n, *theta_dot = state + 3 * n;
    for (int32_t i = 0; i < n; i++) {
        double force = actions[i] > 0.5f ? 10.0 : -10.0;
        a2c_circle at = a2c_sincos(theta[i]);
        double temp = (force + pole_mass_length * (theta_dot[i] * theta_dot[i]) * at.sin) / total_mass;
        double theta_acc = (gravity * at.sin - at.cos * temp) /
                           (half_length * (4.0 / 3.0 - pole_mass * (at.cos * at.cos) / total_mass));
        double x_acc = temp - pole_mass_length * theta_acc * at.cos / total_mass;
        x[i] = x[i] + tau * x_dot[i];
        x_dot[i] = x_dot[i] + tau * x_acc;
        theta[i] = theta[i] + tau * theta_dot[i];
        theta_dot[i] = theta_dot[i] + tau * theta_acc;
        terminated[i] = (x[i] < -widest) | (x[i] > widest) | (theta[i] < -steepest) | (theta[i] > steepest);
        rewards[i] = 1.0;
    }
}

static void observe(const double *state, int32_t n, float *observations) {
    for (int32_t i = 0; i < n; i++)
        for (int32_t row = 0; row < 4; row++) observations[4 * i + row] = (float)state[row * n + i];
}

const a2c_environment a2c_cartpole = {4, 2, 4, 500, 0.0, draw, move, observe};
