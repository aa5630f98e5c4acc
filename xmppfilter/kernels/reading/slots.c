/* Objects of Python classes that have nothing but __slots__, made and filled without running Python code. */
#include "reading.h"

#include <structmember.h>

int
slots_read(Slots *slots, PyObject *type)
{
    if (!PyType_Check(type) || ((PyTypeObject *)type)->tp_base != &PyBaseObject_Type) {
        PyErr_Format(PyExc_TypeError, "wanted a class without bases, got %R", type);
        return -1;
    }
    PyObject *names = PyObject_GetAttrString(type, "__slots__");
    if (names == NULL) {
        return -1;
    }
    PyObject *sequence = PySequence_Fast(names, "__slots__ is no sequence");
    Py_DECREF(names);
    if (sequence == NULL) {
        return -1;
    }
    slots->type = (PyTypeObject *)Py_NewRef(type);
    slots->count = PySequence_Fast_GET_SIZE(sequence);
    if (slots->count > SLOTS_AT_MOST
        || slots->type->tp_basicsize != (Py_ssize_t)(sizeof(PyObject) + slots->count * sizeof(PyObject *))) {
        PyErr_Format(PyExc_TypeError, "%R has other slots than can be filled", type);
        Py_DECREF(sequence);
        return -1;
    }
    for (Py_ssize_t i = 0; i < slots->count; i++) {
        const char *name = PyUnicode_AsUTF8(PySequence_Fast_GET_ITEM(sequence, i));
        if (name == NULL || (slots->offsets[i] = slots_offset(slots, name)) < 0) {
            Py_DECREF(sequence);
            return -1;
        }
    }
    Py_DECREF(sequence);
    return 0;
}

Py_ssize_t
slots_offset(const Slots *slots, const char *name)
{
    PyObject *member = PyObject_GetAttrString((PyObject *)slots->type, name);
    if (member == NULL) {
        return -1;
    }
    Py_ssize_t offset = -1;
    if (Py_IS_TYPE(member, &PyMemberDescr_Type)) {
        const PyMemberDef *found = ((PyMemberDescrObject *)member)->d_member;
        if (found->type == T_OBJECT_EX && found->offset >= (Py_ssize_t)sizeof(PyObject)
            && found->offset + (Py_ssize_t)sizeof(PyObject *) <= slots->type->tp_basicsize) {
            offset = found->offset;
        }
    }
    Py_DECREF(member);
    if (offset < 0) {
        PyErr_Format(PyExc_AttributeError, "%s has no slot %s", slots->type->tp_name, name);
    }
    return offset;
}

static PyObject **
slot(PyObject *object, Py_ssize_t offset)
{
    return (PyObject **)((char *)object + offset);
}

PyObject *
slots_new(const Slots *slots)
{
    return slots->type->tp_alloc(slots->type, 0);
}

PyObject *
slots_copy(const Slots *slots, PyObject *original)
{
    PyObject *copy = slots_new(slots);
    if (copy != NULL) {
        for (Py_ssize_t i = 0; i < slots->count; i++) {
            *slot(copy, slots->offsets[i]) = Py_XNewRef(*slot(original, slots->offsets[i]));
        }
    }
    return copy;
}

void
slots_set(PyObject *object, Py_ssize_t offset, PyObject *value)
{
    PyObject *before = *slot(object, offset);
    *slot(object, offset) = value;
    Py_XDECREF(before);
}
