/* The words of a text: see phrases.py. */
#include "kernel.h"

enum { SPACE = 0x20, STOP = 0x2C, ANYWHERE = 1, FIRST = 2, LAST = 4, LONGEST = 255, MOST = 65535 };

typedef struct {
    const unsigned char *at; /* NULL: there is none here */
    uint8_t size, kind;
} Word;

/* Words in a table of hashes, of more entries than there are words, and what they are of behind it. */
typedef struct {
    size_t mask;
    Word words[];
} Words;

static size_t
hash_of(const unsigned char *at, size_t size)
{
    uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a: the words are ours, so nobody can choose such as collide */
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ at[i]) * 0x100000001B3u;
    }
    return (size_t)(hash ^ hash >> 32);
}

/* Returns where a word is, or where it is to be. */
static Word *
place_of(const Words *words, const unsigned char *at, size_t size)
{
    size_t place = hash_of(at, size) & words->mask;
    const Word *word;
    while ((word = &words->words[place])->at != NULL && (word->size != size || memcmp(word->at, at, size) != 0)) {
        place = (place + 1) & words->mask;
    }
    return (Word *)word;
}

static int
kind_of(const Words *words, const unsigned char *at, size_t size)
{
    return size > LONGEST ? 0 : place_of(words, at, size)->kind;
}

static bool
is_between(unsigned char letter)
{
    return letter == SPACE || letter == STOP;
}

static PyObject *
words_of(PyObject *self, PyObject *spelled)
{
    if (!PyBytes_Check(spelled)) {
        PyErr_SetString(PyExc_TypeError, "wanted bytes");
        return NULL;
    }
    const Words *words = kernel_table_of(self);
    const unsigned char *at = (const unsigned char *)PyBytes_AS_STRING(spelled);
    const unsigned char *end = at + PyBytes_GET_SIZE(spelled);
    PyObject *found = PyBytes_FromStringAndSize(NULL, end - at);
    if (found == NULL) {
        return NULL;
    }
    unsigned char *const start = (unsigned char *)PyBytes_AS_STRING(found);
    unsigned char *to = start;
    int kind = 0;
    for (;;) {
        while (at < end && is_between(*at)) {
            at++;
        }
        if (at == end) {
            break;
        }
        if (to > start) {
            *to++ = SPACE;
        }
        const unsigned char *word = to;
        while (at < end && !is_between(*at)) {
            *to++ = *at++;
        }
        kind = kind_of(words, word, (size_t)(to - word));
        if (kind & (word == start ? ANYWHERE | FIRST : ANYWHERE)) {
            Py_DECREF(found);
            Py_RETURN_NONE;
        }
    }
    if (kind & LAST) {
        Py_DECREF(found);
        Py_RETURN_NONE;
    }
    _PyBytes_Resize(&found, to - start);
    return found;
}

static PyMethodDef words_method = {"words", words_of, METH_O, "words(spelled): see xmppfilter.kernels.phrases."};

/* Puts words into the table; false: an error is set. */
static bool
fill(Words *words, PyObject *kinds)
{
    PyObject *word, *kind;
    for (Py_ssize_t at = 0; PyDict_Next(kinds, &at, &word, &kind);) {
        if (!PyBytes_Check(word) || !PyLong_Check(kind)) {
            PyErr_SetString(PyExc_TypeError, "wanted words as bytes, and where they are to be looked at");
            return false;
        }
        Py_ssize_t size = PyBytes_GET_SIZE(word);
        if (size == 0 || size > LONGEST) {
            PyErr_SetString(PyExc_ValueError, "wanted at most 65,535 words of 1 to 255 bytes");
            return false;
        }
        long value = PyLong_AsLong(kind);
        if (value == -1 && PyErr_Occurred()) {
            return false;
        }
        const unsigned char *letters = (const unsigned char *)PyBytes_AS_STRING(word);
        *place_of(words, letters, (size_t)size) = (Word){letters, (uint8_t)size, (uint8_t)(value & 7)};
    }
    return true;
}

static PyObject *
phrasing(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 1 || !PyDict_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "wanted a dict");
        return NULL;
    }
    if (PyDict_GET_SIZE(args[0]) > MOST) {
        PyErr_SetString(PyExc_ValueError, "wanted at most 65,535 words of 1 to 255 bytes");
        return NULL;
    }
    PyObject *kinds = PyDict_Copy(args[0]); /* its bytes are looked at as long as the function lives */
    if (kinds == NULL) {
        return NULL;
    }
    size_t size = 16;
    while (size < 4 * (size_t)PyDict_GET_SIZE(kinds)) {
        size *= 2;
    }
    Words *words = PyMem_Calloc(1, sizeof *words + size * sizeof(Word));
    if (words == NULL) {
        Py_DECREF(kinds);
        return PyErr_NoMemory();
    }
    words->mask = size - 1;
    if (!fill(words, kinds)) {
        PyMem_Free(words);
        Py_DECREF(kinds);
        return NULL;
    }
    PyObject *function = kernel_function(&words_method, words, kinds);
    Py_DECREF(kinds);
    return function;
}

KERNEL(phrases, MAKES(phrasing, "See xmppfilter.kernels.phrases."));
