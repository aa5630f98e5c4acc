/* The twin of xmppfilter.stanza.xml.is_plain. */
#include "fast.h"

#include <string.h>

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
is_plain(Span raw)
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

PyObject *
fast_is_plain(PyObject *Py_UNUSED(module), PyObject *raw)
{
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(raw, &bytes, &size) < 0) {
        return NULL;
    }
    return PyBool_FromLong(is_plain((Span){bytes, bytes + size}));
}
