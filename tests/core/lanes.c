/* Trains lanes of many configurations and prints a checksum of what each leaves: the same on every machine, by every
 * compiler, under sanitizers and emulators. */
#include "functions.h"
#include "loops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UPDATES = 12, MOST_ACTIONS = 1 << 16 };

static float actions[MOST_ACTIONS];
static struct ended ended[MOST_ACTIONS];
static struct metrics metrics[UPDATES];

static uint64_t hash;

/* FNV-1a */
static void add(const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const unsigned char *)from)[i]) * 1099511628211u;
}

/* Made-up numbers (splitmix64) */
static uint64_t made_up(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static struct stream stream(uint64_t *state)
{
    return (struct stream){made_up(state), made_up(state), made_up(state) | 1, made_up(state)};
}

static void *memory_of(const struct config *c)
{
    void *memory = aligned_alloc(64, (size_t)a2c_lane_bytes(c));
    if (!memory)
        exit(1);
    return memory;
}

static struct lane *start(void *memory, const struct config *c, uint64_t seed)
{
    struct stream weights = stream(&seed), sampling = stream(&seed), shuffling = stream(&seed);
    struct stream *environments = malloc((size_t)c->n_envs * sizeof *environments);
    for (int64_t i = 0; i < c->n_envs; i++)
        environments[i] = stream(&seed);
    struct lane *lane = a2c_lane_start(memory, c, &weights, &sampling, &shuffling, environments);
    free(environments);
    return lane;
}

static void add_lane(struct lane *lane)
{
    float *arrays[4];
    struct status status;
    int64_t n = a2c_parameters(lane, &arrays[0], &arrays[1], &arrays[2], &arrays[3]);
    for (int i = 0; i < 4; i++)
        for (int64_t j = 0; j < n; j++) {
            float x = a2c_canonicalf(arrays[i][j]); /* as Python takes them */
            add(&x, sizeof x);
        }
    a2c_status(lane, &status);
    add(&status, sizeof status);
}

/* Native environments: trained, and a fresh lane replayed. */
static void native(const struct config *c)
{
    int64_t n_ended, n_metrics;
    void *memory = memory_of(c);
    struct lane *lane = start(memory, c, 1);
    a2c_train(lane, UPDATES * c->n_steps, actions, ended, &n_ended, metrics, &n_metrics);
    add(actions, (size_t)(UPDATES * c->n_steps * c->n_envs) * sizeof *actions);
    add(ended, (size_t)n_ended * sizeof *ended);
    add(metrics, (size_t)n_metrics * sizeof *metrics);
    add_lane(lane);
    lane = start(memory, c, 1);
    n_ended = a2c_replay(lane, UPDATES * c->n_steps, actions, ended);
    add(ended, (size_t)n_ended * sizeof *ended);
    double *total_rewards = malloc((size_t)c->n_envs * sizeof(double));
    int64_t *lengths = malloc((size_t)c->n_envs * sizeof(int64_t));
    lane = start(memory, c, 2);
    a2c_evaluate(lane, 0, total_rewards, lengths, ended);
    add(total_rewards, (size_t)c->n_envs * sizeof(double));
    add(lengths, (size_t)c->n_envs * sizeof(int64_t));
    free(total_rewards), free(lengths), free(memory);
}

/* Environments that the caller steps: made-up observations, rewards and ends. */
static void stepped(const struct config *c)
{
    uint64_t state = 3;
    void *memory = memory_of(c);
    struct lane *lane = start(memory, c, 1);
    float *observations = malloc((size_t)(c->n_envs * c->n_observation) * sizeof(float));
    double *rewards = malloc((size_t)c->n_envs * sizeof(double));
    uint8_t *terminated = malloc((size_t)c->n_envs), *truncated = malloc((size_t)c->n_envs);
    for (int64_t update = 0; update < UPDATES; update++) {
        for (int64_t t = 0, rows = a2c_rollout_rows(lane); t <= rows; t++) {
            for (int64_t i = 0; i < c->n_envs * c->n_observation; i++)
                observations[i] = (float)(int32_t)made_up(&state) * 0x1p-31f;
            if (t == rows)
                break;
            a2c_act(lane, observations, 0, actions);
            for (int64_t i = 0; i < c->n_envs; i++) {
                rewards[i] = (double)(int32_t)made_up(&state) * 0x1p-30;
                terminated[i] = made_up(&state) % 8 == 0, truncated[i] = made_up(&state) % 8 == 0;
            }
            int64_t n_ended = a2c_record(lane, rewards, terminated, truncated, ended);
            add(actions, (size_t)(c->n_envs * c->action_size) * sizeof *actions);
            add(ended, (size_t)n_ended * sizeof *ended);
        }
        if (a2c_update(lane, observations, metrics))
            add(metrics, sizeof *metrics);
    }
    add_lane(lane);
    free(observations), free(rewards), free(terminated), free(truncated), free(memory);
}

static const struct config plain = {
    .environment = 0, .max_episode_steps = 500, .n_observation = 4, .n_outputs = 2, .action_size = 1,
    .choices = {2},
    .n_hidden = 2, .hidden_sizes = {33, 48}, .shared_trunk = 1, .normalize_advantage = 1,
    .n_envs = 8, .n_steps = 5, .total_rows = UPDATES * 5, .learning_rate = 1e-2, .optimizer_eps = 1e-8,
    .rmsprop_alpha = 0.99, .gamma = 0.99, .gae_lambda = 0.95, .value_loss_coef = 0.5, .entropy_coef = 0.01,
    .max_grad_norm = 0.5, .reward_clip = __builtin_inf(), .stop_return = __builtin_inf(), .close_rows = 4,
    .clip_range = __builtin_inf(), .clip_range_value = __builtin_inf(),
};

static void print(const char *name, const struct config *c)
{
    hash = 14695981039346656037u;
    (c->environment < 0 ? stepped : native)(c);
    printf("%-20s %016llx\n", name, (unsigned long long)hash);
}

int main(void)
{
    struct config c = plain;
    print("plain", &c);
    c.environment = 1, c.n_observation = 6, c.n_outputs = 3, c.choices[0] = 3, c.max_episode_steps = 30;
    print("acrobot", &c);
    c.environment = 2, c.n_observation = 2, c.optimizer = RMSPROP, c.init = ORTHOGONAL;
    print("mountain car", &c);
    c = plain, c.shared_trunk = 0, c.activation = TANH, c.init = ORTHOGONAL, c.optimizer = RMSPROP_TF;
    print("a trunk each", &c);
    c = plain, c.n_hidden = 3, c.hidden_sizes[0] = 1, c.hidden_sizes[1] = 7, c.hidden_sizes[2] = 300, c.n_envs = 1;
    print("widths 1, 7, 300", &c);
    c = plain, c.estimator = N_STEP, c.normalize_advantage = 0, c.linear_schedule = 1, c.terminal_limit = 1;
    c.reward_clip = 0.5, c.max_grad_norm = __builtin_inf(), c.n_steps = 37, c.n_envs = 9, c.total_rows = UPDATES * 37;
    print("n-step", &c);
    c.environment = -1, c.n_observation = 19, c.n_outputs = 18, c.choices[0] = 18, c.hidden_sizes[0] = 64;
    print("stepped", &c);
    c.activation = TANH, c.shared_trunk = 0, c.estimator = GAE, c.n_observation = 1, c.n_envs = 3;
    print("stepped, tanh", &c);
    c = plain, c.clip_part = CLIP_POLICY, c.clip_running = 1, c.train_on_reset_rows = 1, c.stop_return = 25;
    print("clipped in part", &c);
    c = plain, c.algorithm = PPO, c.n_epochs = 3, c.n_minibatches = 7, c.clip_range = 0.1, c.clip_range_value = 0.1;
    print("ppo", &c);
    c.n_minibatches = 1, c.environment = -1, c.shared_trunk = 0;
    print("stepped, ppo", &c);
    c.learning_rate = 1e30;
    print("diverged", &c);
    c = plain, c.environment = -1, c.n_outputs = 23, c.action_size = 3, c.choices[0] = 5, c.choices[1] = 1;
    c.choices[2] = 17;
    print("several numbers", &c);
    c.actions = BERNOULLI, c.n_outputs = 3, c.init = ORTHOGONAL;
    print("ones and zeros", &c);
    c.actions = GAUSSIAN, c.n_outputs = 6, c.log_std_init = -0.5;
    print("real numbers", &c);
    c.shared_trunk = 0, c.init = TORCH;
    print("real, a trunk each", &c);
    c.environment = 3, c.option = 10, c.n_observation = 3, c.n_outputs = 2, c.action_size = 1, c.max_episode_steps = 30;
    print("pendulum", &c);
    return 0;
}
