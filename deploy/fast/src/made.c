/* Functions that are made once, with what they need to know. */
#include "fast.h"

static const char known_name[] = "xmppfilter_fast.known";

static void
forget(PyObject *capsule)
{
    PyMem_Free(PyCapsule_GetPointer(capsule, known_name));
}

PyObject *
made_function(PyMethodDef *method, void *known, PyObject *fold, PyObject *otherwise)
{
    PyObject *capsule = PyCapsule_New(known, known_name, forget);
    if (capsule == NULL) {
        PyMem_Free(known);
        return NULL;
    }
    /* a tuple, for the collector looks into tuples and not into capsules */
    PyObject *self = PyTuple_Pack(3, capsule, fold, otherwise);
    Py_DECREF(capsule);
    if (self == NULL) {
        return NULL;
    }
    PyObject *function = PyCFunction_New(method, self);
    Py_DECREF(self);
    return function;
}

const void *
made_knows(PyObject *self)
{
    return PyCapsule_GetPointer(PyTuple_GET_ITEM(self, 0), known_name);
}
