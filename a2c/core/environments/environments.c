#include "environments.h"

const a2c_environment *a2c_environment_of(int32_t number) {
    switch (number) {
        case 0: return &a2c_cartpole;
        case 1: return &a2c_acrobot;
        case 2: return &a2c_mountain_car;
        case 3: return &a2c_pendulum;
        default: return 0;
    }
}

static void begin(const a2c_environment *kind, a2c_environments *all, int32_t i) {
    kind->draw(all->state, all->n, i, &all->streams[i]);
    all->steps[i] = 0;
    all->over[i] = 0;
}

void a2c_environments_reset(const a2c_environment *kind, a2c_environments *all, float *observations) {
    for (int32_t i = 0; i < all->n; i++) begin(kind, all, i);
    kind->observe(all->state, all->n, observations);
}

void a2c_environments_step(const a2c_environment *kind, a2c_environments *all, const float *actions,
                           float *observations, double *rewards, uint8_t *terminated, uint8_t *truncated) {
    kind->move(all->state, all->n, actions, rewards, terminated); /* a state that is over moves once more, then goes */
    for (int32_t i = 0; i < all->n; i++) {
        if (all->over[i]) {
            begin(kind, all, i);
            rewards[i] = 0.0;
            terminated[i] = truncated[i] = 0;
        } else {
            all->steps[i]++;
            truncated[i] = all->steps[i] >= all->time_limit;
            all->over[i] = terminated[i] | truncated[i];
        }
    }
    kind->observe(all->state, all->n, observations);
}
