/* gnuplot's SVG made fit for a page: colours as CSS variables, no ids that clash, no titles that
 * pop up. */
#ifndef PRESENT_SVG_H
#define PRESENT_SVG_H

/* A file of its own, with its style for light and dark inside. title and id are plain text. Caller
 * frees. */
char *svg_standalone(const char *raw, const char *title, const char *id);

/* The same for inside an HTML page: no prologue, no namespaces, no style. Caller frees. */
char *svg_inline(const char *standalone);

#endif
