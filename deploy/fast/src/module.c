/* The module: every function is the exact twin of the one of that name in xmppfilter, which stays what is meant. */
#include "fast.h"

/* Goes up whenever a function takes or returns something else (xmppfilter.compiled). */
enum { FACE = 1 };

static int
module_exec(PyObject *module)
{
    PyTypeObject **reading = PyModule_GetState(module);
    *reading = (PyTypeObject *)PyType_FromModuleAndSpec(module, &reading_spec, NULL);
    return *reading == NULL ? -1 : PyModule_AddIntConstant(module, "FACE", FACE);
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
    {"is_plain", fast_is_plain, METH_O, "is_plain(raw): as xmppfilter.xmltree.is_plain does."},
    {"lone_body", (PyCFunction)(void (*)(void))fast_lone_body, METH_FASTCALL,
     "lone_body(raw, at, marks): as xmppfilter.stanza.lone_body does."},
    {"reading", (PyCFunction)(void (*)(void))fast_reading, METH_FASTCALL,
     "reading(reader, blank, jid, spaces): as xmppfilter.xmpp.question.reading does."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "xmppfilter_fast",
    .m_doc = "Parts of xmppfilter as machine code.",
    .m_size = sizeof(PyTypeObject *),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit_xmppfilter_fast(void)
{
    return PyModuleDef_Init(&module);
}
