#include "analyse/figures.h"

#include <math.h>
#include <stdlib.h>

#include "data/strings.h"

void figures_add(struct figures *figures, double value)
{
    if (isnan(value))
        return;
    figures->items = xreallocarray(figures->items, figures->count + 1, sizeof(*figures->items));
    figures->items[figures->count++] = value;
}

double figures_furthest(const struct figures *figures, double from)
{
    double most = 0;
    for (size_t i = 0; i < figures->count; i++)
        most = fmax(most, fabs(figures->items[i] - from));
    return most;
}

void figures_release(struct figures *figures)
{
    free(figures->items);
    *figures = (struct figures){0};
}
