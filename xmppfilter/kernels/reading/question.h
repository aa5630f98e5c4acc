/* One question, as it stands in the bytes. */
#ifndef XMPPFILTER_QUESTION_H
#define XMPPFILTER_QUESTION_H

#include "way.h"

typedef struct {
    Span id;
    Span meta; /* empty: there is none, or it says nothing */
    const Name *element;
    PyObject *type; /* borrowed; NULL: it has none */
    PyObject *kind; /* borrowed */
    Span sender, recipient;
    Span raw;            /* the stanza */
    Py_ssize_t body_at;  /* where in that its start tag ends; -1: it is all there is */
    const char *end;     /* of the question */
} Found;

/* Whether rest begins with a question that is written in that way, and plainly: then it is found. spaces is a tuple of
   bytes: what the namespace may be that the stanza declares. */
bool question_find(const Way *way, PyObject *spaces, Span rest, Found *found);

#endif
