/* Cells that several tables have. */
#include "present/html_parts.h"

#include "present/format.h"
#include "present/palette.h"

void html_model(FILE *out, const struct page *page, size_t arm)
{
    fprintf(out,
            "<th scope=\"row\" class=\"model\"><span class=\"key\" "
            "style=\"background:var(%s)\"></span>",
            palette_variable(page->result, arm));
    escape_html(out, page->result->arms[arm].id);
    fputs("</th>", out);
}

void html_figure(FILE *out, const char *text, const char *small)
{
    fputs("<td class=\"num\">", out);
    escape_html(out, text);
    if (*small) {
        fputs("<small>", out);
        escape_html(out, small);
        fputs("</small>", out);
    }
    fputs("</td>", out);
}
