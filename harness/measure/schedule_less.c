#include "measure/schedule_less.h"

#include <stdlib.h>

#include "data/strings.h"

/* "no paired blocks instead of 3", "1 paired block instead of 3" */
static void add(struct strings *less, const struct schedule_less *part)
{
    char *left = part->left == 0 ? xstrdup("no") : text_format("%zu", part->left);
    char *text = text_format("%s%s %s%s%s instead of %zu", part->before, left, part->noun,
                             part->left == 1 ? "" : "s", part->after, part->asked);
    strings_add(less, text);
    free(text);
    free(left);
}

char *schedule_less_text(const struct schedule_less *parts, size_t count)
{
    struct strings less = {0};
    for (size_t i = 0; i < count; i++)
        if (parts[i].left < parts[i].asked)
            add(&less, &parts[i]);
    char *list = strings_join(&less, "; "),
         *text = less.count > 0 ? text_format("budget: %s", list) : NULL;
    free(list);
    strings_release(&less);
    return text;
}
