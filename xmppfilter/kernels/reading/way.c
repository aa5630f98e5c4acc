/* Learning how a server writes. */
#include "way.h"

static void
forget_name(Name *name)
{
    Py_CLEAR(name->name);
    Py_CLEAR(name->closing);
    Py_CLEAR(name->untyped);
    for (Py_ssize_t i = 0; i < name->type_count; i++) {
        Py_CLEAR(name->types[i].type);
        Py_CLEAR(name->types[i].kind);
    }
    name->type_count = 0;
}

void
way_forget(Way *way)
{
    Py_CLEAR(way->way);
    Py_CLEAR(way->asker);
    Py_CLEAR(way->before);
    Py_CLEAR(way->behind);
    Py_CLEAR(way->forwarded);
    Py_CLEAR(way->end);
    forget_name(&way->message);
    forget_name(&way->presence);
}

/* The attribute of that name, a str, as bytes: a new reference, or NULL and an error. */
static PyObject *
latin1_attribute(PyObject *object, const char *name)
{
    PyObject *text = PyObject_GetAttrString(object, name);
    PyObject *bytes = text == NULL ? NULL : PyUnicode_AsLatin1String(text);
    Py_XDECREF(text);
    return bytes;
}

static bool
is_ascii(PyObject *text)
{
    if (PyUnicode_Check(text) && PyUnicode_IS_ASCII(text)) {
        return true;
    }
    PyErr_Format(PyExc_TypeError, "wanted text in ASCII, got %R", text);
    return false;
}

/* Takes over what kinds says, by type and for none. */
static int
learn_kinds(Name *name, PyObject *kinds)
{
    if (!PyDict_Check(kinds)) {
        PyErr_Format(PyExc_TypeError, "wanted a dict of kinds, got %R", kinds);
        return -1;
    }
    PyObject *type, *kind;
    Py_ssize_t position = 0;
    while (PyDict_Next(kinds, &position, &type, &kind)) {
        if (type == Py_None) {
            name->untyped = Py_NewRef(kind);
            continue;
        }
        if (!is_ascii(type)) {
            return -1;
        }
        if (name->type_count == TYPES_AT_MOST) {
            PyErr_SetString(PyExc_ValueError, "more types than can be held");
            return -1;
        }
        name->types[name->type_count++] = (Type){Py_NewRef(type), Py_NewRef(kind)};
    }
    if (name->untyped == NULL) {
        PyErr_SetString(PyExc_ValueError, "no kind for what has no type");
        return -1;
    }
    return 0;
}

static int
learn_name(Name *name, PyObject *names, const char *called)
{
    PyObject *said = PyMapping_GetItemString(names, called);
    if (said == NULL) {
        return -1;
    }
    PyObject *kinds = PyObject_GetAttrString(said, "kinds");
    name->name = PyObject_GetAttrString(said, "name");
    name->closing = latin1_attribute(said, "closing");
    Py_DECREF(said);
    int learned = kinds == NULL || name->name == NULL || name->closing == NULL || !is_ascii(name->name)
        ? -1 : learn_kinds(name, kinds);
    Py_XDECREF(kinds);
    return learned;
}

int
way_learn(Way *way, PyObject *said)
{
    PyObject *quote = latin1_attribute(said, "quote");
    PyObject *names = PyObject_GetAttrString(said, "names");
    PyObject *has_meta = PyObject_GetAttrString(said, "has_meta");
    int learned = -1;
    if (quote != NULL && names != NULL && has_meta != NULL && PyBytes_GET_SIZE(quote) == 1
        && (way->asker = PyObject_GetAttrString(said, "asker")) != NULL
        && (way->before = latin1_attribute(said, "before")) != NULL
        && (way->behind = latin1_attribute(said, "behind")) != NULL
        && (way->forwarded = latin1_attribute(said, "forwarded")) != NULL
        && (way->end = latin1_attribute(said, "end")) != NULL
        && learn_name(&way->message, names, "message") == 0 && learn_name(&way->presence, names, "presence") == 0) {
        way->quote = PyBytes_AS_STRING(quote)[0];
        way->has_meta = has_meta == Py_True;
        way->way = Py_NewRef(said);
        learned = 0;
    }
    Py_XDECREF(quote);
    Py_XDECREF(names);
    Py_XDECREF(has_meta);
    return learned;
}

static int
visit_name(Name *name, visitproc visit, void *arg)
{
    Py_VISIT(name->untyped);
    for (Py_ssize_t i = 0; i < name->type_count; i++) {
        Py_VISIT(name->types[i].kind);
    }
    return 0;
}

int
way_traverse(Way *way, visitproc visit, void *arg)
{
    Py_VISIT(way->way);
    Py_VISIT(way->asker);
    int visited = visit_name(&way->message, visit, arg);
    return visited != 0 ? visited : visit_name(&way->presence, visit, arg);
}
