/* The twin of xmppfilter.duplicates.sketch.lettering. */
#include "fast.h"

#include <string.h>

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

/* Writes the letters of what is folded, or is ASCII; returns where they end. */
static unsigned char *
write_letters(const Letters *letters, PyObject *folded, Room room)
{
    unsigned char *start = room.at;
    int kind = PyUnicode_KIND(folded);
    const void *data = PyUnicode_DATA(folded);
    Py_ssize_t size = PyUnicode_GET_LENGTH(folded);
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
letters_of(PyObject *self, PyObject *text)
{
    if (!PyUnicode_CheckExact(text)) {
        return PyObject_CallOneArg(made_otherwise(self), text);
    }
    const Letters *letters = made_knows(self);
    bool ascii = PyUnicode_IS_ASCII(text);
    PyObject *folded = ascii ? Py_NewRef(text) : PyObject_CallOneArg(made_fold(self), text);
    if (folded == NULL) {
        return NULL;
    }
    if (!PyUnicode_Check(folded)) {
        Py_DECREF(folded);
        PyErr_SetString(PyExc_TypeError, "what is folded is no text");
        return NULL;
    }
    Py_ssize_t size = PyUnicode_GET_LENGTH(folded);
    Py_ssize_t room = size > letters->most / 4 ? letters->most : 4 * size;
    unsigned char *start = PyMem_Malloc(room);
    if (start == NULL) {
        Py_DECREF(folded);
        return PyErr_NoMemory();
    }
    const unsigned char *end = write_letters(letters, folded, (Room){start, start + room});
    Py_DECREF(folded);
    PyObject *found = PyBytes_FromStringAndSize((const char *)start, end - start);
    PyMem_Free(start);
    return found;
}

static PyMethodDef letters_method = {
    "letters", letters_of, METH_O, "letters(text): as xmppfilter.duplicates.sketch does.",
};

PyObject *
fast_lettering(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 5 || !PyBytes_Check(args[0]) || PyBytes_GET_SIZE(args[0]) != 256 || !PyBytes_Check(args[1])
        || PyBytes_GET_SIZE(args[1]) != BLOCKS || !PyLong_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "wanted 256 bytes, a byte for each 64 characters, an int and two functions");
        return NULL;
    }
    Py_ssize_t most = PyLong_AsSsize_t(args[2]);
    if (most < 0) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ValueError, "wanted the number of letters there may be");
        }
        return NULL;
    }
    Letters *letters = PyMem_Malloc(sizeof *letters);
    if (letters == NULL) {
        return PyErr_NoMemory();
    }
    memcpy(letters->spelled, PyBytes_AS_STRING(args[0]), sizeof letters->spelled);
    for (int block = 0; block < BLOCKS; block++) {
        letters->signs[block] = PyBytes_AS_STRING(args[1])[block] != 0;
    }
    letters->most = most;
    return made_function(&letters_method, letters, args[3], args[4]);
}
