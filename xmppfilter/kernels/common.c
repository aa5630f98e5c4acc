/* The letters that two texts have in common: see common.py. */
#include "kernel.h"

enum { MOST_PARTS = 16 };

/* A bit for each letter of the first text: which are not yet part of the subsequence; and where each letter stands. */
typedef struct {
    uint64_t *row, *places[256];
    Py_ssize_t words;
} Rows;

static void
step(const Rows *rows, unsigned char letter)
{
    const uint64_t *places = rows->places[letter];
    uint64_t carry = 0;
    for (Py_ssize_t at = 0; places != NULL && at < rows->words; at++) {
        uint64_t row = rows->row[at], there = row & places[at];
        uint64_t sum = row + there, carried = sum + carry;
        carry = (sum < row) | (carried < sum);
        rows->row[at] = carried | (row & ~places[at]);
    }
}

static Py_ssize_t
count_zeros(const uint64_t *row, Py_ssize_t bits)
{
    Py_ssize_t count = 0;
    for (; bits > 0; row++, bits -= 64) {
        uint64_t zeros = ~*row & (bits < 64 ? (1ull << bits) - 1 : ~0ull);
        for (; zeros != 0; zeros &= zeros - 1) {
            count++;
        }
    }
    return count;
}

/* Fills found with what the first parts have in common. */
static void
compare(const Rows *rows, Py_ssize_t first, const unsigned char *at, Py_ssize_t second, int parts, Py_ssize_t *found)
{
    const unsigned char *start = at;
    for (int part = 1; part <= parts; part++) {
        for (const unsigned char *end = start + second * part / parts; at < end; at++) {
            step(rows, *at);
        }
        found[part - 1] = count_zeros(rows->row, first * part / parts);
    }
}

/* Prepares rows in room, of which all is zero; where the places of letters go that are there. */
static void
place(Rows *rows, uint64_t *room, const unsigned char *first, Py_ssize_t size)
{
    rows->row = room;
    for (Py_ssize_t at = 0; at < rows->words; at++) {
        rows->row[at] = ~0ull;
    }
    room += rows->words;
    for (Py_ssize_t at = 0; at < size; at++) {
        uint64_t **places = &rows->places[first[at]];
        if (*places == NULL) {
            *places = room;
            room += rows->words;
        }
        (*places)[at >> 6] |= 1ull << (at & 63);
    }
}

static PyObject *
in_common(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyBytes_Check(args[0]) || !PyBytes_Check(args[1]) || !PyLong_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "wanted two texts in bytes and the number of parts");
        return NULL;
    }
    long parts = PyLong_AsLong(args[2]);
    if (parts == -1 && PyErr_Occurred()) {
        return NULL;
    }
    if (parts < 1 || parts > MOST_PARTS) {
        PyErr_SetString(PyExc_ValueError, "wanted one to sixteen parts");
        return NULL;
    }
    Py_ssize_t first = PyBytes_GET_SIZE(args[0]), second = PyBytes_GET_SIZE(args[1]);
    Rows rows = {.words = first / 64 + 1};
    uint64_t *room = PyMem_Calloc(257 * rows.words, sizeof *room);
    if (room == NULL) {
        return PyErr_NoMemory();
    }
    Py_ssize_t found[MOST_PARTS];
    place(&rows, room, (const unsigned char *)PyBytes_AS_STRING(args[0]), first);
    compare(&rows, first, (const unsigned char *)PyBytes_AS_STRING(args[1]), second, (int)parts, found);
    PyMem_Free(room);
    PyObject *list = PyList_New(parts);
    for (long part = 0; list != NULL && part < parts; part++) {
        PyObject *number = PyLong_FromSsize_t(found[part]);
        if (number == NULL) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, part, number);
    }
    return list;
}

KERNEL(common, MAKES(in_common, "See xmppfilter.kernels.common."));
