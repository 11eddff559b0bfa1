/* Acrobot-v1: two links swing up by a torque at the joint between them (Sutton, "Generalization in reinforcement
 * learning: successful examples using sparse coarse coding", 1996; the book's equations). Gymnasium's acrobot.py: one
 * step of 0.2 s by the classical Runge-Kutta method. State: two angles and their velocities. Reward: -1 a step, 0 at the
 * goal. All lengths, masses and moments of inertia are 1, both centres of mass lie at 0.5. */
#include "../functions.h"
#include "environments.h"

#define PI 3.141592653589793

typedef struct { double angle_1, angle_2, speed_1, speed_2; } motion;

/* Gymnasium stores the first state as float32. */
static void draw(double *state, int32_t n, int32_t i, a2c_stream *stream) {
    for (int32_t row = 0; row < 4; row++) state[row * n + i] = (double)(float)a2c_between(stream, -0.1, 0.1);
}

/* The derivative by time. A factor of 1 changes no bits and is left out, as is a power of two's place. */
A2C_INLINE motion derivative(motion s, double torque) {
    const double g = 9.8;
    a2c_circle at = a2c_sincos(s.angle_2);
    double d1 = 0.25 + (1.25 + at.cos) + 1.0 + 1.0;
    double d2 = (0.25 + 0.5 * at.cos) + 1.0;
    double phi2 = 0.5 * g * a2c_cos(s.angle_1 + s.angle_2 - PI / 2.0);
    double phi1 = -0.5 * (s.speed_2 * s.speed_2) * at.sin - s.speed_2 * s.speed_1 * at.sin +
                  1.5 * g * a2c_cos(s.angle_1 - PI / 2) + phi2;
    double acceleration_2 = (torque + d2 / d1 * phi1 - 0.5 * (s.speed_1 * s.speed_1) * at.sin - phi2) /
                            (0.25 + 1.0 - d2 * d2 / d1);
    double acceleration_1 = -(d2 * acceleration_2 + phi1) / d1;
    return (motion){s.speed_1, s.speed_2, acceleration_1, acceleration_2};
}

/* s + h d */
A2C_INLINE motion onward(motion s, double h, motion d) {
    return (motion){s.angle_1 + h * d.angle_1, s.angle_2 + h * d.angle_2, s.speed_1 + h * d.speed_1,
                    s.speed_2 + h * d.speed_2};
}

/* y + h/6 (k1 + 2 k2 + 2 k3 + k4) */
A2C_INLINE double weigh(double y, double k1, double k2, double k3, double k4) {
    return y + 0.2 / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
}

/* An angle moves less than 2 pi in a step: one turn back is enough. */
A2C_INLINE double wrap(double x) {
    x = x > PI ? x - 2.0 * PI : x;
    return x < -PI ? x + 2.0 * PI : x;
}

A2C_INLINE double bound(double x, double most) {
    x = x < -most ? -most : x;
    return x > most ? most : x;
}

static void move(double *state, int32_t n, const float *actions, double *rewards, uint8_t *terminated) {
    double *angle_1 = state, *angle_2 = state + n, *speed_1 = state + 2 * n, *speed_2 = state + 3 * n;
    for (int32_t i = 0; i < n; i++) {
        double torque = (double)actions[i] - 1.0;
        motion y = {angle_1[i], angle_2[i], speed_1[i], speed_2[i]};
        motion k1 = derivative(y, torque);
        motion k2 = derivative(onward(y, 0.1, k1), torque);
        motion k3 = derivative(onward(y, 0.1, k2), torque);
        motion k4 = derivative(onward(y, 0.2, k3), torque);
        double first = wrap(weigh(y.angle_1, k1.angle_1, k2.angle_1, k3.angle_1, k4.angle_1));
        double second = wrap(weigh(y.angle_2, k1.angle_2, k2.angle_2, k3.angle_2, k4.angle_2));
        angle_1[i] = first;
        angle_2[i] = second;
        speed_1[i] = bound(weigh(y.speed_1, k1.speed_1, k2.speed_1, k3.speed_1, k4.speed_1), 4 * PI);
        speed_2[i] = bound(weigh(y.speed_2, k1.speed_2, k2.speed_2, k3.speed_2, k4.speed_2), 9 * PI);
        terminated[i] = -a2c_cos(first) - a2c_cos(second + first) > 1.0;
        rewards[i] = terminated[i] ? 0.0 : -1.0;
    }
}

static void observe(const double *state, int32_t n, float *observations) {
    for (int32_t i = 0; i < n; i++) {
        a2c_circle first = a2c_sincos(state[i]), second = a2c_sincos(state[n + i]);
        float *seen = observations + 6 * i;
        seen[0] = (float)first.cos, seen[1] = (float)first.sin;
        seen[2] = (float)second.cos, seen[3] = (float)second.sin;
        seen[4] = (float)state[2 * n + i], seen[5] = (float)state[3 * n + i];
    }
}

const a2c_environment a2c_acrobot = {6, 3, 4, 500, 0.0, draw, move, observe};
