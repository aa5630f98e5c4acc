/* The twin of xmppfilter.text.fold.single_spaced. */
#include "fast.h"

/* Whether text is what it would become, as most are. */
static bool
is_single_spaced(PyObject *text)
{
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_ssize_t size = PyUnicode_GET_LENGTH(text);
    bool apart = true;
    for (Py_ssize_t i = 0; i < size; i++) {
        Py_UCS4 character = PyUnicode_READ(kind, data, i);
        bool space = Py_UNICODE_ISSPACE(character);
        if (space && (apart || character != ' ')) {
            return false;
        }
        apart = space;
    }
    return size == 0 || !apart;
}

PyObject *
fast_single_spaced(PyObject *Py_UNUSED(module), PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "wanted a text");
        return NULL;
    }
    if (PyUnicode_CheckExact(text) && is_single_spaced(text)) {
        return Py_NewRef(text);
    }
    PyObject *words = PyUnicode_Split(text, NULL, -1);
    PyObject *space = words == NULL ? NULL : PyUnicode_FromOrdinal(' ');
    PyObject *spaced = space == NULL ? NULL : PyUnicode_Join(space, words);
    Py_XDECREF(words);
    Py_XDECREF(space);
    return spaced;
}
