/* What leads to what: see leads.py. */
#include "kernel.h"

typedef struct {
    uint32_t number, count;
} Counted;

/* A table and places in it. */
typedef struct {
    Py_buffer table;
    uint32_t *numbers;
    const uint32_t *at, *end;
    size_t size;
} Leads;

static bool
is_of_words(const Py_buffer *buffer)
{
    return buffer->format != NULL && strcmp(buffer->format, "I") == 0 && buffer->itemsize == sizeof(uint32_t);
}

/* Whether the arguments are a table and places within it; else an error is set, and nothing is to be released. */
static bool
open_leads(PyObject *table, PyObject *places, int flags, Leads *leads)
{
    if (PyObject_GetBuffer(table, &leads->table, flags | PyBUF_FORMAT) < 0) {
        return false;
    }
    if (!is_of_words(&leads->table) || !PyBytes_Check(places) || PyBytes_GET_SIZE(places) % sizeof(uint32_t) != 0) {
        PyBuffer_Release(&leads->table);
        PyErr_SetString(PyExc_TypeError, "wanted an array of 'I' and numbers of 32 bits");
        return false;
    }
    leads->numbers = leads->table.buf;
    leads->size = (size_t)leads->table.len / sizeof(uint32_t);
    leads->at = (const uint32_t *)PyBytes_AS_STRING(places);
    leads->end = leads->at + PyBytes_GET_SIZE(places) / sizeof(uint32_t);
    for (const uint32_t *at = leads->at; at < leads->end; at++) {
        if (*at >= leads->size) {
            PyBuffer_Release(&leads->table);
            PyErr_SetString(PyExc_IndexError, "no such place in the table");
            return false;
        }
    }
    return true;
}

/* Counts the numbers in a table of hashes, of size entries, a power of two and more than there are. */
static void
count_numbers(const Leads *leads, Counted *hashed, size_t size)
{
    for (const uint32_t *at = leads->at; at < leads->end; at++) {
        uint32_t number = leads->numbers[*at];
        size_t place = (number * 0x9E3779B1u >> 7) & (size - 1);
        while (hashed[place].count != 0 && hashed[place].number != number) {
            place = (place + 1) & (size - 1);
        }
        hashed[place].number = number;
        hashed[place].count++;
    }
}

static bool
goes_before(Counted one, Counted other)
{
    return one.count > other.count || (one.count == other.count && one.number > other.number);
}

/* Sorts the most frequent ones to the front; how many. */
static Py_ssize_t
choose(Counted *hashed, size_t size, Py_ssize_t least, Py_ssize_t most, Counted *chosen)
{
    Py_ssize_t count = 0;
    for (size_t place = 0; place < size; place++) {
        if (hashed[place].count == 0 || hashed[place].count < least) {
            continue;
        }
        if (count == most && !goes_before(hashed[place], chosen[count - 1])) {
            continue;
        }
        Py_ssize_t at = count < most ? count++ : count - 1;
        for (; at > 0 && goes_before(hashed[place], chosen[at - 1]); at--) {
            chosen[at] = chosen[at - 1];
        }
        chosen[at] = hashed[place];
    }
    return count;
}

static PyObject *
as_list(const Counted *chosen, Py_ssize_t count)
{
    PyObject *list = PyList_New(count);
    for (Py_ssize_t at = 0; list != NULL && at < count; at++) {
        PyObject *pair = Py_BuildValue("kk", (unsigned long)chosen[at].number, (unsigned long)chosen[at].count);
        if (pair == NULL) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, at, pair);
    }
    return list;
}

static PyObject *
most_led(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Leads leads;
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "wanted a table, places and two numbers");
        return NULL;
    }
    Py_ssize_t least = PyLong_AsSsize_t(args[2]), most = PyLong_AsSsize_t(args[3]);
    if ((least == -1 || most == -1) && PyErr_Occurred()) {
        return NULL;
    }
    if (least < 1 || most < 1 || most > 1 << 16) {
        PyErr_SetString(PyExc_ValueError, "wanted how many places at least, and how many numbers at most");
        return NULL;
    }
    if (!open_leads(args[0], args[1], PyBUF_SIMPLE, &leads)) {
        return NULL;
    }
    size_t size = 16;
    while (size < 2 * (size_t)(leads.end - leads.at)) {
        size *= 2;
    }
    Counted *hashed = PyMem_Calloc(size + (size_t)most, sizeof *hashed);
    if (hashed == NULL) {
        PyBuffer_Release(&leads.table);
        return PyErr_NoMemory();
    }
    count_numbers(&leads, hashed, size);
    PyBuffer_Release(&leads.table);
    PyObject *list = as_list(hashed + size, choose(hashed, size, least, most, hashed + size));
    PyMem_Free(hashed);
    return list;
}

static PyObject *
lead(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Leads leads;
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "wanted a table, places, a number and half the size of the table");
        return NULL;
    }
    unsigned long number = PyLong_AsUnsignedLong(args[2]);
    if (number == (unsigned long)-1 && PyErr_Occurred()) {
        return NULL;
    }
    size_t half = PyLong_AsSize_t(args[3]);
    if (half == (size_t)-1 && PyErr_Occurred()) {
        return NULL;
    }
    if (number > UINT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "wanted a number of 32 bits");
        return NULL;
    }
    if (!open_leads(args[0], args[1], PyBUF_WRITABLE, &leads)) {
        return NULL;
    }
    for (; leads.at < leads.end; leads.at++) {
        leads.numbers[*leads.at] = (uint32_t)number;
        if (half < leads.size && *leads.at < leads.size - half) {
            leads.numbers[half + *leads.at] = (uint32_t)number;
        }
    }
    PyBuffer_Release(&leads.table);
    Py_RETURN_NONE;
}

KERNEL(leads, MAKES(most_led, "See xmppfilter.kernels.leads."), MAKES(lead, "See xmppfilter.kernels.leads."));
