/* What the bytes of an element say: see markup.py. */
#include "kernel.h"

enum { NAMES_AT_MOST = 8 };

/* What strangers have written, from at (inclusive) to end (exclusive): nothing may read beyond. */
typedef struct {
    const char *at;
    const char *end;
} Span;

static Py_ssize_t
span_size(Span span)
{
    return span.end - span.at;
}

/* Whether span goes on with text; if so, steps over it. */
static bool
span_skip(Span *span, const char *text, Py_ssize_t size)
{
    if (span_size(*span) < size || memcmp(span->at, text, size) != 0) {
        return false;
    }
    span->at += size;
    return true;
}

/* The same with a text that is written out. */
#define SKIP(span, text) span_skip(span, text, sizeof text - 1)

/* --- whether each name stands there in full and in clear */

static const char language[] = " xml:lang=";
enum { LANGUAGE = sizeof language - 1, COLON_AT = 4 };

static bool
is_markup(char character)
{
    switch (character) {
    case '<': case '>': case ':': case '=': case '\'': case '"': case '!': case '?': case '&': case '#':
        return true;
    default:
        return false;
    }
}

/* Whether the colon at at is that of xml:lang, which is no prefix that anybody could hide behind. */
static bool
is_language(Span raw, const char *at)
{
    return at - raw.at >= COLON_AT && raw.end - at >= LANGUAGE - COLON_AT
        && memcmp(at - COLON_AT, language, LANGUAGE) == 0;
}

/* The next character of the markup behind at, that of xml:lang left out; '\0': there is none. */
static char
next_markup(Span raw, const char *at)
{
    for (at++; at < raw.end; at++) {
        if (is_markup(*at) && !(*at == ':' && is_language(raw, at))) {
            return *at;
        }
    }
    return '\0';
}

/* Every run of names and text is passed over once for what stands before it: this is linear. */
static bool
says_what_it_means(Span raw)
{
    const char *at = raw.at;
    while ((at = memchr(at, '#', raw.end - at)) != NULL) {
        if (at > raw.at && at[-1] == '&') {
            return false;
        }
        at++;
    }
    at = raw.at;
    while ((at = memchr(at, '<', raw.end - at)) != NULL) {
        char next = next_markup(raw, at);
        if (next == ':' || next == '!' || next == '?') {
            return false;
        }
        at++;
    }
    at = raw.at;
    while ((at = memchr(at, ':', raw.end - at)) != NULL) {
        if (!is_language(raw, at) && next_markup(raw, at) == '=') {
            return false;
        }
        at++;
    }
    return true;
}

static PyObject *
is_plain(PyObject *Py_UNUSED(module), PyObject *raw)
{
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(raw, &bytes, &size) < 0) {
        return NULL;
    }
    return PyBool_FromLong(says_what_it_means((Span){bytes, bytes + size}));
}

/* --- the one body */

typedef struct {
    Span names[NAMES_AT_MOST];
    int count;
} Names;

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

/* Whether a tag begins in rest as one of names does. */
static bool
has_any(const Names *names, Span rest)
{
    while ((rest.at = memchr(rest.at, '<', span_size(rest))) != NULL) {
        rest.at++;
        for (int i = 0; i < names->count; i++) {
            Span tag = rest;
            if (span_skip(&tag, names->names[i].at, span_size(names->names[i]))) {
                return true;
            }
        }
    }
    return false;
}

static PyObject *
lone_body(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count != 2 || !PyBytes_Check(args[0]) || !PyLong_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "wanted bytes and a place in them");
        return NULL;
    }
    Py_ssize_t at = PyLong_AsSsize_t(args[1]);
    if (at == -1 && PyErr_Occurred()) {
        return NULL;
    }
    const char *start = PyBytes_AS_STRING(args[0]);
    Span rest = {start, start + PyBytes_GET_SIZE(args[0])};
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
    if (!SKIP(&rest, "</body") || !SKIP_AFTER_SPACE(&rest, ">") || has_any(kernel_table_of(self), rest)
        || memchr(text.at, '\r', span_size(text)) != NULL) {
        Py_RETURN_NONE;
    }
    return PyUnicode_DecodeUTF8(text.at, span_size(text), "replace");
}

static PyMethodDef body_method = {
    "lone_body", (PyCFunction)(void (*)(void))lone_body, METH_FASTCALL,
    "lone_body(raw, at): see xmppfilter.kernels.markup.",
};

static PyObject *
body_finding(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 1 || !PyTuple_Check(args[0]) || PyTuple_GET_SIZE(args[0]) > NAMES_AT_MOST) {
        PyErr_SetString(PyExc_TypeError, "wanted a tuple of some names");
        return NULL;
    }
    Names *names = PyMem_Calloc(1, sizeof *names);
    if (names == NULL) {
        return PyErr_NoMemory();
    }
    for (; names->count < PyTuple_GET_SIZE(args[0]); names->count++) {
        char *at;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyTuple_GET_ITEM(args[0], names->count), &at, &size) < 0) {
            PyMem_Free(names);
            return NULL;
        }
        names->names[names->count] = (Span){at, at + size};
    }
    return kernel_function(&body_method, names, args[0]);
}

KERNEL(markup, {"is_plain", is_plain, METH_O, "See xmppfilter.kernels.markup."},
       MAKES(body_finding, "See xmppfilter.kernels.markup."));
