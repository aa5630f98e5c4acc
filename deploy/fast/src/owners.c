/* The twins of look_up, lead_to and spread in xmppfilter.duplicates.index: a table of 32-bit numbers, and places in it. */
#include "fast.h"

#include <string.h>

enum { TAKEN = 24 };

/* The memory of an array("I"), to be released; -1 and an error. It cannot move as long as it is held. */
static int
hold(PyObject *array, Py_buffer *table, int flags)
{
    if (PyObject_GetBuffer(array, table, flags | PyBUF_FORMAT | PyBUF_ND) < 0) {
        return -1;
    }
    if (table->ndim != 1 || table->itemsize != sizeof(uint32_t) || strcmp(table->format, "I") != 0) {
        PyBuffer_Release(table);
        PyErr_SetString(PyExc_TypeError, "wanted an array of 32-bit numbers");
        return -1;
    }
    return 0;
}

/* Where in table a place is, which counts from the end if it is negative; NULL and an error: nowhere. */
static uint32_t *
place(const Py_buffer *table, PyObject *number)
{
    if (!PyLong_Check(number)) { /* and nobody else's code runs while the table is held */
        PyErr_SetString(PyExc_TypeError, "wanted a place in the table");
        return NULL;
    }
    Py_ssize_t at = PyNumber_AsSsize_t(number, PyExc_IndexError);
    if (at == -1 && PyErr_Occurred()) {
        return NULL;
    }
    at += at < 0 ? table->shape[0] : 0;
    if (at < 0 || at >= table->shape[0]) {
        PyErr_SetString(PyExc_IndexError, "no place in the table");
        return NULL;
    }
    return (uint32_t *)table->buf + at;
}

static PyObject *
read_all(const Py_buffer *table, PyObject *places)
{
    PyObject *found = PyList_New(PySequence_Fast_GET_SIZE(places));
    if (found == NULL) {
        return NULL;
    }
    if (PyList_GET_SIZE(found) != PySequence_Fast_GET_SIZE(places)) { /* making a list may run the collector */
        Py_DECREF(found);
        PyErr_SetString(PyExc_RuntimeError, "the places have changed");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(found); i++) {
        const uint32_t *at = place(table, PySequence_Fast_GET_ITEM(places, i));
        PyObject *number = at == NULL ? NULL : PyLong_FromUnsignedLong(*at);
        if (number == NULL) {
            Py_CLEAR(found);
            break;
        }
        PyList_SET_ITEM(found, i, number);
    }
    return found;
}

PyObject *
fast_look_up(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "wanted a table and places in it");
        return NULL;
    }
    PyObject *places = PySequence_Fast(args[1], "wanted places in the table");
    if (places == NULL) {
        return NULL;
    }
    Py_buffer table;
    PyObject *found = NULL;
    if (hold(args[0], &table, 0) == 0) {
        found = read_all(&table, places);
        PyBuffer_Release(&table);
    }
    Py_DECREF(places);
    return found;
}

PyObject *
fast_lead_to(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyLong_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "wanted a table, places in it and a number");
        return NULL;
    }
    unsigned long number = PyLong_AsUnsignedLong(args[2]);
    if (number == (unsigned long)-1 && PyErr_Occurred()) {
        return NULL;
    }
    if (number > UINT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "the number has more than 32 bits");
        return NULL;
    }
    PyObject *places = PySequence_Fast(args[1], "wanted places in the table");
    if (places == NULL) {
        return NULL;
    }
    Py_buffer table;
    bool done = false;
    if (hold(args[0], &table, PyBUF_WRITABLE) == 0) {
        done = true;
        for (Py_ssize_t i = 0; done && i < PySequence_Fast_GET_SIZE(places); i++) {
            uint32_t *at = place(&table, PySequence_Fast_GET_ITEM(places, i));
            done = at != NULL;
            if (done) {
                *at = (uint32_t)number;
            }
        }
        PyBuffer_Release(&table);
    }
    Py_DECREF(places);
    return done ? Py_NewRef(Py_None) : NULL;
}

PyObject *
fast_spread(PyObject *Py_UNUSED(module), PyObject *slots)
{
    Py_ssize_t have = PySequence_Size(slots);
    if (have < 0) {
        return NULL;
    }
    if (have <= TAKEN) {
        return Py_NewRef(slots);
    }
    PyObject *some = PyList_New(TAKEN);
    for (Py_ssize_t i = 0; some != NULL && i < TAKEN; i++) {
        PyObject *slot = PySequence_GetItem(slots, i * (have / TAKEN) + i * (have % TAKEN) / TAKEN);
        if (slot == NULL) {
            Py_CLEAR(some);
            break;
        }
        PyList_SET_ITEM(some, i, slot);
    }
    return some;
}
