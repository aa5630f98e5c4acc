/* What xmppfilter.routes.fast.Reader reads, in one pass over the bytes, for questions in the plainest shape.

   What it does not understand it gives to the reader that it is the twin of, and learns from that reader how servers
   write: no word of the protocol is said here again. */
#include "reading/question.h"

#include <string.h>

enum { WAYS_AT_MOST = 16 };

typedef struct {
    PyObject_HEAD
    PyObject *reader;
    PyObject *read; /* its method */
    PyObject *blank;
    Slots stanza;
    Py_ssize_t raw, name, type, kind, direction, body_at, meta, sender, recipient;
    JidMaker jid;
    PyObject *in, *out; /* directions */
    PyObject *spaces;   /* tuple of bytes: what the namespace may be that a stanza declares */
    Way ways[WAYS_AT_MOST];
    Py_ssize_t last, next; /* the way that was read last; the one that is forgotten next */
} Reading;

/* --- what is made of a question */

/* Sets *direction to what meta says of it (borrowed). False: it says so in another way. */
static bool
read_direction(const Reading *self, const Found *found, PyObject **direction)
{
    static const char word[] = "direction";
    *direction = Py_None;
    Span rest = found->meta;
    rest.at = span_find(rest, word, sizeof word - 1);
    if (rest.at == NULL) {
        return true;
    }
    bool apart = rest.at > found->meta.at && rest.at[-1] == ' ';
    if (SKIP(&rest, "direction='in'")) {
        *direction = self->in;
    }
    else if (SKIP(&rest, "direction='out'")) {
        *direction = self->out;
    }
    return apart && *direction != Py_None && span_find(rest, word, sizeof word - 1) == NULL
        && memchr(found->meta.at, '"', span_size(found->meta)) == NULL;
}

/* The question as a tuple; NULL without an error: it is for the reader. */
static PyObject *
make_question(const Reading *self, const Way *way, const Found *found, const char *data)
{
    PyObject *direction;
    if (!read_direction(self, found, &direction)) {
        return NULL;
    }
    PyObject *sender = jid_make(&self->jid, found->sender);
    if (sender == NULL) {
        return NULL;
    }
    PyObject *recipient = jid_make(&self->jid, found->recipient);
    if (recipient == NULL) {
        Py_DECREF(sender);
        return NULL;
    }
    PyObject *stanza = slots_copy(&self->stanza, self->blank);
    if (stanza == NULL) {
        Py_DECREF(sender);
        Py_DECREF(recipient);
        return NULL;
    }
    slots_set(stanza, self->sender, sender);
    slots_set(stanza, self->recipient, recipient);
    slots_set(stanza, self->name, Py_NewRef(found->element->name));
    slots_set(stanza, self->type, Py_NewRef(found->type != NULL ? found->type : self->jid.empty));
    slots_set(stanza, self->kind, Py_NewRef(found->kind));
    slots_set(stanza, self->direction, Py_NewRef(direction));
    slots_set(stanza, self->raw, PyBytes_FromStringAndSize(found->raw.at, span_size(found->raw)));
    slots_set(stanza, self->body_at, PyLong_FromSsize_t(found->body_at));
    slots_set(stanza, self->meta, span_latin1(found->meta));
    PyObject *id = span_latin1(found->id);
    PyObject *end = PyLong_FromSsize_t(found->end - data);
    PyObject *question = PyErr_Occurred() ? NULL : PyTuple_Pack(4, way->asker, id, stanza, end);
    Py_XDECREF(id);
    Py_XDECREF(end);
    Py_DECREF(stanza);
    return question;
}

static PyObject *
read_fast(Reading *self, Span rest, const char *data)
{
    for (Py_ssize_t i = 0; i < WAYS_AT_MOST; i++) {
        Py_ssize_t at = (self->last + i) % WAYS_AT_MOST;
        Found found;
        if (self->ways[at].way != NULL && question_find(&self->ways[at], self->spaces, rest, &found)) {
            self->last = at;
            return make_question(self, &self->ways[at], &found, data);
        }
    }
    return NULL;
}

/* Learns in which way the reader has read its last question, if that is not known yet. */
static int
learn(Reading *self)
{
    PyObject *said = PyObject_GetAttrString(self->reader, "way");
    if (said == NULL) {
        return -1;
    }
    int learned = 0;
    bool known = said == Py_None;
    for (Py_ssize_t i = 0; i < WAYS_AT_MOST; i++) {
        known |= self->ways[i].way == said;
    }
    if (!known) {
        Way *way = &self->ways[self->next];
        self->next = (self->next + 1) % WAYS_AT_MOST;
        way_forget(way);
        learned = way_learn(way, said);
        if (learned < 0) {
            way_forget(way);
        }
    }
    Py_DECREF(said);
    return learned;
}

/* --- the type */

static PyObject *
reading_read(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
    Reading *self = (Reading *)object;
    if (count != 2 || !PyBytes_Check(args[0]) || !PyLong_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "wanted bytes and an int");
        return NULL;
    }
    PyObject *data = args[0];
    Py_ssize_t at = PyLong_AsSsize_t(args[1]);
    if (at == -1 && PyErr_Occurred()) {
        return NULL;
    }
    Span rest = span_of(data);
    if (at >= 0 && at <= span_size(rest)) {
        rest.at += at;
        PyObject *question = read_fast(self, rest, PyBytes_AS_STRING(data));
        if (question != NULL || PyErr_Occurred()) {
            return question;
        }
    }
    PyObject *question = PyObject_Vectorcall(self->read, args, count, NULL);
    if (question != NULL && question != Py_None && learn(self) < 0) {
        Py_CLEAR(question);
    }
    return question;
}

static int
reading_traverse(PyObject *object, visitproc visit, void *arg)
{
    Reading *self = (Reading *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->reader);
    Py_VISIT(self->read);
    Py_VISIT(self->blank);
    Py_VISIT(self->stanza.type);
    Py_VISIT(self->jid.slots.type);
    for (Py_ssize_t i = 0; i < WAYS_AT_MOST; i++) {
        int visited = way_traverse(&self->ways[i], visit, arg);
        if (visited != 0) {
            return visited;
        }
    }
    return 0;
}

static int
reading_clear(PyObject *object)
{
    Reading *self = (Reading *)object;
    Py_CLEAR(self->reader);
    Py_CLEAR(self->read);
    Py_CLEAR(self->blank);
    Py_CLEAR(self->stanza.type);
    Py_CLEAR(self->jid.slots.type);
    Py_CLEAR(self->jid.empty);
    Py_CLEAR(self->in);
    Py_CLEAR(self->out);
    Py_CLEAR(self->spaces);
    for (Py_ssize_t i = 0; i < WAYS_AT_MOST; i++) {
        way_forget(&self->ways[i]);
    }
    return 0;
}

static void
reading_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    reading_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/* The texts in given as a tuple of bytes: a new reference, or NULL and an error. */
static PyObject *
spaces_of(PyObject *given)
{
    PyObject *texts = PySequence_Tuple(given);
    PyObject *spaces = texts == NULL ? NULL : PyTuple_New(PyTuple_GET_SIZE(texts));
    for (Py_ssize_t i = 0; spaces != NULL && i < PyTuple_GET_SIZE(texts); i++) {
        PyObject *space = PyUnicode_AsLatin1String(PyTuple_GET_ITEM(texts, i));
        if (space == NULL) {
            Py_CLEAR(spaces);
        }
        else {
            PyTuple_SET_ITEM(spaces, i, space);
        }
    }
    Py_XDECREF(texts);
    return spaces;
}

static int
reading_init(Reading *self, PyObject *reader, PyObject *blank, PyObject *jid, PyObject *spaces)
{
    self->reader = Py_NewRef(reader);
    self->blank = Py_NewRef(blank);
    const Slots *stanza = &self->stanza;
    if ((self->read = PyObject_GetAttrString(reader, "read")) == NULL || (self->spaces = spaces_of(spaces)) == NULL
        || (self->in = PyUnicode_InternFromString("in")) == NULL
        || (self->out = PyUnicode_InternFromString("out")) == NULL || jid_maker_init(&self->jid, jid) < 0
        || slots_read(&self->stanza, (PyObject *)Py_TYPE(blank)) < 0
        || (self->raw = slots_offset(stanza, "raw")) < 0 || (self->name = slots_offset(stanza, "name")) < 0
        || (self->type = slots_offset(stanza, "type")) < 0 || (self->kind = slots_offset(stanza, "kind")) < 0
        || (self->direction = slots_offset(stanza, "direction")) < 0
        || (self->body_at = slots_offset(stanza, "_body_at")) < 0
        || (self->meta = slots_offset(stanza, "_meta")) < 0
        || (self->sender = slots_offset(stanza, "sender")) < 0
        || (self->recipient = slots_offset(stanza, "recipient")) < 0) {
        return -1;
    }
    return 0;
}

static PyMethodDef reading_methods[] = {
    {"read", (PyCFunction)(void (*)(void))reading_read, METH_FASTCALL,
     "read(data, at): as xmppfilter.routes.fast.Reader does."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot reading_slots[] = {
    {Py_tp_dealloc, reading_dealloc},
    {Py_tp_traverse, reading_traverse},
    {Py_tp_clear, reading_clear},
    {Py_tp_methods, reading_methods},
    {0, NULL},
};

static PyType_Spec reading_spec = {
    .name = "xmppfilter.kernels._reading.Reading",
    .basicsize = sizeof(Reading),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = reading_slots,
};

/* --- the module, whose state is a reference to the type */

static PyObject *
reading(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "wanted a reader, a blank stanza, the class of JIDs and the namespaces");
        return NULL;
    }
    PyTypeObject *type = *(PyTypeObject **)PyModule_GetState(module);
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    PyObject *read = NULL;
    if (reading_init((Reading *)self, args[0], args[1], args[2], args[3]) == 0) {
        read = PyObject_GetAttrString(self, "read");
    }
    Py_DECREF(self);
    return read;
}

static int
module_exec(PyObject *module)
{
    PyTypeObject **type = PyModule_GetState(module);
    *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &reading_spec, NULL);
    return *type == NULL ? -1 : PyModule_AddStringConstant(module, "SOURCES", KERNEL_SOURCES);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(*(PyObject **)PyModule_GetState(module));
    return 0;
}

static int
module_clear(PyObject *module)
{
    Py_CLEAR(*(PyObject **)PyModule_GetState(module));
    return 0;
}

static PyMethodDef module_methods[] = {
    {"reading", (PyCFunction)(void (*)(void))reading, METH_FASTCALL, "See xmppfilter.routes.fast."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_reading",
    .m_size = sizeof(PyTypeObject *),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit__reading(void)
{
    return PyModuleDef_Init(&module);
}
