/* The letters of a text: see letters.py. */
#include "kernel.h"

enum { BLOCK_BITS = 6, BLOCKS = 0x110000 >> BLOCK_BITS }; /* characters that differ in the last byte of UTF-8 only */

typedef struct {
    unsigned char spelled[256]; /* what a byte of UTF-8 stands for; 0: it is dropped */
    bool signs[BLOCKS];         /* whose characters are no letters */
    Py_ssize_t most;
} Letters;

/* Bytes that are written as long as there is room. */
typedef struct {
    unsigned char *at;
    const unsigned char *end;
} Room;

static void
put(Room *room, unsigned char letter)
{
    if (letter != 0 && room->at < room->end) {
        *room->at++ = letter;
    }
}

/* Spells a character of two to four bytes of UTF-8; how many they are. */
static int
spell(const Letters *letters, Py_UCS4 character, Room *room)
{
    const unsigned char *spelled = letters->spelled;
    int bytes = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    put(room, spelled[lead[bytes] | (character >> (6 * (bytes - 1)))]);
    for (int shift = 6 * (bytes - 2); shift >= 0; shift -= 6) {
        put(room, spelled[0x80 | ((character >> shift) & 0x3F)]);
    }
    return bytes;
}

static bool
is_wide(unsigned char letter)
{
    return letter >= 0x80 && letter < 0xC0;
}

/* Leaves one of pairs of wide letters that follow each other; returns the new end. */
static unsigned char *
drop_repeated_pairs(unsigned char *at, const unsigned char *end)
{
    unsigned char *to = at;
    while (at < end) {
        if (end - at < 4 || !is_wide(at[0]) || !is_wide(at[1]) || memcmp(at, at + 2, 2) != 0) {
            *to++ = *at++;
            continue;
        }
        unsigned char first = at[0], second = at[1]; /* to may overtake neither, but comes up to at */
        do {
            at += 2;
        } while (end - at >= 2 && at[0] == first && at[1] == second);
        *to++ = first;
        *to++ = second;
    }
    return to;
}

static unsigned char *
drop_repeated(unsigned char *at, const unsigned char *end)
{
    unsigned char *to = at;
    for (unsigned char last = 0; at < end; at++) {
        if (*at != last) {
            *to++ = last = *at;
        }
    }
    return to;
}

/* Writes the letters of text; returns where they end. */
static unsigned char *
write_letters(const Letters *letters, PyObject *text, Room room)
{
    unsigned char *start = room.at;
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_ssize_t size = PyUnicode_GET_LENGTH(text);
    Py_ssize_t bytes = 0; /* of UTF-8, without signs */
    for (Py_ssize_t i = 0; i < size; i++) {
        Py_UCS4 character = PyUnicode_READ(kind, data, i);
        if (character < 0x80) {
            put(&room, letters->spelled[character]);
            bytes++;
        }
        else if (!letters->signs[character >> BLOCK_BITS]) {
            bytes += spell(letters, character, &room);
        }
    }
    unsigned char *end = room.at;
    if (bytes > 2 * size) { /* most letters are of two bytes: ideographs, Indic, Thai, Georgian */
        end = drop_repeated_pairs(start, end);
    }
    return drop_repeated(start, end);
}

static PyObject *
letters(PyObject *self, PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "wanted a text");
        return NULL;
    }
    const Letters *known = kernel_table_of(self);
    Py_ssize_t size = PyUnicode_GET_LENGTH(text);
    Py_ssize_t room = size > known->most / 4 ? known->most : 4 * size;
    unsigned char *start = PyMem_Malloc(room);
    if (start == NULL) {
        return PyErr_NoMemory();
    }
    const unsigned char *end = write_letters(known, text, (Room){start, start + room});
    PyObject *found = PyBytes_FromStringAndSize((const char *)start, end - start);
    PyMem_Free(start);
    return found;
}

static PyMethodDef letters_method = {"letters", letters, METH_O, "letters(text): see xmppfilter.kernels.letters."};

static PyObject *
lettering(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyBytes_Check(args[0]) || PyBytes_GET_SIZE(args[0]) != 256 || !PyBytes_Check(args[1])
        || PyBytes_GET_SIZE(args[1]) != BLOCKS || !PyLong_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "wanted 256 bytes, a byte for each 64 characters and an int");
        return NULL;
    }
    Py_ssize_t most = PyLong_AsSsize_t(args[2]);
    if (most < 0) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ValueError, "wanted the number of letters there may be");
        }
        return NULL;
    }
    Letters *known = PyMem_Malloc(sizeof *known);
    if (known == NULL) {
        return PyErr_NoMemory();
    }
    memcpy(known->spelled, PyBytes_AS_STRING(args[0]), sizeof known->spelled);
    for (int block = 0; block < BLOCKS; block++) {
        known->signs[block] = PyBytes_AS_STRING(args[1])[block] != 0;
    }
    known->most = most;
    return kernel_function(&letters_method, known, Py_None);
}

KERNEL(letters, MAKES(lettering, "See xmppfilter.kernels.letters."));
