/* What a connection costs in memory, where no table over time has it. */
#include "analyse/words.h"
#include "present/connections.h"
#include "present/format.h"
#include "present/html_parts.h"

static bool any_alone(const struct summary *summary)
{
    for (size_t i = 0; i < summary->stairs_count; i++)
        if (connections_are_alone(summary, &summary->stairs[i]))
            return true;
    return false;
}

void html_connections_link(FILE *out, const struct page *page)
{
    if (any_alone(page->summary))
        fputs("<a href=\"#connections\">Connections</a> ", out);
}

static void put_sentences(FILE *out, const struct page *page, const struct stairs_memory *memory)
{
    if (page->summary->count == 0) /* else they stand among the findings */
        html_sentences(out, &memory->sentences, 0, memory->sentences.count);
}

void html_connections_said(FILE *out, const struct page *page, size_t workload)
{
    for (size_t i = 0; i < page->summary->stairs_count; i++)
        if (page->summary->stairs[i].workload == workload)
            put_sentences(out, page, &page->summary->stairs[i]);
}

static void put_connections(FILE *out, const struct page *page, const struct stairs_memory *memory)
{
    struct grid grid;
    fputs("<section class=\"workload\"><h3>", out);
    escape_html(out, words_workload(page->result, memory->workload));
    fputs("</h3>\n", out);
    put_sentences(out, page, memory);
    connections_grid_make(&grid, memory);
    html_grid(out, page, &grid, false);
    grid_release(&grid);
    fputs("</section>\n", out);
}

void html_connections(FILE *out, const struct page *page)
{
    if (!any_alone(page->summary))
        return;
    fputs("<section id=\"connections\">\n<h2>What a connection costs</h2>\n<p class=\"about\">Of "
          "one fresh server a block, connections are taken up from none to many, and memory is "
          "read at each number of them: the slope is what one costs, without what the server "
          "needs for itself.</p>\n",
          out);
    for (size_t i = 0; i < page->summary->stairs_count; i++)
        if (connections_are_alone(page->summary, &page->summary->stairs[i]))
            put_connections(out, page, &page->summary->stairs[i]);
    fputs("</section>\n\n", out);
}
