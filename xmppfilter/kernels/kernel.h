/* What the kernels share: spans of bytes, functions that hold a table, and modules of one function that makes those. */
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

/* A function whose self holds table, which PyMem_Malloc gave and which is taken over; a new reference, or NULL and an
   error. */
static inline PyObject *
kernel_function(PyMethodDef *method, void *table)
{
    PyObject *capsule = PyCapsule_New(table, kernel_table, kernel_free);
    if (capsule == NULL) {
        PyMem_Free(table);
        return NULL;
    }
    PyObject *function = PyCFunction_New(method, capsule);
    Py_DECREF(capsule);
    return function;
}

/* The table of such a function. */
static inline const void *
kernel_table_of(PyObject *self)
{
    return PyCapsule_GetPointer(self, kernel_table);
}

/* Defines the module `_NAME` with one function, called as make, of any number of arguments. */
#define KERNEL(name, make, doc)                                                                                        \
    static PyMethodDef kernel_methods[] = {                                                                            \
        {#make, (PyCFunction)(void (*)(void))make, METH_FASTCALL, doc},                                                \
        {NULL, NULL, 0, NULL},                                                                                         \
    };                                                                                                                 \
    static PyModuleDef_Slot kernel_slots[] = {{0, NULL}};                                                              \
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
