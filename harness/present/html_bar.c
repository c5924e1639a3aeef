/* A ratio as a bar. */
#include "present/html_parts.h"

#include <math.h>

void html_bar(FILE *out, const struct estimate *ratio, double roof_share, double scale,
              const char *variable)
{
    double value = 100 * ratio->value / scale;
    fprintf(out,
            "<svg class=\"bar\" width=\"100%%\" height=\"22\" aria-hidden=\"true\" "
            "style=\"color:var(%s)\">",
            variable);
    fprintf(out, "<line class=\"one\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"22\"/>",
            100 / scale, 100 / scale);
    fprintf(out, "<rect class=\"fill\" x=\"0\" y=\"6\" width=\"%.2f%%\" height=\"10\" rx=\"2\"/>",
            value);
    if (estimate_has_interval(ratio))
        fprintf(out, "<line class=\"span\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"11\" y2=\"11\"/>",
                100 * ratio->low / scale, 100 * ratio->high / scale);
    if (isfinite(roof_share)) {
        double roof = value * roof_share;
        fprintf(out, "<line class=\"roof\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"2\" y2=\"20\"/>", roof,
                roof);
    }
    fprintf(out, "<circle class=\"dot\" cx=\"%.2f%%\" cy=\"11\" r=\"4.5\"/></svg>", value);
}
