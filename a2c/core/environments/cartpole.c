/* CartPole-v1: a pole on a cart, kept upright by pushes to the left or right (Barto, Sutton and Anderson, "Neuronlike
 * adaptive elements that can solve difficult learning control problems", 1983). Gymnasium's cartpole.py; the equations
 * are those of Florian, "Correct equations for the dynamics of the cart-pole system", 2007, with Euler's method.
 * State: position, velocity, angle, angular velocity.
 * Reward: 1 a step; with sutton_barto_reward, -1 where the pole falls and 0 before. */
#include "../functions.h"
#include "environment.h"

#define PI 3.141592653589793

static void draw(struct environments *all, int32_t i)
{
    for (int32_t row = 0; row < 4; row++)
        all->state[row * all->n + i] = a2c_between(&all->streams[i], -0.05, 0.05);
}

static void move(struct environments *all, const float *actions, double *rewards, uint8_t *terminated)
{
    const double gravity = 9.8, total_mass = 0.1 + 1.0, pole_mass = 0.1, half_length = 0.5, tau = 0.02;
    const double pole_mass_length = 0.1 * 0.5, widest = 2.4, steepest = 12 * 2 * PI / 360;
    const double standing = all->option != 0.0 ? 0.0 : 1.0, falling = all->option != 0.0 ? -1.0 : 1.0;
    double *restrict x = all->state, *restrict x_dot = x + all->n;
    double *restrict theta = x_dot + all->n, *restrict theta_dot = theta + all->n;
    SIDE_BY_SIDE
    for (int32_t i = 0; i < all->n; i++) {
        double force = actions[i] > 0.5f ? 10.0 : -10.0;
        struct circle at = a2c_sincos(theta[i]);
        double temp = (force + pole_mass_length * (theta_dot[i] * theta_dot[i]) * at.sin) / total_mass;
        double theta_acc = (gravity * at.sin - at.cos * temp) /
                           (half_length * (4.0 / 3.0 - pole_mass * (at.cos * at.cos) / total_mass));
        double x_acc = temp - pole_mass_length * theta_acc * at.cos / total_mass;
        x[i] = x[i] + tau * x_dot[i];
        x_dot[i] = x_dot[i] + tau * x_acc;
        theta[i] = theta[i] + tau * theta_dot[i];
        theta_dot[i] = theta_dot[i] + tau * theta_acc;
        terminated[i] = (x[i] < -widest) | (x[i] > widest) | (theta[i] < -steepest) | (theta[i] > steepest);
        rewards[i] = terminated[i] ? falling : standing;
    }
}

static void observe(const struct environments *all, float *observations)
{
    for (int32_t i = 0; i < all->n; i++)
        for (int32_t row = 0; row < 4; row++)
            observations[4 * i + row] = (float)all->state[row * all->n + i];
}

const struct kind a2c_cartpole = {"CartPole-v1", 4, 2, 4, 500, 0.0, "sutton_barto_reward", 0.0, draw, move, observe};
