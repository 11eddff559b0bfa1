#include "initial.h"

#include "network.h"

static int64_t padded(int64_t n) { return (n + COLUMNS - 1) / COLUMNS * COLUMNS; }

/* Where the weight from input i to output o lies. */
static float *weight_at(const struct layer *layer, int head, int64_t i, int64_t o)
{
    return layer->weight + (head ? o * padded(layer->inputs) + i
                                 : (o / COLUMNS * layer->inputs + i) * COLUMNS + o % COLUMNS);
}

/* torch.nn.Linear's: uniform within 1 / sqrt(inputs), weights and biases alike, for outputs `first` to `end`. */
static void uniform_row(const struct layer *layer, int head, int64_t i, int64_t first, int64_t end, double bound,
                        struct stream *stream)
{
    for (int64_t o = first; o < end; o++)
        *(i < layer->inputs ? weight_at(layer, head, i, o) : layer->bias + o) = (float)a2c_between(stream, -bound, bound);
}

/* Every input's weights, then the biases; outputs `skipped` to `end_skipped` are not drawn. */
static void uniform_layer(const struct layer *layer, int head, int64_t skipped, int64_t end_skipped,
                          struct stream *stream)
{
    double bound = 1 / __builtin_sqrt((double)layer->inputs);
    for (int64_t i = 0; i <= layer->inputs; i++) {
        uniform_row(layer, head, i, 0, skipped, bound, stream);
        uniform_row(layer, head, i, end_skipped, layer->outputs, bound, stream);
    }
}

/* sum of a[i] b[i], n a multiple of 16: sixteen partial sums, then halves added to halves. */
static double dot(int64_t n, const double *a, const double *b)
{
    double sums[COLUMNS] = {0};
    for (int64_t i = 0; i < n; i += COLUMNS)
        for (int64_t c = 0; c < COLUMNS; c++)
            sums[c] += a[i + c] * b[i + c];
    for (int64_t half = COLUMNS / 2; half > 0; half /= 2)
        for (int64_t c = 0; c < half; c++)
            sums[c] += sums[c + half];
    return sums[0];
}

/* Take from x its part along the unit vector q. */
static void take_off(int64_t n, double *restrict x, const double *restrict q)
{
    double along = dot(n, x, q);
    for (int64_t i = 0; i < n; i++)
        x[i] -= along * q[i];
}

/* Orthonormal vectors, uniform over all such: normal draws by Gram and Schmidt, each vector freed twice of those
 * before it (once leaves errors; twice is enough: Giraud, Langou and Rozloznik 2005). This is the Q of a QR
 * decomposition whose R has a positive diagonal (Saxe et al. 2014). `q`: [vectors][size padded to 16]. */
static void orthonormal(int64_t vectors, int64_t size, double *q, struct stream *stream)
{
    int64_t row = padded(size);
    for (int64_t i = 0; i < vectors * row; i++)
        q[i] = 0;
    for (int64_t i = 0; i < size; i++)
        for (int64_t v = 0; v < vectors; v++) {
            double u = a2c_uniform(stream);
            q[v * row + i] = a2c_inverse_normal(u > 0 ? u : 0x1p-54);
        }
    for (int64_t v = 0; v < vectors; v++) {
        double *x = q + v * row;
        for (int times = 0; times < 2; times++)
            for (int64_t before = 0; before < v; before++)
                take_off(row, x, q + before * row);
        double norm = __builtin_sqrt(dot(row, x, x));
        for (int64_t i = 0; i < size; i++)
            x[i] /= norm;
    }
}

/* Outputs `first` to `first + outputs`: orthonormal rows or columns times `gain`; the biases stay 0. */
static void orthogonal_part(const struct layer *layer, int head, int64_t first, int64_t outputs, double gain,
                            double *scratch, struct stream *stream)
{
    int wide = outputs > layer->inputs; /* then the vectors lie along the outputs */
    int64_t size = wide ? outputs : layer->inputs, vectors = wide ? layer->inputs : outputs;
    orthonormal(vectors, size, scratch, stream);
    for (int64_t i = 0; i < layer->inputs; i++)
        for (int64_t o = 0; o < outputs; o++)
            *weight_at(layer, head, i, first + o) =
                (float)(gain * scratch[wide ? i * padded(size) + o : o * padded(size) + i]);
}

/* Gains: sqrt 2 for hidden layers, 0.01 for the policy's head, 1 for the value's. */
static void orthogonal_layer(const struct layer *layer, int head, int column, const struct config *c, double *scratch,
                             struct stream *stream)
{
    if (!head) {
        orthogonal_part(layer, 0, 0, layer->outputs, __builtin_sqrt(2), scratch, stream);
        return;
    }
    if (column == 0)
        orthogonal_part(layer, 1, 0, n_varying(c), 0.01, scratch, stream);
    if (column == 1 || c->shared_trunk)
        orthogonal_part(layer, 1, layer->outputs - 1, 1, 1, scratch, stream);
}

int64_t initial_scratch(const struct config *c)
{
    int64_t most = c->n_observation > c->n_outputs ? c->n_observation : c->n_outputs;
    for (int64_t l = 0; l < c->n_hidden; l++)
        most = c->hidden_sizes[l] > most ? c->hidden_sizes[l] : most;
    return c->init == ORTHOGONAL ? most * padded(most) : 0;
}

void initial_weights(struct network *n, const struct config *c, struct stream *stream, double *scratch)
{
    for (int column = 0; column < n->n_columns; column++)
        for (int64_t l = 0; l < n->columns[column].n_layers; l++) {
            const struct layer *layer = &n->columns[column].layers[l];
            int head = l == n->columns[column].n_layers - 1;
            int64_t constants = head && column == 0 ? n->n_constants : 0;
            int64_t first = constants ? n->first_constant : layer->outputs;
            if (c->init == TORCH)
                uniform_layer(layer, head, first, first + constants, stream);
            else
                orthogonal_layer(layer, head, column, c, scratch, stream);
            for (int64_t o = first; o < first + constants; o++)
                layer->bias[o] = (float)c->log_std_init;
        }
}
