/* What the files of reading.c share. */
#ifndef XMPPFILTER_READING_H
#define XMPPFILTER_READING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

/* What strangers have written, from at (inclusive) to end (exclusive): nothing may read beyond. */
typedef struct {
    const char *at;
    const char *end;
} Span;

static inline Py_ssize_t
span_size(Span span)
{
    return span.end - span.at;
}

/* The bytes of a bytes object. */
static inline Span
span_of(PyObject *bytes)
{
    return (Span){PyBytes_AS_STRING(bytes), PyBytes_AS_STRING(bytes) + PyBytes_GET_SIZE(bytes)};
}

/* Whether span is text. */
bool span_is(Span span, Span text);

/* Whether span goes on with text; if so, steps over it. */
bool span_skip(Span *span, const char *text, Py_ssize_t size);

/* The same with a text that is written out. */
#define SKIP(span, text) span_skip(span, text, sizeof text - 1)

/* The same with the bytes of a bytes object. */
static inline bool
span_skip_bytes(Span *span, PyObject *bytes)
{
    return span_skip(span, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
}

/* The first place of text in span, or NULL. Linear for the short texts that are asked for. */
const char *span_find(Span span, const char *text, Py_ssize_t size);

/* span as text of which each letter is a byte; a new reference, or NULL and an error. */
PyObject *span_latin1(Span span);

/* --- slots.c: objects of Python classes, made without calling them */

enum { SLOTS_AT_MOST = 64 };

/* A class that keeps all it has in __slots__. */
typedef struct {
    PyTypeObject *type;
    Py_ssize_t offsets[SLOTS_AT_MOST];
    Py_ssize_t count;
} Slots;

/* Reads where the slots of type are. -1 and TypeError: it has anything but slots. Slots holds a reference. */
int slots_read(Slots *slots, PyObject *type);

/* Where the slot is that is called name, in an object of that class. -1 and AttributeError: there is none. */
Py_ssize_t slots_offset(const Slots *slots, const char *name);

/* A new object with every slot empty, or NULL and an error. */
PyObject *slots_new(const Slots *slots);

/* A new object with the slots of original, which is of that class, or NULL and an error. */
PyObject *slots_copy(const Slots *slots, PyObject *original);

/* Puts value, whose reference is taken over, into the slot at offset. */
void slots_set(PyObject *object, Py_ssize_t offset, PyObject *value);

/* --- jid.c */

/* How to make a Jid. */
typedef struct {
    Slots slots;
    Py_ssize_t bare, domain, full, local, resource;
    PyObject *empty;
} JidMaker;

int jid_maker_init(JidMaker *maker, PyObject *type);

/* The Jid that text is, if it is plain and normal (`xmppfilter.stanza.jid.PLAIN`): a new reference; NULL without an error: it
   may be one all the same. */
PyObject *jid_make(const JidMaker *maker, Span text);

#endif
