/* Numbers what a text is about: see topics.py. */
#include "kernel.h"

#include <math.h>

enum { IDEOGRAPHS, WORD_OF_4, FIGURES_2, WORD_OF_5, LONG_WORD, FIGURES_3, FIGURES_4, ADDRESS };
enum { MOST = 64, RESERVED = 8, STEM = 5, LONGEST = 64, SHORTEST = 3, PHONE = 7, CODE = 6, CODE_DIGITS = 2, TELLING = 10 };
enum { COMMON = 1 << 15, MESSENGER = COMMON | 1 };
#define MARKS (TELLING * (TELLING - 1) / 2 + 2 * TELLING)

/* A text, how far it was read, and what was found. */
typedef struct {
    const void *text;
    int kind;
    Py_ssize_t size, at, count;
    uint64_t secret;
    const uint16_t *seen;
    int shift;
    uint32_t found[MOST];
} Reader;

static Py_UCS4
ahead(const Reader *reader, Py_ssize_t by)
{
    Py_ssize_t at = reader->at + by;
    return at < reader->size ? PyUnicode_READ(reader->kind, reader->text, at) : 0;
}

static bool
is_digit(Py_UCS4 c)
{
    return c >= '0' && c <= '9';
}

static bool
is_ideograph(Py_UCS4 c)
{
    return ((c >= 0x2E80 && c < 0xFB00) || c >= 0x20000) && Py_UNICODE_ISALPHA(c);
}

static bool
is_letter(Py_UCS4 c)
{
    if (c < 0x80) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
    return (Py_UNICODE_ISALPHA(c) && !is_ideograph(c)) || (c >= 0x900 && c < 0x1100);
}

static bool
is_word(Py_UCS4 c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

static bool
is_named(Py_UCS4 c)
{
    return is_word(c) || c == '.' || c == '-';
}

static bool
is_mail(Py_UCS4 c)
{
    return is_named(c) || c == '@';
}

static bool
is_path(Py_UCS4 c)
{
    return !Py_UNICODE_ISSPACE(c);
}

static bool
is_between(Py_UCS4 c)
{
    return c == ' ' || c == '-' || c == '/' || c == '(' || c == ')';
}

static Py_ssize_t
skip(Reader *reader, bool (*is_part)(Py_UCS4))
{
    while (reader->at < reader->size && is_part(PyUnicode_READ(reader->kind, reader->text, reader->at))) {
        reader->at++;
    }
    return reader->at;
}

static uint64_t
mixed(uint64_t number, Py_UCS4 c)
{
    return (number ^ c) * 0x100000001B3ull + 0x9E3779B97F4A7C15ull;
}

static uint32_t
finished(const Reader *reader, int kind, uint64_t number)
{
    number ^= number >> 29;
    return ((uint32_t)(number * reader->secret >> 32) & ~7u) | (uint32_t)kind;
}

static uint32_t
number_of(const Reader *reader, int kind, Py_ssize_t start, Py_ssize_t end)
{
    uint64_t number = 0;
    for (Py_ssize_t at = start; at < end; at++) {
        number = mixed(number, PyUnicode_READ(reader->kind, reader->text, at));
    }
    return finished(reader, kind, number);
}

static void
add(Reader *reader, uint32_t number)
{
    if (reader->count >= MOST - RESERVED && (number & 7) < FIGURES_3) {
        return;
    }
    for (Py_ssize_t at = 0; at < reader->count; at++) {
        if (reader->found[at] == number) {
            return;
        }
    }
    reader->found[reader->count++] = number; /* the caller sees that there is room */
}

/* Where a name ends that ends at that place or before. */
static Py_ssize_t
trimmed(const Reader *reader, Py_ssize_t start, Py_ssize_t end)
{
    for (; end > start; end--) {
        Py_UCS4 c = PyUnicode_READ(reader->kind, reader->text, end - 1);
        if (c != '.' && c != '_' && c != '-') {
            break;
        }
    }
    return end - start > LONGEST ? start + LONGEST : end;
}

static void
add_address(Reader *reader, Py_ssize_t start, Py_ssize_t end)
{
    end = trimmed(reader, start, end);
    if (end - start >= SHORTEST) {
        add(reader, number_of(reader, ADDRESS, start, end));
    }
}

static void
read_host(Reader *reader)
{
    if (ahead(reader, 0) == 'w' && ahead(reader, 1) == 'w' && ahead(reader, 2) == 'w' && ahead(reader, 3) == '.') {
        reader->at += 4;
    }
    Py_ssize_t start = reader->at, end = trimmed(reader, start, skip(reader, is_named)), path = skip(reader, is_path);
    uint32_t host = number_of(reader, ADDRESS, start, end);
    unsigned seen = reader->seen[host >> reader->shift];
    if (seen == MESSENGER) {
        Py_ssize_t name = reader->at = end + (end < path);
        add_address(reader, name, skip(reader, is_named));
        reader->at = path;
    } else if (seen & COMMON) {
        path = path - start > LONGEST ? start + LONGEST : path;
        add(reader, number_of(reader, FIGURES_4, start, path));
    } else if (end - start >= SHORTEST) {
        add(reader, host);
    }
}

static void
add_word(Reader *reader, Py_ssize_t start, Py_ssize_t end)
{
    Py_ssize_t length = end - start, digits = 0;
    for (Py_ssize_t at = start; at < end && digits < CODE_DIGITS; at++) {
        digits += is_digit(PyUnicode_READ(reader->kind, reader->text, at));
    }
    if (length >= CODE && digits >= CODE_DIGITS) {
        add(reader, number_of(reader, FIGURES_4, start, length > LONGEST ? start + LONGEST : end));
    } else if (length >= STEM - 1) {
        int kind = length > STEM ? LONG_WORD : length == STEM ? WORD_OF_5 : WORD_OF_4;
        add(reader, number_of(reader, kind, start, length > STEM ? start + STEM : end));
    }
}

static void
read_word(Reader *reader)
{
    Py_ssize_t start = reader->at, end = skip(reader, is_word);
    Py_UCS4 next = ahead(reader, 0), second = ahead(reader, 1);
    if (next == '@' && is_named(second)) {
        reader->at++;
        add_address(reader, start, skip(reader, is_mail));
    } else if (next == ':' && second == '/' && ahead(reader, 2) == '/') {
        reader->at += 3;
        read_host(reader);
    } else if (next == '.' && is_letter(second)) {
        reader->at = start;
        read_host(reader);
    } else {
        add_word(reader, start, end);
    }
}

/* How many characters stand before the next digits of the same number, apart in a telephone
   number. */
static Py_ssize_t
between(const Reader *reader, bool apart)
{
    Py_UCS4 c = ahead(reader, 0), second = ahead(reader, 1), third = ahead(reader, 2);
    if (apart) {
        return !is_between(c) ? 0 : is_digit(second) ? 1 : is_between(second) && is_digit(third) ? 2 : 0;
    }
    if (!is_digit(second)) {
        return 0;
    }
    bool three = is_digit(third) && is_digit(ahead(reader, 3));
    bool four = three && is_digit(ahead(reader, 4));
    return c == ' ' ? three && !four : (c == '.' || c == ',' || c == '\'') && !four;
}

static int
kind_of_figures(Py_ssize_t digits, bool whole, bool year)
{
    if (digits >= PHONE) {
        return ADDRESS;
    }
    if (digits == 2 || year) {
        return FIGURES_2;
    }
    return digits == 3 || (digits == 4 && !whole) ? FIGURES_3 : FIGURES_4; /* 19.30 is no sum */
}

static void
read_figures(Reader *reader)
{
    Py_UCS4 before = reader->at > 0 ? ahead(reader, -1) : 0, first = ahead(reader, 0), second = ahead(reader, 1);
    bool apart = before == '+' || before == '(' || (first == '0' && (is_digit(second) || is_between(second)));
    bool year = (first == '1' && second == '9') || (first == '2' && second == '0'), whole = true;
    uint64_t number = 0;
    Py_ssize_t digits = 0;
    for (;;) {
        Py_ssize_t start = reader->at, end = skip(reader, is_digit);
        for (Py_ssize_t at = start; at < end && digits < LONGEST; at++, digits++) {
            number = mixed(number, PyUnicode_READ(reader->kind, reader->text, at));
        }
        Py_ssize_t skipped = between(reader, apart);
        if (skipped == 0) {
            break;
        }
        whole = false;
        reader->at += skipped;
    }
    if (digits > 1) {
        add(reader, finished(reader, kind_of_figures(digits, whole, year && whole && digits == 4), number));
    }
}

static void
read_text(Reader *reader)
{
    while (reader->at < reader->size && reader->count < MOST) {
        Py_UCS4 c = ahead(reader, 0);
        if (is_letter(c)) {
            read_word(reader);
        } else if (is_digit(c)) {
            read_figures(reader);
        } else if (c == '@') {
            Py_ssize_t start = ++reader->at;
            add_address(reader, start, skip(reader, is_named));
        } else {
            if (is_ideograph(c) && is_ideograph(ahead(reader, 1))) {
                add(reader, number_of(reader, IDEOGRAPHS, reader->at, reader->at + 2));
            }
            reader->at++;
        }
    }
}

/* Opens what was seen of topics; the shift that a topic is looked up by, or -1 and an error. */
static int
open_seen(PyObject *object, int flags, Py_buffer *seen)
{
    if (PyObject_GetBuffer(object, seen, flags | PyBUF_FORMAT) < 0) {
        return -1;
    }
    size_t size = (size_t)seen->len / sizeof(uint16_t);
    if (seen->format == NULL || strcmp(seen->format, "H") != 0 || size < 2 || size > 1 << 29 || (size & (size - 1))) {
        PyBuffer_Release(seen);
        PyErr_SetString(PyExc_TypeError, "wanted an array of 'H' with a power of two numbers");
        return -1;
    }
    int shift = 32;
    for (; size > 1; size /= 2) {
        shift--;
    }
    return shift;
}

static PyObject *
topics(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyUnicode_Check(args[0]) || !PyLong_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "wanted a text, a secret and an array");
        return NULL;
    }
    Reader reader = {.text = PyUnicode_DATA(args[0]), .kind = PyUnicode_KIND(args[0])};
    reader.size = PyUnicode_GET_LENGTH(args[0]);
    reader.secret = PyLong_AsUnsignedLongLong(args[1]);
    if (reader.secret == (uint64_t)-1 && PyErr_Occurred()) {
        return NULL;
    }
    Py_buffer seen;
    if ((reader.shift = open_seen(args[2], PyBUF_SIMPLE, &seen)) < 0) {
        return NULL;
    }
    reader.seen = seen.buf;
    read_text(&reader);
    PyBuffer_Release(&seen);
    return PyBytes_FromStringAndSize((const char *)reader.found, reader.count * (Py_ssize_t)sizeof *reader.found);
}

/* Whether the arguments are topics and what was seen; else an error is set. */
static bool
open_topics(PyObject *packed, PyObject *object, int flags, Py_buffer *seen, int *shift)
{
    if (!PyBytes_Check(packed) || PyBytes_GET_SIZE(packed) % (Py_ssize_t)sizeof(uint32_t) != 0
        || PyBytes_GET_SIZE(packed) > MOST * (Py_ssize_t)sizeof(uint32_t)) {
        PyErr_SetString(PyExc_TypeError, "wanted topics");
        return false;
    }
    return (*shift = open_seen(object, flags, seen)) >= 0;
}

/* How little a topic tells: the least first. */
static uint64_t
rank_of(uint32_t topic, uint16_t seen)
{
    uint64_t bits = 0;
    for (unsigned left = (seen & (COMMON - 1)) >> 1; left > 0; left >>= 1) {
        bits++;
    }
    uint64_t common = seen >> 15;
    return common << 40 | bits << 35 | (uint64_t)(7 - (topic & 7)) << 32 | topic;
}

static Py_ssize_t
choose(const uint32_t *all, Py_ssize_t count, const uint16_t *seen, int shift, uint64_t *chosen)
{
    Py_ssize_t taken = 0;
    for (Py_ssize_t at = 0; at < count; at++) {
        uint64_t rank = rank_of(all[at], seen[all[at] >> shift]);
        if (taken == TELLING && rank >= chosen[taken - 1]) {
            continue;
        }
        Py_ssize_t place = taken < TELLING ? taken++ : taken - 1;
        for (; place > 0 && rank < chosen[place - 1]; place--) {
            chosen[place] = chosen[place - 1];
        }
        chosen[place] = rank;
    }
    return taken;
}

static Py_ssize_t
add_mark(uint32_t *marks, Py_ssize_t count, uint32_t larger, uint32_t smaller, uint32_t mask, uint64_t secret)
{
    uint32_t mark = (uint32_t)(((uint64_t)larger << 32 | smaller) * secret >> 32) & mask;
    for (Py_ssize_t at = 0; at < count; at++) {
        if (marks[at] == mark) {
            return count;
        }
    }
    marks[count] = mark;
    return count + 1;
}

static PyObject *
telling(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "wanted topics, an array, a mask and a secret");
        return NULL;
    }
    uint32_t mask;
    uint64_t secret;
    if (!kernel_spread_by(args[2], args[3], &mask, &secret)) {
        return NULL;
    }
    Py_buffer seen;
    int shift;
    if (!open_topics(args[0], args[1], PyBUF_SIMPLE, &seen, &shift)) {
        return NULL;
    }
    const uint32_t *all = (const uint32_t *)PyBytes_AS_STRING(args[0]);
    uint64_t chosen[TELLING];
    uint32_t marks[MARKS];
    Py_ssize_t taken = choose(all, PyBytes_GET_SIZE(args[0]) / (Py_ssize_t)sizeof *all, seen.buf, shift, chosen);
    count = 0;
    for (Py_ssize_t at = 0; at < taken; at++) {
        for (Py_ssize_t other = at + 1; other < taken; other++) {
            uint32_t one = (uint32_t)chosen[at], two = (uint32_t)chosen[other];
            count = add_mark(marks, count, one > two ? one : two, one > two ? two : one, (uint32_t)mask, secret);
        }
    }
    for (Py_ssize_t at = 0; at < taken; at++) {
        if ((chosen[at] & 7) == ADDRESS && chosen[at] >> 40 == 0) {
            for (uint32_t salt = 1; salt <= 2; salt++) {
                count = add_mark(marks, count, (uint32_t)chosen[at], salt, (uint32_t)mask, secret);
            }
        }
    }
    PyBuffer_Release(&seen);
    return PyBytes_FromStringAndSize((const char *)marks, count * (Py_ssize_t)sizeof *marks);
}

static const double weights[] = {0.5, 0.6, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0}; /* by kind */
static const double of_common = 0.2, rare = 1.5;
enum { SAME_ADDRESS = 1, ADDRESSES = 2, SAME_FIGURES = 4 };

static double
weight_of(uint32_t topic, uint16_t seen, double span)
{
    if (seen & COMMON) {
        return weights[topic & 7] * of_common;
    }
    double left = 1.0 - log(seen > 1 ? (double)seen : 1.0) / span;
    return weights[topic & 7] * (left > 0.0 ? left : 0.0);
}

typedef struct {
    const uint32_t *at, *end;
} Topics;

static Topics
topics_in(PyObject *packed)
{
    const uint32_t *at = (const uint32_t *)PyBytes_AS_STRING(packed);
    return (Topics){at, at + PyBytes_GET_SIZE(packed) / (Py_ssize_t)sizeof *at};
}

static bool
has(Topics topics, uint32_t topic)
{
    for (; topics.at < topics.end; topics.at++) {
        if (*topics.at == topic) {
            return true;
        }
    }
    return false;
}

static PyObject *
weigh_topics(Topics one, Topics other, const uint16_t *seen, int shift, double span)
{
    double common = 0.0, of_one = 0.0, of_other = 0.0;
    int flags = 0;
    bool addresses = false;
    for (const uint32_t *at = one.at; at < one.end; at++) {
        int kind = *at & 7;
        double weight = weight_of(*at, seen[*at >> shift], span);
        of_one += weight;
        addresses = addresses || kind == ADDRESS;
        if (has(other, *at)) {
            common += weight;
            if (kind == ADDRESS && weight >= rare) {
                flags |= SAME_ADDRESS;
            } else if (kind == FIGURES_3 || kind == FIGURES_4) {
                flags |= SAME_FIGURES;
            }
        }
    }
    for (const uint32_t *at = other.at; at < other.end; at++) {
        of_other += weight_of(*at, seen[*at >> shift], span);
        if (addresses && (*at & 7) == ADDRESS) {
            flags |= ADDRESSES;
        }
    }
    return Py_BuildValue("dddi", common, of_one, of_other, flags);
}

static PyObject *
weigh(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 4 || !PyBytes_Check(args[0]) || PyBytes_GET_SIZE(args[0]) % (Py_ssize_t)sizeof(uint32_t) != 0) {
        PyErr_SetString(PyExc_TypeError, "wanted topics, topics, an array and a number");
        return NULL;
    }
    double learnt = PyFloat_AsDouble(args[3]);
    if (learnt == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    if (!(learnt > 1.0)) {
        PyErr_SetString(PyExc_ValueError, "wanted more texts than one");
        return NULL;
    }
    Py_buffer seen;
    int shift;
    if (!open_topics(args[1], args[2], PyBUF_SIMPLE, &seen, &shift)) {
        return NULL;
    }
    PyObject *weighed = weigh_topics(topics_in(args[0]), topics_in(args[1]), seen.buf, shift, log(learnt));
    PyBuffer_Release(&seen);
    return weighed;
}

static PyObject *
learn(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_buffer seen;
    int shift;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "wanted topics and an array");
        return NULL;
    }
    if (!open_topics(args[0], args[1], PyBUF_WRITABLE, &seen, &shift)) {
        return NULL;
    }
    const uint32_t *at = (const uint32_t *)PyBytes_AS_STRING(args[0]);
    const uint32_t *end = at + PyBytes_GET_SIZE(args[0]) / (Py_ssize_t)sizeof *at;
    uint16_t *counts = seen.buf;
    for (; at < end; at++) {
        if (counts[*at >> shift] < COMMON - 1) {
            counts[*at >> shift]++;
        }
    }
    PyBuffer_Release(&seen);
    Py_RETURN_NONE;
}

static PyObject *
halve(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_buffer seen;
    if (count != 1) {
        PyErr_SetString(PyExc_TypeError, "wanted an array");
        return NULL;
    }
    if (open_seen(args[0], PyBUF_WRITABLE, &seen) < 0) {
        return NULL;
    }
    uint16_t *counts = seen.buf;
    for (size_t at = 0; at < (size_t)seen.len / sizeof *counts; at++) {
        if (!(counts[at] & COMMON)) {
            counts[at] >>= 1;
        }
    }
    PyBuffer_Release(&seen);
    Py_RETURN_NONE;
}

KERNEL(topics, MAKES(topics, "See xmppfilter.kernels.topics."), MAKES(telling, "See xmppfilter.kernels.topics."),
       MAKES(weigh, "See xmppfilter.kernels.topics."), MAKES(learn, "See xmppfilter.kernels.topics."), MAKES(halve, "See xmppfilter.kernels.topics."));
