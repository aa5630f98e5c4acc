/* Numbers of what stays of a text when its words are disguised: see words.py. */
#include "kernel.h"

enum { VOWEL = 0x61, INITIALS = 1, LETTERS = 2, LONGEST_RUN = 7, MOST = 1 << 16 };

typedef struct {
    Py_ssize_t run, pairs, initials, grams;
} Marks;

/* What a text is marked by, before some are chosen: room for all there may be. */
typedef struct {
    uint64_t *words;      /* the numbers of those with a consonant */
    unsigned char *firsts; /* the first letters of all */
    uint32_t *numbers;
    Py_ssize_t known, count;
} Found;

static uint64_t
spread(unsigned char letter, uint64_t secret)
{
    uint64_t number = ((uint64_t)letter + 1) * secret;
    return letter == VOWEL ? 0 : (number ^ number >> 32) * secret;
}

/* Numbers each word by the set of its consonants. */
static void
read_words(const unsigned char *at, const unsigned char *end, uint64_t secret, Found *found)
{
    while (at < end) {
        uint64_t seen[4] = {0}, number = 0;
        const unsigned char *start = at;
        for (; at < end && *at != ' '; at++) {
            uint64_t bit = 1ull << (*at & 63);
            if (!(seen[*at >> 6] & bit)) {
                seen[*at >> 6] |= bit;
                number += spread(*at, secret);
            }
        }
        if (at > start) {
            found->firsts[found->count++] = *start;
        }
        if (number != 0) {
            found->words[found->known++] = number;
        }
        at++; /* the space */
    }
}

static Py_ssize_t
number_pairs(const Found *found, uint64_t secret)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t apart = 1; apart <= 2; apart++) {
        for (Py_ssize_t at = 0; at + apart < found->known; at++) {
            found->numbers[count++] = (uint32_t)((3 * found->words[at] + found->words[at + apart]) * secret >> 32);
        }
    }
    return count;
}

static Py_ssize_t
number_runs(const unsigned char *of, Py_ssize_t size, Py_ssize_t run, int kind, uint64_t secret, uint32_t *numbers)
{
    Py_ssize_t count = 0;
    uint64_t within = (1ull << 8 * run) - 1, cut = 0;
    for (Py_ssize_t at = 0; at < size; at++) {
        cut = (cut << 8 | of[at]) & within;
        if (at + 1 >= run) {
            numbers[count++] = (uint32_t)((cut << 8 | (uint64_t)kind) * secret >> 32);
        }
    }
    return count;
}

/* Marks that were taken, in order, and a table of hashes that tells which. */
typedef struct {
    uint32_t *taken;
    Py_ssize_t count;
    bool *is_there; /* by place in hashed */
    uint32_t *hashed;
    size_t size; /* of both, a power of two */
} Taken;

static void
take(Taken *taken, uint32_t number)
{
    size_t place = (number * 0x9E3779B1u >> 7) & (taken->size - 1);
    for (; taken->is_there[place]; place = (place + 1) & (taken->size - 1)) {
        if (taken->hashed[place] == number) {
            return;
        }
    }
    taken->is_there[place] = true;
    taken->hashed[place] = taken->taken[taken->count++] = number;
}

/* Takes about most of the numbers, the least ones. */
static void
take_some(Taken *taken, const uint32_t *numbers, Py_ssize_t count, Py_ssize_t most, uint32_t mask)
{
    uint64_t limit = count > most ? ((uint64_t)most << 32) / (uint64_t)count : 1ull << 32;
    Py_ssize_t left = 2 * most;
    for (Py_ssize_t at = 0; at < count && left > 0; at++) {
        if (numbers[at] < limit) {
            left--;
            take(taken, numbers[at] & mask);
        }
    }
}

static void
take_marks(Taken *taken, const Marks *marks, Found *found, PyObject *const *texts, uint32_t mask, uint64_t secret)
{
    const unsigned char *words = (const unsigned char *)PyBytes_AS_STRING(texts[0]);
    read_words(words, words + PyBytes_GET_SIZE(texts[0]), secret, found);
    take_some(taken, found->numbers, number_pairs(found, secret), marks->pairs, mask);
    Py_ssize_t count = number_runs(found->firsts, found->count, marks->run, INITIALS, secret, found->numbers);
    take_some(taken, found->numbers, count, marks->initials, mask);
    const unsigned char *letters = (const unsigned char *)PyBytes_AS_STRING(texts[1]);
    count = number_runs(letters, PyBytes_GET_SIZE(texts[1]), marks->run, LETTERS, secret, found->numbers);
    take_some(taken, found->numbers, count, marks->grams, mask);
}

static PyObject *
marks_of(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count != 4 || !PyBytes_Check(args[0]) || !PyBytes_Check(args[1]) || !PyLong_Check(args[2])
        || !PyLong_Check(args[3])) {
        PyErr_SetString(PyExc_TypeError, "wanted words, letters, a mask and a secret");
        return NULL;
    }
    uint32_t mask;
    uint64_t secret;
    if (!kernel_spread_by(args[2], args[3], &mask, &secret)) {
        return NULL;
    }
    const Marks *marks = kernel_table_of(self);
    Py_ssize_t words = PyBytes_GET_SIZE(args[0]) / 2 + 1; /* at most */
    Py_ssize_t numbers = 2 * words + PyBytes_GET_SIZE(args[1]);
    Py_ssize_t most = 2 * (marks->pairs + marks->initials + marks->grams);
    if (most > 2 * numbers) {
        most = 2 * numbers;
    }
    Taken taken = {.size = 16};
    while (taken.size < 2 * (size_t)most) {
        taken.size *= 2;
    }
    size_t each = sizeof *taken.taken;
    size_t room = words * (sizeof(uint64_t) + 1) + (numbers + most + taken.size) * each;
    Found found = {.words = PyMem_Malloc(room + taken.size)};
    if (found.words == NULL) {
        return PyErr_NoMemory();
    }
    found.numbers = (uint32_t *)(found.words + words);
    taken.taken = found.numbers + numbers;
    taken.hashed = taken.taken + most;
    found.firsts = (unsigned char *)(taken.hashed + taken.size);
    taken.is_there = (bool *)(found.firsts + words);
    memset(taken.is_there, 0, taken.size);
    take_marks(&taken, marks, &found, args, (uint32_t)mask, secret);
    PyObject *packed = PyBytes_FromStringAndSize((const char *)taken.taken, taken.count * each);
    PyMem_Free(found.words);
    return packed;
}

static PyMethodDef marks_method = {
    "marks", (PyCFunction)(void (*)(void))marks_of, METH_FASTCALL,
    "marks(words, letters, mask, secret): see xmppfilter.kernels.words.",
};

static PyObject *
marking(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t numbers[4];
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "wanted four numbers");
        return NULL;
    }
    for (int i = 0; i < 4; i++) {
        numbers[i] = PyLong_AsSsize_t(args[i]);
        if (numbers[i] == -1 && PyErr_Occurred()) {
            return NULL;
        }
        if (numbers[i] < 1 || numbers[i] > (i == 0 ? LONGEST_RUN : MOST)) {
            PyErr_SetString(PyExc_ValueError, "wanted the length of a run, and how many marks to take of each kind");
            return NULL;
        }
    }
    Marks *marks = PyMem_Malloc(sizeof *marks);
    if (marks == NULL) {
        return PyErr_NoMemory();
    }
    *marks = (Marks){numbers[0], numbers[1], numbers[2], numbers[3]};
    return kernel_function(&marks_method, marks, Py_None);
}

KERNEL(words, MAKES(marking, "See xmppfilter.kernels.words."));
