/* MountainCar-v0: a car too weak for the hill has to swing up (Moore, "Efficient memory-based learning for robot
 * control", 1990). Gymnasium's mountain_car.py. State: position, velocity. Reward: -1 a step. */
#include "../functions.h"
#include "environment.h"

static void draw(struct environments *all, int32_t i)
{
    all->state[i] = a2c_between(&all->streams[i], -0.6, -0.4);
    all->state[all->n + i] = 0.0;
}

A2C_INLINE double clip(double x, double low, double high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

static void move(struct environments *all, const float *actions, double *rewards, uint8_t *terminated)
{
    const double leftmost = -1.2, rightmost = 0.6, fastest = 0.07, goal = 0.5, force = 0.001, gravity = 0.0025;
    double *restrict position = all->state, *restrict velocity = position + all->n;
    SIDE_BY_SIDE
    for (int32_t i = 0; i < all->n; i++) {
        double push = ((double)actions[i] - 1.0) * force + a2c_cos(3.0 * position[i]) * -gravity;
        double v = clip(velocity[i] + push, -fastest, fastest);
        double x = clip(position[i] + v, leftmost, rightmost);
        v = ((x == leftmost) & (v < 0.0)) ? 0.0 : v;
        position[i] = x;
        velocity[i] = v;
        terminated[i] = (x >= goal) & (v >= all->option);
        rewards[i] = -1.0;
    }
}

static void observe(const struct environments *all, float *observations)
{
    for (int32_t i = 0; i < all->n; i++) {
        observations[2 * i] = (float)all->state[i];
        observations[2 * i + 1] = (float)all->state[all->n + i];
    }
}

const struct kind a2c_mountain_car = {"MountainCar-v0", 2, 3, 2, 200, 0.0, "goal_velocity", 0.0, draw, move, observe};
