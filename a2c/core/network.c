#include "network.h"

#include "kernels.h"

#define TURNED 2 /* panels of transposed weights at a time */

static int64_t panels_of(int64_t columns) { return (columns + COLUMNS - 1) / COLUMNS; }

/* A row's stride: an odd number of cache lines, so that the rows of a column do not meet in one set of the cache. */
static int64_t stride_of(int64_t columns) { return (panels_of(columns) | 1) * COLUMNS; }

static int is_head(const struct column *column, int64_t l) { return l == column->n_layers - 1; }

static int64_t weights_of(const struct column *column, int64_t l)
{
    const struct layer *layer = &column->layers[l];
    return is_head(column, l) ? layer->outputs * panels_of(layer->inputs) * COLUMNS
                              : layer->inputs * panels_of(layer->outputs) * COLUMNS;
}

int64_t n_varying(const struct config *c) { return c->actions == GAUSSIAN ? c->action_size : c->n_outputs; }

static void name_layers(struct column *column, const struct config *c, int64_t heads)
{
    column->n_layers = c->n_hidden + 1;
    for (int64_t l = 0; l < column->n_layers; l++) {
        struct layer *layer = &column->layers[l];
        layer->inputs = l == 0 ? c->n_observation : c->hidden_sizes[l - 1];
        layer->outputs = is_head(column, l) ? heads : c->hidden_sizes[l];
        layer->stride = stride_of(layer->outputs);
    }
}

/* Give each layer its parameters' place in the flat arrays; gives the end. */
static int64_t place_parameters(struct network *n, struct column *column, int64_t at)
{
    for (int64_t l = 0; l < column->n_layers; l++) {
        struct layer *layer = &column->layers[l];
        int64_t bias = at + weights_of(column, l), end = bias + panels_of(layer->outputs) * COLUMNS;
        if (n->parameters) {
            layer->weight = n->parameters + at, layer->weight_gradient = n->gradients + at;
            layer->bias = n->parameters + bias, layer->bias_gradient = n->gradients + bias;
        }
        at = end;
    }
    return at;
}

static void place_activations(struct column *column, int64_t rows, int64_t learned, struct room *room)
{
    for (int64_t l = 0; l < column->n_layers; l++) {
        struct layer *layer = &column->layers[l];
        int64_t row = layer->stride * (int64_t)sizeof(float);
        layer->y = room_take(room, rows * row);
        layer->d = room_take(room, learned * row);
        if (l > 0 && !is_head(column, l))
            layer->transposed =
                room_take(room, TURNED * panels_of(layer->outputs) * COLUMNS * COLUMNS * (int64_t)sizeof(float));
    }
}

void network_lay_out(struct network *n, const struct config *c, int64_t rows, int64_t learned, struct room *room)
{
    n->n_columns = c->shared_trunk ? 1 : 2;
    n->activation = c->activation;
    n->first_constant = n_varying(c), n->n_constants = c->n_outputs - n->first_constant;
    name_layers(&n->columns[0], c, c->shared_trunk ? c->n_outputs + 1 : c->n_outputs);
    name_layers(&n->columns[1], c, 1);
    n->n_parameters = 0;
    for (int times = 0; times < 2; times++) { /* first their number is found, then their place */
        int64_t end = 0;
        for (int64_t i = 0; i < n->n_columns; i++)
            end = place_parameters(n, &n->columns[i], end);
        if (times == 1)
            break;
        n->n_parameters = (end + 63) / 64 * 64;
        n->parameters = room_take(room, n->n_parameters * (int64_t)sizeof(float));
        n->gradients = room_take(room, n->n_parameters * (int64_t)sizeof(float));
    }
    for (int64_t i = 0; i < n->n_columns; i++)
        place_activations(&n->columns[i], rows, learned, room);
    const struct layer *policy = &n->columns[0].layers[c->n_hidden];
    const struct layer *value = c->shared_trunk ? policy : &n->columns[1].layers[c->n_hidden];
    int64_t at = c->shared_trunk ? c->n_outputs : 0;
    n->logits = policy->y, n->d_logits = policy->d, n->logits_stride = policy->stride;
    n->values_stride = value->stride;
    if (room->base)
        n->values = value->y + at, n->d_values = value->d + at;
}

/* y = f(x W + b) */
static void forward_hidden(const struct network *n, const struct layer *layer, const float *x, int64_t x_row, float *y,
                           int64_t rows)
{
    a2c_product(&(struct product){
        .rows = rows, .inner = layer->inputs, .panels = panels_of(layer->outputs),
        .a = x, .a_row = x_row, .a_step = 1,
        .b = layer->weight, .b_step = COLUMNS, .b_panel = layer->inputs * COLUMNS,
        .start = layer->bias, .start_row = 0, .start_panel = COLUMNS,
        .y = y, .y_row = layer->stride, .y_panel = COLUMNS,
    });
    (n->activation == RELU ? a2c_relu : a2c_tanh)(rows * layer->stride, y);
}

void network_forward(struct network *n, const float *observations, int64_t first, int64_t rows)
{
    for (int64_t i = 0; i < n->n_columns; i++) {
        const struct column *column = &n->columns[i];
        int64_t x_row = column->layers[0].inputs;
        const float *x = observations + first * x_row;
        for (int64_t l = 0; l < column->n_layers; l++) {
            const struct layer *layer = &column->layers[l];
            float *y = layer->y + first * layer->stride;
            if (is_head(column, l))
                a2c_dots(rows, layer->outputs, panels_of(layer->inputs), x, x_row, layer->weight, layer->bias, y,
                         layer->stride);
            else
                forward_hidden(n, layer, x, x_row, y, rows);
            x = y, x_row = layer->stride;
        }
    }
}

/* dW = x^T d, by output: [output][inputs] */
static void head_gradient(const struct layer *layer, const float *x, int64_t x_row, int64_t rows)
{
    int64_t panels = panels_of(layer->inputs);
    a2c_product(&(struct product){
        .rows = layer->outputs, .inner = rows, .panels = panels,
        .a = layer->d, .a_row = 1, .a_step = layer->stride,
        .b = x, .b_step = x_row, .b_panel = COLUMNS,
        .y = layer->weight_gradient, .y_row = panels * COLUMNS, .y_panel = COLUMNS,
    });
}

/* dW = x^T d, in panels of outputs */
static void hidden_gradient(const struct layer *layer, const float *x, int64_t x_row, int64_t rows)
{
    a2c_product(&(struct product){
        .rows = layer->inputs, .inner = rows, .panels = panels_of(layer->outputs),
        .a = x, .a_row = 1, .a_step = x_row,
        .b = layer->d, .b_step = layer->stride, .b_panel = COLUMNS,
        .y = layer->weight_gradient, .y_row = COLUMNS, .y_panel = layer->inputs * COLUMNS,
    });
}

/* The loss's derivatives by the outputs of the layer below: d W^T, from a head */
static void below_head(const struct layer *layer, const struct layer *below, int64_t rows)
{
    int64_t panels = panels_of(layer->inputs);
    a2c_product(&(struct product){
        .rows = rows, .inner = layer->outputs, .panels = panels,
        .a = layer->d, .a_row = layer->stride, .a_step = 1,
        .b = layer->weight, .b_step = panels * COLUMNS, .b_panel = COLUMNS,
        .y = below->d, .y_row = below->stride, .y_panel = COLUMNS,
    });
}

/* The same from a hidden layer, whose weights are transposed for it, a few panels of inputs at a time: these stay in
 * the first cache */
static void below_hidden(const struct layer *layer, const struct layer *below, int64_t rows)
{
    int64_t panels = panels_of(layer->inputs);
    for (int64_t first = 0; first < panels; first += TURNED) {
        int64_t n = panels - first < TURNED ? panels - first : TURNED;
        a2c_transpose(layer->inputs, layer->outputs, first, n, layer->weight, layer->transposed);
        a2c_product(&(struct product){
            .rows = rows, .inner = layer->outputs, .panels = n,
            .a = layer->d, .a_row = layer->stride, .a_step = 1,
            .b = layer->transposed, .b_step = COLUMNS, .b_panel = panels_of(layer->outputs) * COLUMNS * COLUMNS,
            .y = below->d + first * COLUMNS, .y_row = below->stride, .y_panel = COLUMNS,
        });
    }
}

static void backward_column(const struct network *n, const struct column *column, const float *observations,
                            int64_t rows)
{
    for (int64_t l = column->n_layers - 1; l >= 0; l--) {
        const struct layer *layer = &column->layers[l], *below = l > 0 ? layer - 1 : NULL;
        const float *x = below ? below->y : observations;
        int64_t x_row = below ? below->stride : layer->inputs;
        (is_head(column, l) ? head_gradient : hidden_gradient)(layer, x, x_row, rows);
        a2c_sum_rows(rows, panels_of(layer->outputs), layer->d, layer->stride, layer->bias_gradient);
        if (!below)
            return;
        (is_head(column, l) ? below_head : below_hidden)(layer, below, rows);
        (n->activation == RELU ? a2c_through_relu : a2c_through_tanh)(rows * below->stride, below->d, below->y);
    }
}

/* A constant output has a bias alone: its weights are 0, and stay 0. */
static void leave_constants(const struct network *n)
{
    const struct layer *head = &n->columns[0].layers[n->columns[0].n_layers - 1];
    int64_t row = panels_of(head->inputs) * COLUMNS;
    memset(head->weight_gradient + n->first_constant * row, 0, (size_t)(n->n_constants * row) * sizeof(float));
}

void network_backward(struct network *n, const float *observations, int64_t rows)
{
    for (int64_t i = 0; i < n->n_columns; i++)
        backward_column(n, &n->columns[i], observations, rows);
    if (n->n_constants)
        leave_constants(n);
}
