/* Acrobot-v1: two links swing up by a torque at the joint between them (Sutton, "Generalization in reinforcement
 * learning: successful examples using sparse coarse coding", 1996; the book's equations). Gymnasium's acrobot.py: one
 * step of 0.2 s by the classical Runge-Kutta method. State: two angles and their velocities. Reward: -1 a step, 0 at
 * the goal. All lengths, masses and moments of inertia are 1, both centres of mass lie at 0.5. */
#include "../functions.h"
#include "environment.h"

#define PI 3.141592653589793

struct motion {
    double angle_1, angle_2, speed_1, speed_2;
};

/* Gymnasium keeps the first state as float32. (volatile: side by side, gcc 12 at -O3 takes double to float to double for
 * nothing, and the rounding is lost.) */
static void draw(struct environments *all, int32_t i)
{
    for (int32_t row = 0; row < 4; row++) {
        volatile float drawn = (float)a2c_between(&all->streams[i], -0.1, 0.1);
        all->state[row * all->n + i] = (double)drawn;
    }
}

/* The derivative by time; factors of 1 are left out, as they change no bits. */
A2C_INLINE struct motion derivative(struct motion s, double torque)
{
    const double g = 9.8;
    struct circle at = a2c_sincos(s.angle_2);
    double d1 = 0.25 + (1.25 + at.cos) + 1.0 + 1.0;
    double d2 = (0.25 + 0.5 * at.cos) + 1.0;
    double phi2 = 0.5 * g * a2c_cos(s.angle_1 + s.angle_2 - PI / 2.0);
    double phi1 = -0.5 * (s.speed_2 * s.speed_2) * at.sin - s.speed_2 * s.speed_1 * at.sin +
                  1.5 * g * a2c_cos(s.angle_1 - PI / 2.0) + phi2;
    double acceleration_2 =
        (torque + d2 / d1 * phi1 - 0.5 * (s.speed_1 * s.speed_1) * at.sin - phi2) / (0.25 + 1.0 - d2 * d2 / d1);
    double acceleration_1 = -(d2 * acceleration_2 + phi1) / d1;
    return (struct motion){s.speed_1, s.speed_2, acceleration_1, acceleration_2};
}

/* s + h d */
A2C_INLINE struct motion onward(struct motion s, double h, struct motion d)
{
    return (struct motion){s.angle_1 + h * d.angle_1, s.angle_2 + h * d.angle_2, s.speed_1 + h * d.speed_1,
                           s.speed_2 + h * d.speed_2};
}

/* y + h/6 (k1 + 2 k2 + 2 k3 + k4) */
A2C_INLINE double weigh(double y, double k1, double k2, double k3, double k4)
{
    return y + 0.2 / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
}

A2C_INLINE struct motion runge_kutta(struct motion y, double torque)
{
    struct motion k1 = derivative(y, torque);
    struct motion k2 = derivative(onward(y, 0.1, k1), torque);
    struct motion k3 = derivative(onward(y, 0.1, k2), torque);
    struct motion k4 = derivative(onward(y, 0.2, k3), torque);
    return (struct motion){weigh(y.angle_1, k1.angle_1, k2.angle_1, k3.angle_1, k4.angle_1),
                           weigh(y.angle_2, k1.angle_2, k2.angle_2, k3.angle_2, k4.angle_2),
                           weigh(y.speed_1, k1.speed_1, k2.speed_1, k3.speed_1, k4.speed_1),
                           weigh(y.speed_2, k1.speed_2, k2.speed_2, k3.speed_2, k4.speed_2)};
}

static double wrap(double x)
{
    while (x > PI)
        x = x - 2.0 * PI;
    while (x < -PI)
        x = x + 2.0 * PI;
    return x;
}

A2C_INLINE double bound(double x, double most)
{
    x = x < -most ? -most : x;
    return x > most ? most : x;
}

static void move(struct environments *all, const float *actions, double *rewards, uint8_t *terminated)
{
    const int32_t n = all->n;
    double *restrict angle_1 = all->state, *restrict angle_2 = all->state + n;
    double *restrict speed_1 = all->state + 2 * n, *restrict speed_2 = all->state + 3 * n;
    SIDE_BY_SIDE
    for (int32_t i = 0; i < n; i++) {
        struct motion y = {angle_1[i], angle_2[i], speed_1[i], speed_2[i]};
        y = runge_kutta(y, (double)actions[i] - 1.0);
        angle_1[i] = y.angle_1;
        angle_2[i] = y.angle_2;
        speed_1[i] = bound(y.speed_1, 4.0 * PI);
        speed_2[i] = bound(y.speed_2, 9.0 * PI);
    }
    for (int32_t i = 0; i < n; i++) { /* apart from the loop above, which has vectors */
        angle_1[i] = wrap(angle_1[i]);
        angle_2[i] = wrap(angle_2[i]);
    }
    for (int32_t i = 0; i < n; i++) {
        terminated[i] = -a2c_cos(angle_1[i]) - a2c_cos(angle_2[i] + angle_1[i]) > 1.0;
        rewards[i] = terminated[i] ? 0.0 : -1.0;
    }
}

static void observe(const struct environments *all, float *observations)
{
    for (int32_t i = 0; i < all->n; i++) {
        struct circle first = a2c_sincos(all->state[i]), second = a2c_sincos(all->state[all->n + i]);
        float *seen = observations + 6 * i;
        seen[0] = (float)first.cos;
        seen[1] = (float)first.sin;
        seen[2] = (float)second.cos;
        seen[3] = (float)second.sin;
        seen[4] = (float)all->state[2 * all->n + i];
        seen[5] = (float)all->state[3 * all->n + i];
    }
}

const struct kind a2c_acrobot = {"Acrobot-v1", 6, 3, 4, 500, 0.0, 0, 0.0, draw, move, observe};
