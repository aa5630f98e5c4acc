/* The twin of xmppfilter.duplicates.index.hits. */
#include "fast.h"

enum { HITS = 3, SMALLEST = 8 };

typedef struct {
    long long number;
    Py_ssize_t order; /* of this number among the different ones, as they come; -1: this place is free */
} Cell;

/* Everything that is needed for count numbers, in one piece of memory. */
typedef struct {
    Py_ssize_t count, places; /* places: a power of two, twice as many or more */
    Cell *cells;
    long long *slots, *owners, *single;
    Py_ssize_t *order, *first, *times;
    unsigned long long secret; /* nobody can tell which numbers come to lie together */
} Work;

static int
work_begin(Work *work, Py_ssize_t count)
{
    if (count > PY_SSIZE_T_MAX / 256) {
        PyErr_NoMemory();
        return -1;
    }
    work->count = count;
    work->places = SMALLEST;
    while (work->places < 2 * count) {
        work->places *= 2;
    }
    work->cells = PyMem_Malloc(
        work->places * sizeof(Cell) + 3 * count * sizeof(long long) + 3 * count * sizeof(Py_ssize_t));
    if (work->cells == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    work->slots = (long long *)(work->cells + work->places);
    work->owners = work->slots + count;
    work->single = work->owners + count;
    work->order = (Py_ssize_t *)(work->single + count);
    work->first = work->order + count;
    work->times = work->first + count;
    work->secret = (unsigned long long)PyHash_GetFuncDef()->hash("places", 6) | 1;
    return 0;
}

/* Numbers the different ones of numbers in the order that they come in; how many there are. */
static Py_ssize_t
put_in_order(Work *work, const long long *numbers, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < work->places; i++) {
        work->cells[i].order = -1;
    }
    Py_ssize_t different = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        unsigned long long mixed = (unsigned long long)numbers[i] * work->secret;
        size_t at = (size_t)(mixed >> 32) & (work->places - 1);
        while (work->cells[at].order >= 0 && work->cells[at].number != numbers[i]) {
            at = (at + 1) & (work->places - 1);
        }
        if (work->cells[at].order < 0) {
            work->cells[at] = (Cell){numbers[i], different++};
        }
        work->order[i] = work->cells[at].order;
    }
    return different;
}

static int
read_numbers(PyObject *sequence, long long *to, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *number = PySequence_Fast_GET_ITEM(sequence, i);
        if (!PyLong_Check(number)) {
            PyErr_SetString(PyExc_TypeError, "wanted numbers");
            return -1;
        }
        to[i] = PyLong_AsLongLong(number);
        if (to[i] == -1 && PyErr_Occurred()) {
            return -1;
        }
    }
    return 0;
}

static bool
are_in_a_row(const long long *owners, Py_ssize_t count, Py_ssize_t at)
{
    for (Py_ssize_t i = 1; i < HITS; i++) {
        if (at + i >= count || owners[at + i] != owners[at]) {
            return false;
        }
    }
    return true;
}

static int
add(PyObject *found, long long number, Py_ssize_t times)
{
    PyObject *key = PyLong_FromLongLong(number), *value = PyLong_FromSsize_t(times);
    int result = key == NULL || value == NULL ? -1 : PyDict_SetItem(found, key, value);
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

/* Of owners, the different ones of which are in order, those that come often enough. */
static int
add_frequent(Work *work, const long long *owners, Py_ssize_t count, Py_ssize_t different, PyObject *found)
{
    for (Py_ssize_t n = 0; n < different; n++) {
        work->times[n] = 0;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_ssize_t n = work->order[i];
        if (work->times[n]++ == 0) {
            work->first[n] = i;
        }
    }
    for (Py_ssize_t n = 0; n < different; n++) {
        Py_ssize_t at = work->first[n];
        bool enough = work->times[n] > HITS || (work->times[n] == HITS && !are_in_a_row(owners, count, at));
        if (enough && add(found, owners[at], work->times[n]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
find(Work *work, PyObject *found)
{
    Py_ssize_t different = put_in_order(work, work->owners, work->count);
    if (work->count - different < HITS - 1) { /* as with nearly all */
        return 0;
    }
    Py_ssize_t single = put_in_order(work, work->slots, work->count);
    if (single == work->count) {
        different = put_in_order(work, work->owners, work->count);
        return add_frequent(work, work->owners, work->count, different, found);
    }
    for (Py_ssize_t i = 0; i < work->count; i++) {
        work->single[work->order[i]] = work->owners[i];
    }
    different = put_in_order(work, work->single, single);
    return add_frequent(work, work->single, single, different, found);
}

static PyObject *
hits(PyObject *slots, PyObject *owners)
{
    PyObject *found = PyDict_New();
    if (found == NULL) {
        return NULL;
    }
    /* from here on nothing is made that the collector knows, so nobody else's code runs */
    Py_ssize_t count = PySequence_Fast_GET_SIZE(owners);
    if (count != PySequence_Fast_GET_SIZE(slots)) {
        Py_DECREF(found);
        PyErr_SetString(PyExc_ValueError, "wanted an owner for each slot");
        return NULL;
    }
    Work work;
    if (work_begin(&work, count) < 0) {
        Py_DECREF(found);
        return NULL;
    }
    if (read_numbers(slots, work.slots, count) < 0 || read_numbers(owners, work.owners, count) < 0
        || find(&work, found) < 0) {
        Py_CLEAR(found);
    }
    PyMem_Free(work.cells);
    return found;
}

PyObject *
fast_hits(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "wanted slots and their owners");
        return NULL;
    }
    PyObject *slots = PySequence_Fast(args[0], "wanted slots");
    PyObject *owners = slots == NULL ? NULL : PySequence_Fast(args[1], "wanted owners");
    PyObject *found = owners == NULL ? NULL : hits(slots, owners);
    Py_XDECREF(slots);
    Py_XDECREF(owners);
    return found;
}
