#include "environment.h"

const struct kind *a2c_kind(int32_t number)
{
    const struct kind *kinds[] = {&a2c_cartpole, &a2c_acrobot, &a2c_mountain_car, &a2c_pendulum};
    return number >= 0 && number < 4 ? kinds[number] : 0;
}

static void begin(struct environments *all, int32_t i)
{
    all->kind->draw(all, i);
    all->steps[i] = 0;
    all->over[i] = 0;
}

void a2c_environments_reset(struct environments *all, float *observations)
{
    for (int32_t i = 0; i < all->n; i++)
        begin(all, i);
    all->kind->observe(all, observations);
}

void a2c_environments_step(struct environments *all, const float *actions, float *observations, double *rewards,
                           uint8_t *terminated, uint8_t *truncated)
{
    all->kind->move(all, actions, rewards, terminated); /* where an episode is over, too: the new state replaces it */
    for (int32_t i = 0; i < all->n; i++) {
        if (all->over[i]) {
            begin(all, i);
            rewards[i] = 0.0;
            terminated[i] = truncated[i] = 0;
        } else {
            all->steps[i]++;
            truncated[i] = all->steps[i] >= all->time_limit;
            all->over[i] = terminated[i] | truncated[i];
        }
    }
    all->kind->observe(all, observations);
}
