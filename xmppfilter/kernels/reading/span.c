/* Looking at bytes without ever leaving them. */
#include "reading.h"

#include <string.h>

bool
span_is(Span span, Span text)
{
    return span_size(span) == span_size(text) && memcmp(span.at, text.at, span_size(text)) == 0;
}

bool
span_skip(Span *span, const char *text, Py_ssize_t size)
{
    if (span_size(*span) < size || memcmp(span->at, text, size) != 0) {
        return false;
    }
    span->at += size;
    return true;
}

const char *
span_find(Span span, const char *text, Py_ssize_t size)
{
    while (span_size(span) >= size) {
        const char *found = memchr(span.at, text[0], span_size(span) - size + 1);
        if (found == NULL) {
            return NULL;
        }
        if (memcmp(found, text, size) == 0) {
            return found;
        }
        span.at = found + 1;
    }
    return NULL;
}

PyObject *
span_latin1(Span span)
{
    return PyUnicode_DecodeLatin1(span.at, span_size(span), NULL);
}
