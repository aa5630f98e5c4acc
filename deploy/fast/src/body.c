/* The twin of xmppfilter.stanza.view.lone_body. */
#include "fast.h"

#include <string.h>

static void
skip_space(Span *rest)
{
    while (rest->at < rest->end && (*rest->at == ' ' || (*rest->at >= '\t' && *rest->at <= '\r'))) {
        rest->at++;
    }
}

static bool
skip_after_space(Span *rest, const char *text, Py_ssize_t size)
{
    Span ahead = *rest;
    skip_space(&ahead);
    if (!span_skip(&ahead, text, size)) {
        return false;
    }
    *rest = ahead;
    return true;
}

#define SKIP_AFTER_SPACE(span, text) skip_after_space(span, text, sizeof text - 1)

/* The start tag, which may have xml:lang and nothing else. */
static bool
skip_start_tag(Span *rest)
{
    if (!SKIP_AFTER_SPACE(rest, "<body")) {
        return false;
    }
    Span ahead = *rest;
    skip_space(&ahead);
    if (ahead.at > rest->at && SKIP(&ahead, "xml:lang")) {
        if (!SKIP_AFTER_SPACE(&ahead, "=")) {
            return false;
        }
        skip_space(&ahead);
        char quote = ahead.at < ahead.end ? *ahead.at : '\0';
        if (quote != '\'' && quote != '"') {
            return false;
        }
        const char *closing = memchr(ahead.at + 1, quote, span_size(ahead) - 1);
        if (closing == NULL || memchr(ahead.at, '<', closing - ahead.at) != NULL) {
            return false;
        }
        *rest = (Span){closing + 1, ahead.end};
    }
    return SKIP_AFTER_SPACE(rest, ">");
}

/* Whether a tag begins in rest whose name begins as one of names (a tuple of bytes) does. */
static bool
has_any(Span rest, PyObject *names)
{
    while ((rest.at = memchr(rest.at, '<', span_size(rest))) != NULL) {
        rest.at++;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
            Span tag = rest;
            if (span_skip_bytes(&tag, PyTuple_GET_ITEM(names, i))) {
                return true;
            }
        }
    }
    return false;
}

/* The character that the reference stands for with which rest begins, stepping over it; '\0': it is none. */
static char
skip_reference(Span *rest)
{
    return SKIP(rest, "&amp;") ? '&'
        : SKIP(rest, "&lt;") ? '<'
        : SKIP(rest, "&gt;") ? '>'
        : SKIP(rest, "&apos;") ? '\''
        : SKIP(rest, "&quot;") ? '"'
        : '\0';
}

/* What text stands for that has an ampersand in it. */
static PyObject *
unescaped(Span text)
{
    char *plain = PyMem_Malloc(span_size(text));
    if (plain == NULL) {
        return PyErr_NoMemory();
    }
    char *to = plain;
    while (text.at < text.end) {
        char meant = *text.at == '&' ? skip_reference(&text) : '\0';
        *to++ = meant != '\0' ? meant : *text.at++;
    }
    PyObject *decoded = PyUnicode_DecodeUTF8(plain, to - plain, "replace");
    PyMem_Free(plain);
    return decoded;
}

PyObject *
fast_lone_body(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyBytes_Check(args[0]) || !PyLong_Check(args[1]) || !PyTuple_Check(args[2])
        || PyTuple_GET_SIZE(args[2]) < 1 || !PyTuple_Check(PyTuple_GET_ITEM(args[2], 0))) {
        PyErr_SetString(PyExc_TypeError, "wanted bytes, an int and marks");
        return NULL;
    }
    PyObject *names = PyTuple_GET_ITEM(args[2], 0);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        if (!PyBytes_Check(PyTuple_GET_ITEM(names, i))) {
            PyErr_SetString(PyExc_TypeError, "wanted names in bytes");
            return NULL;
        }
    }
    Py_ssize_t at = PyLong_AsSsize_t(args[1]);
    if (at == -1 && PyErr_Occurred()) {
        return NULL;
    }
    Span rest = span_of(args[0]);
    if (at < 0 || at > span_size(rest)) {
        Py_RETURN_NONE;
    }
    rest.at += at;
    if (!skip_start_tag(&rest)) {
        Py_RETURN_NONE;
    }
    Span text = {rest.at, memchr(rest.at, '<', span_size(rest))};
    if (text.end == NULL) {
        Py_RETURN_NONE;
    }
    rest.at = text.end;
    if (!SKIP(&rest, "</body") || !SKIP_AFTER_SPACE(&rest, ">") || has_any(rest, names)
        || memchr(text.at, '\r', span_size(text)) != NULL) {
        Py_RETURN_NONE;
    }
    if (memchr(text.at, '&', span_size(text)) != NULL) {
        return unescaped(text);
    }
    return PyUnicode_DecodeUTF8(text.at, span_size(text), "replace");
}
