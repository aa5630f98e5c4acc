/* How a server writes what it asks: what is learned of it from xmppfilter.routes.fast.Way. */
#ifndef XMPPFILTER_WAY_H
#define XMPPFILTER_WAY_H

#include "reading.h"

enum { TYPES_AT_MOST = 16 };

/* A type that a stanza may have. */
typedef struct {
    PyObject *type; /* str */
    PyObject *kind;
} Type;

/* What a stanza may be called, and what follows from that (xmppfilter.routes.fast.Name). */
typedef struct {
    PyObject *name;    /* str */
    PyObject *closing; /* bytes */
    Type types[TYPES_AT_MOST];
    Py_ssize_t type_count;
    PyObject *untyped; /* the kind of those without a type */
} Name;

/* How one server writes (xmppfilter.routes.fast.Way). */
typedef struct {
    PyObject *way; /* what it was learned from; NULL: there is none yet */
    PyObject *asker;
    PyObject *before, *behind, *forwarded, *end; /* bytes */
    bool has_meta;
    char quote;
    Name message, presence;
} Way;

/* Takes over what said, a Way, says. -1 and an error: it is none; way then is to be forgotten. */
int way_learn(Way *way, PyObject *said);

void way_forget(Way *way);

/* For the cyclic collector. */
int way_traverse(Way *way, visitproc visit, void *arg);

#endif
