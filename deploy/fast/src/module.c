/* The module: every function is the exact twin of the one of that name in xmppfilter, which stays what is meant. */
#include "fast.h"

/* Goes up whenever a function takes or returns something else (xmppfilter.kernels). */
enum { FACE = 2 };

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

#define FAST(function) (PyCFunction)(void (*)(void))function

static PyMethodDef module_methods[] = {
    {"is_plain", fast_is_plain, METH_O, "is_plain(raw): as xmppfilter.stanza.xml.is_plain does."},
    {"lone_body", FAST(fast_lone_body), METH_FASTCALL,
     "lone_body(raw, at, marks): as xmppfilter.stanza.view.lone_body does."},
    {"reading", FAST(fast_reading), METH_FASTCALL,
     "reading(reader, blank, jid, spaces): as xmppfilter.routes.fast.reading does."},
    {"folding", FAST(fast_folding), METH_FASTCALL,
     "folding(table, left, otherwise): as xmppfilter.text.fold.folding does."},
    {"single_spaced", fast_single_spaced, METH_O, "single_spaced(text): as xmppfilter.text.fold.single_spaced does."},
    {"lettering", FAST(fast_lettering), METH_FASTCALL,
     "lettering(spelled, signs, most, fold, otherwise): as xmppfilter.duplicates.sketch.lettering does."},
    {"cutting", FAST(fast_cutting), METH_FASTCALL,
     "cutting(starts, size, window, most): as xmppfilter.duplicates.sketch.cutting does."},
    {"look_up", FAST(fast_look_up), METH_FASTCALL, "look_up(table, places): as xmppfilter.duplicates.index.look_up does."},
    {"lead_to", FAST(fast_lead_to), METH_FASTCALL,
     "lead_to(table, places, number): as xmppfilter.duplicates.index.lead_to does."},
    {"hits", FAST(fast_hits), METH_FASTCALL, "hits(slots, owners): as xmppfilter.duplicates.index.hits does."},
    {"spread", fast_spread, METH_O, "spread(slots): as xmppfilter.duplicates.index.spread does."},
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
