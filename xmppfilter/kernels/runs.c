/* Numbers of runs of letters: see runs.py. */
#include "kernel.h"

typedef struct {
    bool starts[256]; /* letters that a run begins with */
    Py_ssize_t size, window, most;
} Runs;

/* Bits 32 to 63 of a run, its first letter being the highest, times a secret number. */
static uint32_t
number_of(const char *at, Py_ssize_t size, uint64_t secret)
{
    uint64_t run = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        run = run << 8 | (unsigned char)at[i];
    }
    return (uint32_t)(run * secret >> 32);
}

static Py_ssize_t
count_starts(const Runs *runs, const char *at, const char *end)
{
    Py_ssize_t count = 0;
    for (; at < end; at++) {
        count += runs->starts[(unsigned char)*at];
    }
    return count;
}

static PyObject *
slots_of(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyBytes_Check(args[0]) || !PyLong_Check(args[1]) || !PyLong_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "wanted bytes, a mask and a secret");
        return NULL;
    }
    long long mask = PyLong_AsLongLong(args[1]);
    if (mask == -1 && PyErr_Occurred()) {
        return NULL;
    }
    uint64_t secret = PyLong_AsUnsignedLongLong(args[2]);
    if (secret == (uint64_t)-1 && PyErr_Occurred()) {
        return NULL;
    }
    const Runs *runs = kernel_table_of(self);
    const char *at = PyBytes_AS_STRING(args[0]);
    Py_ssize_t size = PyBytes_GET_SIZE(args[0]);
    const char *end = size < runs->size ? at : at + size - (runs->size - 1); /* behind where the last run begins */
    Py_ssize_t every = runs->most > 0 ? count_starts(runs, at, end) / runs->most + 1 : 1;
    if (end - at > runs->window) {
        end = at + runs->window;
    }
    PyObject *slots = PyList_New((count_starts(runs, at, end) + every - 1) / every);
    if (slots == NULL) {
        return NULL;
    }
    for (Py_ssize_t passed = 0, filled = 0; at < end; at++) {
        if (!runs->starts[(unsigned char)*at] || passed++ % every != 0) {
            continue;
        }
        PyObject *slot = PyLong_FromLongLong((long long)number_of(at, runs->size, secret) & mask);
        if (slot == NULL) {
            Py_DECREF(slots);
            return NULL;
        }
        PyList_SET_ITEM(slots, filled++, slot);
    }
    return slots;
}

static PyMethodDef slots_method = {
    "slots", (PyCFunction)(void (*)(void))slots_of, METH_FASTCALL,
    "slots(stretch, mask, secret): see xmppfilter.kernels.runs.",
};

static PyObject *
cutting(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 4 || !PyBytes_Check(args[0]) || PyBytes_GET_SIZE(args[0]) != 256) {
        PyErr_SetString(PyExc_TypeError, "wanted 256 bytes and three numbers");
        return NULL;
    }
    Py_ssize_t numbers[3];
    for (int i = 0; i < 3; i++) {
        numbers[i] = PyLong_AsSsize_t(args[i + 1]);
        if (numbers[i] == -1 && PyErr_Occurred()) {
            return NULL;
        }
    }
    if (numbers[0] < 2 || numbers[0] > 8 || numbers[1] < 0 || numbers[2] < 0) {
        PyErr_SetString(PyExc_ValueError, "wanted a length, a number of runs to look at and one of those to take");
        return NULL;
    }
    Runs *runs = PyMem_Malloc(sizeof *runs);
    if (runs == NULL) {
        return PyErr_NoMemory();
    }
    for (int letter = 0; letter < 256; letter++) {
        runs->starts[letter] = PyBytes_AS_STRING(args[0])[letter] != 0;
    }
    runs->size = numbers[0];
    runs->window = numbers[1];
    runs->most = numbers[2];
    return kernel_function(&slots_method, runs, Py_None);
}

KERNEL(runs, MAKES(cutting, "See xmppfilter.kernels.runs."));
