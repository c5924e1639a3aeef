/* A document with a measured part in it; see profile.h. */
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "present/profile.h"

char *marks_replace(const char *document, const char *name, const char *text)
{
    char *mark = text_format("<!-- measured: %s -->\n", name);
    const char *begin = strstr(document, mark);
    const char *end = NULL;
    if (begin != NULL) {
        begin += strlen(mark);
        end = strstr(begin, "<!-- end -->\n");
    }
    free(mark);
    if (end == NULL)
        return NULL;
    /* a mark that lacks its own end must not swallow the next one's */
    const char *other = strstr(begin, "<!-- measured: ");
    if (other != NULL && other < end)
        return NULL;
    return text_format("%.*s%s%s", (int)(begin - document), document, text, end);
}
