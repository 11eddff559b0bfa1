/* Prints a checksum of what each function gives for 65,536 arguments of each size, and of what environments do: the same text on
 * every machine, by every compiler. Compiled together with the sources of a2c/core. */
#include <stdio.h>

#include "../../a2c/core/environments/environment.h"
#include "../../a2c/core/functions.h"
#include "arrays.h"

enum { N = 1 << 16, ENVIRONMENTS = 9, ROWS = 1500 };

static float x[N], y[N], z[N], w[N];
static double a[N], b[N], c[N], d[N], e[N];
static uint64_t hash;

static void add(uint64_t bits) { hash = (hash ^ bits) * 1099511628211u; }

static void say(const char *name)
{
    printf("%s %016llx\n", name, (unsigned long long)hash);
    hash = 14695981039346656037u;
}

static void add_floats(const float *numbers)
{
    for (int i = 0; i < N; i++)
        add(a2c_bitsf(a2c_canonicalf(numbers[i])));
}

static void add_doubles(const double *numbers)
{
    for (int i = 0; i < N; i++)
        add(a2c_bits(a2c_canonical(numbers[i])));
}

/* Arguments: any bits at all, or numbers between -size and size. */
static void fill(struct stream *stream, double size)
{
    for (int i = 0; i < N; i++) {
        x[i] = size ? (float)a2c_between(stream, -size, size) : a2c_from_bitsf((uint32_t)a2c_next(stream));
        y[i] = size ? (float)a2c_between(stream, -size, size) : a2c_from_bitsf((uint32_t)a2c_next(stream));
        z[i] = size ? (float)a2c_between(stream, -size, size) : a2c_from_bitsf((uint32_t)a2c_next(stream));
        a[i] = size ? a2c_between(stream, -size, size) : a2c_from_bits(a2c_next(stream));
        b[i] = size ? a2c_between(stream, -size, size) : a2c_from_bits(a2c_next(stream));
        c[i] = size ? a2c_between(stream, -size, size) : a2c_from_bits(a2c_next(stream));
    }
}

static void functions(struct stream *stream)
{
    const double sizes[] = {0.0, 1e-3, 1.0, 30.0};
    hash = 14695981039346656037u;
    for (int i = 0; i < 4; i++) {
        fill(stream, sizes[i]);
        a2c_fmaf_of(x, y, z, w, N), add_floats(w), say("fmaf");
        a2c_soft_fmaf_of(x, y, z, w, N), add_floats(w), say("soft_fmaf");
        a2c_expf_of(x, w, N), add_floats(w), say("expf");
        a2c_logf_of(x, w, N), add_floats(w), say("logf");
        a2c_tanhf_of(x, w, N), add_floats(w), say("tanhf");
        a2c_fma_of(a, b, c, d, N), add_doubles(d), say("fma");
        a2c_soft_fma_of(a, b, c, d, N), add_doubles(d), say("soft_fma");
        a2c_exp_of(a, d, N), add_doubles(d), say("exp");
        a2c_log_of(a, d, N), add_doubles(d), say("log");
        a2c_sincos_of(a, d, e, N), add_doubles(d), add_doubles(e), say("sincos");
    }
}

static void noise(struct stream *stream)
{
    a2c_gumbel(stream, w, N), add_floats(w), say("gumbel");
    a2c_normal(stream, w, N), add_floats(w), say("normal");
    a2c_logistic(stream, w, N), add_floats(w), say("logistic");
    a2c_advance(stream, 123456789u), add(a2c_next(stream)), say("advance");
}

static void environment(int number)
{
    static double state[MOST_STATE * ENVIRONMENTS], rewards[ENVIRONMENTS];
    static float observations[MOST_OBSERVATION * ENVIRONMENTS], actions[ENVIRONMENTS];
    static uint8_t over[ENVIRONMENTS], terminated[ENVIRONMENTS], truncated[ENVIRONMENTS];
    static int32_t steps[ENVIRONMENTS];
    static struct stream streams[ENVIRONMENTS];
    struct stream choices = {1, 2, 3, 4};
    const struct kind *kind = a2c_kind(number);
    for (uint64_t i = 0; i < ENVIRONMENTS; i++)
        streams[i] = (struct stream){i, 5, 2 * i + 1, 6};
    struct environments all = {kind,  ENVIRONMENTS, kind->time_limit, kind->option_default,
                               state, steps,        over,             streams};
    a2c_environments_reset(&all, observations);
    for (int row = 0; row < ROWS; row++) {
        for (int i = 0; i < ENVIRONMENTS; i++)
            actions[i] = kind->n_actions ? (float)((int)(a2c_next(&choices) >> 40) % kind->n_actions)
                                         : (float)a2c_between(&choices, -3.0, 3.0);
        a2c_environments_step(&all, actions, observations, rewards, terminated, truncated);
        for (int i = 0; i < kind->n_observation * ENVIRONMENTS; i++)
            add(a2c_bitsf(observations[i]));
        for (int i = 0; i < ENVIRONMENTS; i++)
            add(a2c_bits(rewards[i])), add(terminated[i]), add(truncated[i]);
    }
    for (int i = 0; i < kind->n_state * ENVIRONMENTS; i++)
        add(a2c_bits(state[i]));
    say(kind->id);
}

int main(void)
{
    struct stream stream = {7, 8, 9, 10};
    functions(&stream);
    noise(&stream);
    for (int number = 0; a2c_kind(number); number++)
        environment(number);
    return 0;
}
