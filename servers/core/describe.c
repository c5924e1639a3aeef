#include "core/describe.h"

#include <string.h>

void describe_model(FILE *out, const struct model *model)
{
    const char *kind = model->model ? model->model : model->name;

    fprintf(out, "name %s\n", model->name);
    fprintf(out, "model %s\n", kind);
    fprintf(out, "summary %s\n", model->summary);
    fprintf(out, "language C\n");
    fprintf(out, "variant %s\n", model->variant ? model->variant : "default");
    for (const char *const *line = model->differs; line && *line; line++)
        fprintf(out, "differs %s\n", *line);
    fprintf(out, "workers-meaning %s\n", model->workers_meaning);
    fprintf(out, "routes %s\n", model->routes);
    if (strcmp(kind, "ceiling") != 0) /* a ceiling neither parses nor routes */
        fprintf(out, "core backbench\n");
    for (const struct server_library *library = model->libraries; library && library->name;
         library++)
        fprintf(out, "library %s %s\n", library->name, library->version);
}
