/*
 * A decision as a comment of a pull request: GitHub refuses one of more than 65,536 characters
 * (docs.github.com/rest/issues/comments, whose answer is 422, "Body is too long"). Bytes are
 * counted here, of which a character has one at least. What matters stands in a table, the rest is
 * folded away; what finds no room is counted. Reasons are sentences, for which a table in a
 * comment, 780 pixels wide, has no column: they stand beneath it.
 */
#include "present/decision.h"

#include <stdlib.h>
#include <string.h>

#include "present/decision_parts.h"
#include "present/format.h"

/* So long may each part be, with all before it: each leaves room
 * for the next, and for the counts of what was left out. */
enum { NOTES_MOST = 12000, TABLE_MOST = 38000, ALL_MOST = 52000 };
enum {
    HEADLINE_MOST = 800,
    MACHINE_MOST = 600,
    TEXT_MOST = 400
}; /* of what comes from outside; escaped, it is up to five times as long */

struct document {
    FILE *out;
    size_t used; /* bytes of it */
};

/* Text from outside, escaped, of at most `most` bytes before that: the caller frees. */
static char *escaped(const char *text, size_t most)
{
    char *clean = decision_clean(text, ""), *result = NULL;
    size_t size = 0, length = strlen(clean);
    FILE *out = open_memstream(&result, &size);
    bool is_cut = length > most;
    for (length = is_cut ? most : length; is_cut && (clean[length] & 0xc0) == 0x80;)
        length--;
    clean[length] = '\0';
    escape_markdown(out, clean);
    fputs(is_cut ? "…" : "", out);
    fclose(out);
    free(clean);
    return result;
}

/* If all of it fits; else nothing, and false. The text is freed. */
static bool put_if(struct document *document, char *text, size_t most)
{
    size_t length = strlen(text);
    bool fits = document->used + length <= most;
    if (fits) {
        fputs(text, document->out);
        document->used += length;
    }
    free(text);
    return fits;
}

static void put(struct document *document, char *text)
{
    put_if(document, text, SIZE_MAX);
}

/* ---- rows ---- */

/* A figure and its unit stay on one line; a line may end
 * before an interval and behind a comma. The caller frees. */
static char *unbroken(const char *text)
{
    char *result = NULL;
    size_t size = 0;
    bool is_inside = false;
    FILE *out = open_memstream(&result, &size);
    for (char before = '\0'; *text; before = *text++) {
        if (*text == '[' || *text == ']') {
            is_inside = *text == '[';
            fprintf(out, "\\%c", *text);
        } else if (*text == ' ' && (is_inside || (text[1] != '[' && before != ',')))
            fputs("\u00a0", out);
        else
            putc(*text, out);
    }
    fclose(out);
    return result;
}

static void put_figures(FILE *out, const struct decision_row *row)
{
    struct decision_cells cells;
    char *label = decision_metric_label(row);
    decision_cells_make(&cells, row);
    char *limits = decision_row_is_word(row) ? xstrdup(cells.counts)
                                             : text_format("%s, %s", cells.counts, cells.told);
    const char *texts[] = {label, cells.base, cells.head, cells.change, limits};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *text = unbroken(texts[i]);
        fprintf(out, " %s |", text);
        free(text);
    }
    free(limits);
    free(label);
}

static char *row_line(const struct decision_row *row)
{
    const char *strong = decision_row_fails(row) ? "**" : "";
    char *line = NULL;
    char *server = escaped(row->server, TEXT_MOST), *workload = escaped(row->workload, TEXT_MOST);
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);
    fprintf(out, "| %s%s%s%s | %s on %s |", strong, decision_row_word(row), strong,
            row->gates ? "" : ", does not gate", server, workload);
    put_figures(out, row);
    fputs("\n", out);
    fclose(out);
    free(workload);
    free(server);
    return line;
}

/* ---- reasons ---- */

/* A list beneath the table. Rows next to each other that have one reason have one item: where a
 * machine disagrees with itself, all do. */
struct list {
    char *text;
    size_t size;
    FILE *out;
    char *subject, *why; /* of the item to which more rows may come; NULL: none */
    size_t more;
};

static void list_end_item(struct list *list)
{
    if (list->why && list->more > 0)
        fprintf(list->out, "- %s, and %zu more: %s\n", list->subject, list->more, list->why);
    else if (list->why)
        fprintf(list->out, "- %s: %s\n", list->subject, list->why);
    free(list->subject);
    free(list->why);
    list->subject = list->why = NULL;
    list->more = 0;
}

static char *subject_of(const struct decision_row *row)
{
    char *server = escaped(row->server, TEXT_MOST), *workload = escaped(row->workload, TEXT_MOST);
    char *subject = text_format("%s on %s, %s", server, workload, metric_info(row->metric)->name);
    free(workload);
    free(server);
    return subject;
}

/* Takes why. */
static void list_add(struct list *list, const struct decision_row *row, char *why)
{
    if (list->why && strcmp(list->why, why) == 0) {
        list->more++;
        free(why);
        return;
    }
    list_end_item(list);
    if (*why) {
        list->subject = subject_of(row);
        list->why = why;
    } else
        free(why);
}

/* At most so many bytes are still to come, once a row with that reason is added, too. */
static size_t list_bytes(const struct list *list, const struct decision_row *row, const char *why)
{
    enum { AROUND = 40 }; /* "- ", ", and N more", ": " and the end of the line */
    size_t bytes = (size_t)ftell(list->out);
    if (list->why)
        bytes += strlen(list->subject) + strlen(list->why) + AROUND;
    if (!*why || (list->why && strcmp(list->why, why) == 0))
        return bytes;
    char *subject = subject_of(row);
    bytes += strlen(subject) + strlen(why) + AROUND;
    free(subject);
    return bytes;
}

static void list_put(struct document *document, struct list *list)
{
    list_end_item(list);
    fclose(list->out);
    if (*list->text)
        put(document, xstrdup("\n"));
    put(document, list->text);
}

/* ---- tables ---- */

/* It and its reason, if they fit behind what is there and what of the list is still to come. */
static bool put_row(struct document *document, struct list *list, const struct decision_row *row,
                    size_t most)
{
    char *reasons = decision_row_reasons(row), *why = escaped(reasons, TEXT_MOST);
    size_t pending = list_bytes(list, row, why);
    bool fits = put_if(document, row_line(row), most > pending ? most - pending : 0);
    free(reasons);
    if (fits)
        list_add(list, row, why);
    else
        free(why);
    return fits;
}

static void put_left(struct document *document, const struct decision_row *const *rows,
                     size_t count)
{
    char *left = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&left, &size);
    fprintf(out, "\nNot listed, for want of room: ");
    decision_put_counts(out, rows, count);
    fputs(".\n", out);
    fclose(out);
    put(document, left);
}

/* Up to `most`; what finds no room is counted. */
static void put_table(struct document *document, const struct decision_row *const *rows,
                      size_t count, size_t most)
{
    struct list list = {0};
    size_t shown = 0;
    list.out = open_memstream(&list.text, &list.size);
    put(document,
        xstrdup("| verdict | server, workload | metric | base | head | change | counts, told |\n"
                "|---|---|---|---:|---:|---|---:|\n"));
    while (shown < count && put_row(document, &list, rows[shown], most))
        shown++;
    list_put(document, &list);
    if (shown < count)
        put_left(document, rows + shown, count - shown);
}

static void put_folded(struct document *document, const struct decision_row *const *rows,
                       size_t count)
{
    char *summary = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&summary, &size);
    fprintf(out, "\n<details><summary>%zu more: ", count);
    decision_put_counts(out, rows, count);
    fputs("</summary>\n\n", out);
    fclose(out);
    put(document, summary);
    put_table(document, rows, count, ALL_MOST);
    put(document, xstrdup("\n</details>\n"));
}

/* ---- the rest ---- */

static void put_notes(struct document *document, const struct strings *notes)
{
    size_t shown = 0;
    for (; shown < notes->count; shown++) {
        char *note = escaped(notes->items[shown], TEXT_MOST);
        if (!put_if(document, text_format("%s- %s\n", shown ? "" : "\n", note), NOTES_MOST)) {
            free(note);
            break;
        }
        free(note);
    }
    if (shown < notes->count)
        put(document,
            text_format("\nNotes not listed, for want of room: %zu.\n", notes->count - shown));
}

static void put_front(struct document *document, const struct decision *decision)
{
    char *headline = escaped(decision->headline, HEADLINE_MOST);
    char *base = escaped(decision->base, TEXT_MOST), *head = escaped(decision->head, TEXT_MOST);
    put(document, text_format("**%s**\n", headline));
    if (decision->count > 0)
        put(document, text_format("\nbase: %s; head: %s\n", base, head));
    free(head);
    free(base);
    free(headline);
}

/* What a duel found out about the machine. */
static void put_machine(struct document *document, const struct decision *decision)
{
    const char *sentences[] = {decision->self_check, decision->resolution}, *join = "\n";
    for (size_t i = 0; i < 2; i++) {
        if (!sentences[i])
            continue;
        char *text = escaped(sentences[i], MACHINE_MOST);
        put(document, text_format("%s%s", join, text));
        join = " ";
        free(text);
    }
    if (*join == ' ')
        put(document, xstrdup("\n"));
}

static void put_legend(struct document *document, const struct decision_view *view)
{
    char *legend = decision_legend(view);
    put(document, text_format("\n<sub>%s</sub>\n", legend));
    free(legend);
}

void present_decision_markdown(FILE *out, const struct decision *decision)
{
    struct document document = {.out = out};
    struct decision_view view;
    decision_view_init(&view, decision);
    const struct decision_row **others = xcalloc(view.count + 1, sizeof *others),
                              **these = xcalloc(view.count + 1, sizeof *these);
    size_t other = 0, matter = 0;
    for (size_t i = 0; i < view.count; i++)
        if (decision_row_matters(view.rows[i]))
            these[matter++] = view.rows[i];
        else
            others[other++] = view.rows[i];
    put_front(&document, decision);
    put_notes(&document, &decision->notes);
    if (matter > 0) {
        put(&document, xstrdup("\n"));
        put_table(&document, these, matter, TABLE_MOST);
    }
    if (other > 0)
        put_folded(&document, others, other);
    put_machine(&document, decision);
    if (view.count > 0)
        put_legend(&document, &view);
    free(these);
    free(others);
    decision_view_release(&view);
}
