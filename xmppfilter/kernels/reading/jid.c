/* Addresses that are their own normal form; xmppfilter.stanza.jid says what that is. */
#include "reading.h"

#include <string.h>

enum { LOCAL = 1, DOMAIN_WORD = 2, DOMAIN_JOINT = 4, RESOURCE = 8, PART_AT_MOST = 256 };

/* What may stand where, by the character: exactly the classes of PLAIN. */
static unsigned char allowed[256];

static void
allow(const char *characters, unsigned char where)
{
    for (; *characters != '\0'; characters++) {
        allowed[(unsigned char)*characters] |= where;
    }
}

static void
fill_allowed(void)
{
    const char *words = "abcdefghijklmnopqrstuvwxyz0123456789";
    allow(words, LOCAL | DOMAIN_WORD);
    allow("!#$%()*+,.;=?[\\]^_`{|}~-", LOCAL);
    allow(".-", DOMAIN_JOINT);
    for (int character = ' '; character <= '~'; character++) {
        if (strchr("\"&'<>", character) == NULL) {
            allowed[character] |= RESOURCE;
        }
    }
}

int
jid_maker_init(JidMaker *maker, PyObject *type)
{
    fill_allowed();
    if (slots_read(&maker->slots, type) < 0
        || (maker->bare = slots_offset(&maker->slots, "bare")) < 0
        || (maker->domain = slots_offset(&maker->slots, "domain")) < 0
        || (maker->full = slots_offset(&maker->slots, "full")) < 0
        || (maker->local = slots_offset(&maker->slots, "local")) < 0
        || (maker->resource = slots_offset(&maker->slots, "resource")) < 0) {
        return -1;
    }
    maker->empty = PyUnicode_FromString("");
    return maker->empty == NULL ? -1 : 0;
}

/* Where the run of characters ends that may stand there. */
static const char *
run(const char *at, const char *end, unsigned char where)
{
    while (at < end && (allowed[(unsigned char)*at] & where)) {
        at++;
    }
    return at;
}

static bool
fits(const char *at, const char *end)
{
    return at < end && end - at <= PART_AT_MOST;
}

/* Where the domain ends that begins at at: words of letters and digits, each two joined by one dot or hyphen. */
static const char *
domain_end(const char *at, const char *end)
{
    for (;;) {
        const char *word = run(at, end, DOMAIN_WORD);
        if (word == at || word == end || !(allowed[(unsigned char)*word] & DOMAIN_JOINT)) {
            return word == at ? NULL : word;
        }
        at = word + 1;
    }
}

static PyObject *
ascii(const char *at, const char *end)
{
    PyObject *text = PyUnicode_New(end - at, 127);
    if (text != NULL) {
        memcpy(PyUnicode_1BYTE_DATA(text), at, end - at);
    }
    return text;
}

PyObject *
jid_make(const JidMaker *maker, Span text)
{
    const char *local_end = run(text.at, text.end, LOCAL);
    if (!fits(text.at, local_end) || local_end == text.end || *local_end != '@') {
        return NULL;
    }
    const char *domain_at = local_end + 1;
    const char *bare_end = domain_end(domain_at, text.end);
    if (bare_end == NULL || !fits(domain_at, bare_end)) {
        return NULL;
    }
    if (bare_end != text.end
        && (*bare_end != '/' || !fits(bare_end + 1, text.end) || run(bare_end + 1, text.end, RESOURCE) != text.end)) {
        return NULL;
    }

    PyObject *jid = slots_new(&maker->slots);
    if (jid == NULL) {
        return NULL;
    }
    PyObject *bare = ascii(text.at, bare_end);
    PyObject *full = bare_end == text.end ? Py_XNewRef(bare) : ascii(text.at, text.end);
    PyObject *resource = bare_end == text.end ? Py_NewRef(maker->empty) : ascii(bare_end + 1, text.end);
    slots_set(jid, maker->local, ascii(text.at, local_end));
    slots_set(jid, maker->domain, ascii(domain_at, bare_end));
    slots_set(jid, maker->bare, bare);
    slots_set(jid, maker->full, full);
    slots_set(jid, maker->resource, resource);
    if (PyErr_Occurred()) {
        Py_DECREF(jid);
        return NULL;
    }
    return jid;
}
