/* What the kernels share: functions that hold a table, and modules of what makes those. */
#ifndef XMPPFILTER_KERNEL_H
#define XMPPFILTER_KERNEL_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char kernel_table[] = "xmppfilter.kernels.table";

static inline void
kernel_free(PyObject *capsule)
{
    PyMem_Free(PyCapsule_GetPointer(capsule, kernel_table));
}

/* A function that holds table, which PyMem_Malloc gave and which is taken over, and kept, to which the table may refer;
   a new reference, or NULL and an error. */
static inline PyObject *
kernel_function(PyMethodDef *method, void *table, PyObject *kept)
{
    PyObject *capsule = PyCapsule_New(table, kernel_table, kernel_free);
    if (capsule == NULL) {
        PyMem_Free(table);
        return NULL;
    }
    PyObject *self = PyTuple_Pack(2, capsule, kept);
    Py_DECREF(capsule);
    PyObject *function = self == NULL ? NULL : PyCFunction_New(method, self);
    Py_XDECREF(self);
    return function;
}

/* The table of such a function. */
static inline const void *
kernel_table_of(PyObject *self)
{
    return PyCapsule_GetPointer(PyTuple_GET_ITEM(self, 0), kernel_table);
}

/* Reads what numbers are spread by: a mask of 32 bits and a secret of 64. False: there is an error. */
static inline bool
kernel_spread_by(PyObject *mask_given, PyObject *secret_given, uint32_t *mask, uint64_t *secret)
{
    unsigned long bits = PyLong_AsUnsignedLong(mask_given);
    if (bits == (unsigned long)-1 && PyErr_Occurred()) {
        return false;
    }
    if (bits > UINT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "wanted a mask of 32 bits");
        return false;
    }
    *mask = (uint32_t)bits;
    *secret = PyLong_AsUnsignedLongLong(secret_given);
    return *secret != (uint64_t)-1 || !PyErr_Occurred();
}

/* A function of the module, of any number of arguments. */
#define MAKES(function, doc) {#function, (PyCFunction)(void (*)(void))function, METH_FASTCALL, doc}

/* Says in a module what it was built of, see sources.py. */
static inline int
kernel_say_sources(PyObject *module)
{
    return PyModule_AddStringConstant(module, "SOURCES", KERNEL_SOURCES);
}

/* Defines the module `_NAME` with those functions. */
#define KERNEL(name, ...)                                                                                              \
    static PyMethodDef kernel_methods[] = {__VA_ARGS__, {NULL, NULL, 0, NULL}};                                        \
    static PyModuleDef_Slot kernel_slots[] = {{Py_mod_exec, kernel_say_sources}, {0, NULL}};                           \
    static struct PyModuleDef kernel_module = {                                                                        \
        PyModuleDef_HEAD_INIT,                                                                                         \
        .m_name = "_" #name,                                                                                           \
        .m_methods = kernel_methods,                                                                                   \
        .m_slots = kernel_slots,                                                                                       \
    };                                                                                                                 \
    PyMODINIT_FUNC PyInit__##name(void)                                                                                \
    {                                                                                                                  \
        return PyModuleDef_Init(&kernel_module);                                                                       \
    }                                                                                                                  \
    struct kernel_wants_a_semicolon_##name

#endif
