/* Characters replaced one by one, looked up in a table of pages, most of which need none: see fold.py. */
#include "kernel.h"

enum { PAGE_BITS = 8, PAGE = 1 << PAGE_BITS, PAGES = 0x110000 >> PAGE_BITS, ITSELF = 0xFFFF };

/* A cell is a character; or MANY and where in the cells a length and as many characters are; or LEFT. */
static const uint32_t MANY = UINT32_C(0x80000000);
static const uint32_t LEFT = UINT32_C(0xFFFFFFFF);

typedef struct {
    uint16_t pages[PAGES]; /* ITSELF: all characters of this page fold to themselves */
    uint32_t cells[];
} Table;

static uint32_t
look_up(const Table *table, Py_UCS4 character)
{
    uint16_t page = table->pages[character >> PAGE_BITS];
    return page == ITSELF ? character : table->cells[(size_t)page * PAGE + character % PAGE];
}

/* --- making a table */

/* Gives the page of a character a number if it has none. */
static void
need_page(uint16_t *pages, Py_UCS4 character, uint16_t *count)
{
    if (pages[character >> PAGE_BITS] == ITSELF) {
        pages[character >> PAGE_BITS] = (*count)++;
    }
}

/* Which pages there must be, and how many cells for those that fold to none or several; -1 and an error. */
static int
measure(PyObject *folds, PyObject *left, uint16_t *pages, uint16_t *count, size_t *spilled)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(folds, &at, &key, &value)) {
        if (!PyLong_Check(key) || !PyUnicode_Check(value)) {
            PyErr_SetString(PyExc_TypeError, "wanted texts by code points");
            return -1;
        }
        long code = PyLong_AsLong(key);
        if (code < 0 || code >= 0x110000) {
            if (!PyErr_Occurred()) {
                PyErr_Format(PyExc_ValueError, "%ld is no code point", code);
            }
            return -1;
        }
        need_page(pages, (Py_UCS4)code, count);
        Py_ssize_t length = PyUnicode_GET_LENGTH(value);
        *spilled += length == 1 ? 0 : (size_t)length + 1;
        if (*spilled > (1 << 24)) { /* never in earnest, and all numbers of cells stay below MANY */
            PyErr_SetString(PyExc_ValueError, "what they fold to is too long");
            return -1;
        }
    }
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(left); i++) {
        need_page(pages, PyUnicode_READ_CHAR(left, i), count);
    }
    return 0;
}

/* Of what measure has approved. */
static void
fill(Table *table, PyObject *folds, PyObject *left, size_t spill)
{
    for (Py_UCS4 character = 0; character < 0x110000; character++) {
        uint16_t page = table->pages[character >> PAGE_BITS];
        if (page != ITSELF) {
            table->cells[(size_t)page * PAGE + character % PAGE] = character;
        }
    }
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(folds, &at, &key, &value)) {
        Py_UCS4 character = (Py_UCS4)PyLong_AsLong(key);
        uint32_t *cell = &table->cells[(size_t)table->pages[character >> PAGE_BITS] * PAGE + character % PAGE];
        Py_ssize_t length = PyUnicode_GET_LENGTH(value);
        if (length == 1) {
            *cell = PyUnicode_READ_CHAR(value, 0);
            continue;
        }
        *cell = MANY | (uint32_t)spill;
        table->cells[spill++] = (uint32_t)length;
        for (Py_ssize_t i = 0; i < length; i++) {
            table->cells[spill++] = PyUnicode_READ_CHAR(value, i);
        }
    }
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(left); i++) {
        Py_UCS4 character = PyUnicode_READ_CHAR(left, i);
        table->cells[(size_t)table->pages[character >> PAGE_BITS] * PAGE + character % PAGE] = LEFT;
    }
}

static Table *
make_table(PyObject *folds, PyObject *left)
{
    uint16_t pages[PAGES];
    memset(pages, 0xFF, sizeof pages);
    uint16_t count = 0;
    size_t spilled = 0;
    if (measure(folds, left, pages, &count, &spilled) < 0) {
        return NULL;
    }
    size_t spill = (size_t)count * PAGE;
    Table *table = PyMem_Malloc(sizeof *table + (spill + spilled) * sizeof table->cells[0]);
    if (table == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    memcpy(table->pages, pages, sizeof pages);
    fill(table, folds, left, spill);
    return table;
}

/* --- folding */

typedef struct {
    size_t length;
    Py_UCS4 largest;
} Extent;

static void
reckon(Extent *extent, Py_UCS4 character)
{
    extent->length++;
    extent->largest = character > extent->largest ? character : extent->largest;
}

/* How long text becomes; false: it has one of the characters that are left. */
static bool
foresee(const Table *table, PyObject *text, Extent *extent)
{
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_ssize_t size = PyUnicode_GET_LENGTH(text);
    for (Py_ssize_t i = 0; i < size; i++) {
        uint32_t cell = look_up(table, PyUnicode_READ(kind, data, i));
        if (cell < MANY) {
            reckon(extent, cell);
            continue;
        }
        if (cell == LEFT) {
            return false;
        }
        const uint32_t *many = &table->cells[cell & ~MANY];
        for (uint32_t n = 1; n <= many[0]; n++) {
            reckon(extent, many[n]);
        }
    }
    return true;
}

static PyObject *
replaced(const Table *table, PyObject *text, Extent extent)
{
    if (extent.length > PY_SSIZE_T_MAX) {
        return PyErr_NoMemory();
    }
    PyObject *folded = PyUnicode_New((Py_ssize_t)extent.length, extent.largest);
    if (folded == NULL) {
        return NULL;
    }
    int kind = PyUnicode_KIND(text), to_kind = PyUnicode_KIND(folded);
    const void *data = PyUnicode_DATA(text);
    void *to = PyUnicode_DATA(folded);
    Py_ssize_t size = PyUnicode_GET_LENGTH(text), at = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        uint32_t cell = look_up(table, PyUnicode_READ(kind, data, i));
        if (cell < MANY) {
            PyUnicode_WRITE(to_kind, to, at++, cell);
            continue;
        }
        const uint32_t *many = &table->cells[cell & ~MANY];
        for (uint32_t n = 1; n <= many[0]; n++) {
            PyUnicode_WRITE(to_kind, to, at++, many[n]);
        }
    }
    return folded;
}

static PyObject *
fold(PyObject *self, PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "wanted a text");
        return NULL;
    }
    const Table *table = kernel_table_of(self);
    Extent extent = {0, 0};
    return foresee(table, text, &extent) ? replaced(table, text, extent) : Py_NewRef(Py_None);
}

static PyMethodDef fold_method = {"fold", fold, METH_O, "fold(text): see xmppfilter.kernels.fold."};

static PyObject *
folding(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyDict_Check(args[0]) || !PyUnicode_Check(args[1]) || !PyUnicode_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "wanted a dict and two texts");
        return NULL;
    }
    Table *table = make_table(args[0], args[1]);
    return table == NULL ? NULL : kernel_function(&fold_method, table, Py_None);
}

KERNEL(fold, MAKES(folding, "See xmppfilter.kernels.fold."));
