/* Environments: Gymnasium's classic control, many of one kind stepped together.
 *
 * A state has one row for each of its numbers, [n_state][n], so that a loop over environments vectorises. The order of
 * operations is Gymnasium's; nothing here is fused. */
#ifndef A2C_ENVIRONMENT_H
#define A2C_ENVIRONMENT_H

#include <stdint.h>

#include "../random.h"

/* Before a loop over environments: each touches its own numbers, so that vectors need no check for overlaps. (clang's
 * pragma of that meaning warns where there is nothing to vectorise.) */
#if defined(__clang__)
#define SIDE_BY_SIDE
#else
#define SIDE_BY_SIDE _Pragma("GCC ivdep")
#endif

enum { MOST_STATE = 4, MOST_OBSERVATION = 6 }; /* of any kind */

/* n environments of one kind. The caller owns the arrays. */
struct environments {
    const struct kind *kind;
    int32_t n;
    int32_t time_limit;
    double option;          /* what the kind's `option` names */
    double *state;          /* [n_state][n] */
    int32_t *steps;         /* [n] since the last reset */
    uint8_t *over;          /* [n] 1: the episode is over, the next row resets */
    struct stream *streams; /* [n] each environment's own */
};

/* What there is to know of one kind of environment. */
struct kind {
    const char *id;
    int32_t n_observation;
    int32_t n_actions; /* 0: one action, a real number in [-action_bound, action_bound] */
    int32_t n_state;
    int32_t time_limit; /* as registered with Gymnasium */
    double action_bound;
    const char *option; /* the keyword of Gymnasium's constructor that is offered here */
    double option_default;
    /* Draw a new state for environment i. */
    void (*draw)(struct environments *all, int32_t i);
    /* Step all: an action is the number of a choice, or the real number, as a float. */
    void (*move)(struct environments *all, const float *actions, double *rewards, uint8_t *terminated);
    /* What the learner sees, [n][n_observation]. */
    void (*observe)(const struct environments *all, float *observations);
};

extern const struct kind a2c_cartpole, a2c_acrobot, a2c_mountain_car, a2c_pendulum;

/* The kind by its number (0 CartPole-v1, 1 Acrobot-v1, 2 MountainCar-v0, 3 Pendulum-v1); null beyond. */
const struct kind *a2c_kind(int32_t number);

/* Freshly seeded environments: the streams stand as after NumPy's seeding. */
void a2c_environments_reset(struct environments *all, float *observations);

/* One row, in Gymnasium's NEXT_STEP autoreset: where an episode is over, the action is ignored, the reward is 0, and
 * the observation is the first of a new episode. Else the state moves; `truncated` tells the time limit (which may fall
 * together with `terminated`). All outputs have n entries, `observations` n * n_observation. */
void a2c_environments_step(struct environments *all, const float *actions, float *observations, double *rewards,
                           uint8_t *terminated, uint8_t *truncated);

#endif
