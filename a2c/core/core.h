/* The native core: the algorithms on flat observations, one lane at a time.
 *
 * A lane is one run: one seed with its own weights, optimiser state, environments and random streams, all of it in one
 * block of memory that the caller gives. Nothing is allocated, nothing is global: a lane depends on its configuration
 * and its seed alone. The order of every sum is written down, and each multiply-add is fused or not as it is written.
 */
#ifndef A2C_CORE_H
#define A2C_CORE_H

#include "environments/environment.h"
#include "random.h"
#include "vector.h"

#define MOST_LAYERS 32      /* hidden layers of a column */
#define MOST_CHOICES 128    /* softmaxes side by side */
#define MOST_SNAPSHOTS 16    /* of the weights during a run */
#define MOST_METRICS_ROWS 500 /* metrics are recorded where a run passes one of so many equal steps of its budget */
#define TINY 1e-8f          /* keeps the normalisation of equal advantages finite */
#define RECENT 10           /* finished episodes that the stopping rule looks at */

enum algorithm { A2C, REINFORCE, A3C, PPO };
enum baseline { NO_BASELINE, MEAN_BASELINE, VALUE_BASELINE }; /* what REINFORCE subtracts from a return */
enum activation { RELU, TANH };
enum init { TORCH, ORTHOGONAL };
enum optimizer { ADAM, RMSPROP, RMSPROP_TF };
enum estimator { GAE, N_STEP };
enum actions { SOFTMAX, BERNOULLI, GAUSSIAN }; /* of a policy: distribution.h */
enum clip_part { CLIP_ALL, CLIP_POLICY, CLIP_VALUE }; /* of the gradient */
enum reason { FINITE, POLICY_LOSS, VALUE_LOSS, GRADIENT_NORM }; /* what was not finite, the first of them */

/* All that decides a run except its seed. Python fills it in; the names are those of the configuration. */
struct config {
    int64_t environment; /* number of a native kind, or -1: stepped by the caller */
    int64_t max_episode_steps;
    int64_t n_observation, n_outputs, action_size; /* n_outputs: of the policy, for one action of `action_size` numbers */
    int64_t actions, choices[MOST_CHOICES]; /* choices: of each number of an action, where they are softmaxes */
    int64_t n_hidden, hidden_sizes[MOST_LAYERS];
    int64_t shared_trunk, activation, init, optimizer, linear_schedule, estimator, normalize_advantage, terminal_limit;
    int64_t normalize_observations, normalize_rewards;
    int64_t n_envs, n_steps, total_rows; /* n_steps: rows of a rollout; with REINFORCE the most that one can have */
    double learning_rate, optimizer_eps, rmsprop_alpha, gamma, gae_lambda, value_loss_coef, entropy_coef;
    double max_grad_norm, reward_clip; /* infinity for none */
    double option;                     /* of the native kind */
    double log_std_init;
    double stop_return;                /* infinity for none */
    int64_t algorithm, train_on_reset_rows, clip_running, clip_part;
    int64_t close_rows; /* the costly metrics are recorded where a run passes one of so many equal steps */
    int64_t n_epochs, n_minibatches;
    double clip_range, clip_range_value; /* infinity for none */
    int64_t baseline, episode_mean, episodes_per_update, total_episodes; /* total_episodes: 0 for no end */
    int64_t n_snapshots, snapshot_rows[MOST_SNAPSHOTS]; /* rows of the run from which on the weights are kept, increasing */
};

/* A finished episode. */
struct ended {
    int64_t env, step; /* step: the run's agent steps when it ended */
    double total_reward;
    int64_t length;
};

/* What is recorded of an update. */
struct metrics {
    int64_t step;
    float policy_loss, value_loss, entropy, advantage_mean, advantage_std, grad_norm, explained_variance;
    float clip_coefficient, policy_grad_norm, value_grad_norm, grad_cosine, policy_kl, value_max, terminal_share;
    float observation_distance, clip_fraction;
};

/* One affine layer of a column. A hidden layer's weights lie in panels of 16 outputs, [panel][input][16]; a head's by
 * output, [output][inputs padded to 16]. What is padded is 0 and stays 0. `y` holds the outputs after the activation
 * function, `d` the loss's derivatives by those before it. */
struct layer {
    int64_t inputs, outputs;
    int64_t stride;                           /* of a row of `y` and `d` */
    float *weight, *bias;                     /* in `parameters` */
    float *weight_gradient, *bias_gradient;   /* in `gradients` */
    float *transposed;                        /* [some panels of inputs][output][16], for the backward pass */
    float *y, *d;                             /* [rows][stride] */
};

/* Hidden layers and a head. */
struct column {
    int64_t n_layers;
    struct layer layers[MOST_LAYERS + 1];
};

/* The policy and value network: one column with both heads side by side, or a column each. */
struct network {
    int64_t n_columns, activation;
    int64_t n_parameters; /* padded to a multiple of 64 */
    int64_t first_constant, n_constants; /* outputs of the policy's head that are biases alone: log deviations */
    float *parameters, *gradients;
    struct column columns[2];
    const float *logits, *values; /* of the rollout's first row */
    float *d_logits, *d_values;
    int64_t logits_stride, values_stride;
};

/* Rows of a rollout in another order: `order`, of which some are gathered here. */
struct minibatch {
    int64_t *order;
    float *observations, *actions, *advantages, *returns, *old_values, *old_log_probs;
    uint8_t *valid;
};

struct lane {
    struct config config;
    struct lane *shared; /* a worker of A3C: whose weights, optimiser and noise it shares; NULL for none */
    struct network network;
    float *first, *second; /* the optimiser's running means: of the gradient (Adam alone), of its square */
    int64_t updates;       /* optimiser steps so far */
    struct stream sampling, shuffling;
    double running_norm; /* of the gradient, below 0 before the first */
    int64_t n_kept;        /* snapshots so far */
    float *kept;           /* [n_snapshots][n_parameters] */
    double *kept_moments;  /* of the observations where they are normalised: [n_snapshots][means, then variances] */

    struct environments environments; /* native ones */
    uint8_t *reset_row;               /* [n_envs] is the next row a reset row? */
    double *episode_return;           /* [n_envs] */
    int64_t *episode_length;          /* [n_envs] */

    /* The rollout, [steps][environments] */
    int64_t t, rows; /* rows of this rollout, and of the run, so far */
    float *observations; /* [steps + 1][environments][n_observation] */
    float *rewards, *advantages, *returns;
    float *actions; /* [steps][environments][action_size] */
    uint8_t *terminated, *truncated, *valid;
    int64_t rollout_episodes;              /* that ended in this rollout */
    double past_returns[2];                /* of REINFORCE's steps in earlier updates: their sum and number */
    double *row_rewards;                   /* [n_envs] as the environments gave them */
    float *old_outputs;                    /* [steps][environments][n_outputs] before the update, where it is measured */
    float *old_values, *old_log_probs;     /* [steps][environments] before the update, with PPO */
    struct minibatch minibatch;            /* with PPO */
    float *whole, *other, *kept_d;         /* for a gradient in two parts: [n_parameters] twice, [steps][environments] */
    float *noise;                          /* of the row: [n_envs][noise_size] */

    double *normalizer;                           /* running moments: normalize.h */
    int64_t is_counted, is_normalized, is_frozen; /* the observations of row t; the moments of an evaluation */

    int64_t n_finished;             /* episodes */
    double recent_returns[RECENT];  /* of the last ones: episode number k (from 0 on) at k mod RECENT */
    int64_t stop;                   /* 1: the run ends with the update of this rollout */
    int64_t stopped_step;           /* agent steps when it ended so, or 0 */

    int64_t diverged_step, diverged_reason;
    float diverged_value;
    int64_t bytes; /* of the lane's memory */
};

/* Whose weights, optimiser and noise a lane trains with: its own, or those that A3C's workers share. */
static inline struct lane *owner_of(struct lane *lane) { return lane->shared ? lane->shared : lane; }

#endif
