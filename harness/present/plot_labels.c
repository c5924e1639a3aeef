#include "present/plot.h"

#include <stdlib.h>

static int by_height(const void *a, const void *b)
{
    double x = ((const struct plot_label *)a)->y, y = ((const struct plot_label *)b)->y;
    return (x > y) - (x < y);
}

void plot_push_apart(struct plot_label *labels, size_t count, double distance, double bottom,
                     double top)
{
    qsort(labels, count, sizeof *labels, by_height);
    for (size_t i = 0; i < count; i++) {
        double floor_y = i == 0 ? bottom + distance / 2 : labels[i - 1].y + distance;
        labels[i].y = labels[i].y > floor_y ? labels[i].y : floor_y;
    }
    for (size_t i = count; i-- > 0;) {
        double roof_y = i + 1 == count ? top - distance / 2 : labels[i + 1].y - distance;
        labels[i].y = labels[i].y < roof_y ? labels[i].y : roof_y;
    }
}
