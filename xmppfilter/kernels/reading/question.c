/* Finding one question: what xmppfilter.routes.fast.Reader.read finds, where it is in the plainest shape. */
#include "question.h"

#include <string.h>

enum { ATTRIBUTES_AT_MOST = 32 };

#define IS(span, text) span_is(span, (Span){text, text + sizeof text - 1})

static bool
is_name_letter(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9')
        || letter == '_' || letter == ':' || letter == '.' || letter == '-';
}

/* One attribute, and the space before it. */
static bool
read_attribute(Span *rest, char quote, Span *name, Span *value)
{
    if (!SKIP(rest, " ")) {
        return false;
    }
    name->at = rest->at;
    while (rest->at < rest->end && is_name_letter(*rest->at)) {
        rest->at++;
    }
    name->end = rest->at;
    char first = span_size(*name) > 0 ? *name->at : '-';
    if (first == '-' || first == '.' || (first >= '0' && first <= '9') || !SKIP(rest, "=")
        || !span_skip(rest, &quote, 1)) {
        return false;
    }
    value->at = rest->at;
    value->end = memchr(rest->at, quote, span_size(*rest));
    if (value->end == NULL) {
        return false;
    }
    rest->at = value->end + 1;
    return true;
}

static bool
is_one_of(Span value, PyObject *texts)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(texts); i++) {
        if (span_is(value, span_of(PyTuple_GET_ITEM(texts, i)))) {
            return true;
        }
    }
    return false;
}

static Span
ascii_span(PyObject *text)
{
    const char *at = (const char *)PyUnicode_1BYTE_DATA(text);
    return (Span){at, at + PyUnicode_GET_LENGTH(text)};
}

static bool
find_type(const Name *element, Span value, Found *found)
{
    for (Py_ssize_t i = 0; i < element->type_count; i++) {
        PyObject *type = element->types[i].type;
        if (span_is(value, ascii_span(type))) {
            found->type = type;
            found->kind = element->types[i].kind;
            return true;
        }
    }
    return false;
}

/* The start tag from behind its < on. */
static bool
read_start_tag(const Way *way, PyObject *spaces, Span *rest, Found *found)
{
    const char *start = rest->at;
    const Name *names[] = {&way->message, &way->presence};
    found->element = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        Span name = ascii_span(names[i]->name);
        if (span_skip(rest, name.at, span_size(name))) {
            found->element = names[i];
            break;
        }
    }
    if (found->element == NULL) {
        return false;
    }
    bool declared = false;
    found->type = NULL;
    found->sender.at = found->recipient.at = NULL;
    for (int i = 0; rest->at < rest->end && *rest->at == ' '; i++) {
        Span name, value;
        if (i == ATTRIBUTES_AT_MOST || !read_attribute(rest, way->quote, &name, &value)) {
            return false;
        }
        if (IS(name, "xmlns")) {
            if (!is_one_of(value, spaces)) {
                return false;
            }
            declared = true;
        }
        else if (IS(name, "type")) {
            if (found->type != NULL || !find_type(found->element, value, found)) {
                return false;
            }
        }
        else if (IS(name, "to")) {
            if (found->recipient.at != NULL) {
                return false;
            }
            found->recipient = value;
        }
        else if (IS(name, "from")) {
            if (found->sender.at != NULL) {
                return false;
            }
            found->sender = value;
        }
    }
    if (found->type == NULL) {
        found->kind = found->element->untyped;
    }
    /* well-formed XML has no < in a tag, and where one is, this is no judge of what it may hide */
    return declared && found->sender.at != NULL && found->recipient.at != NULL
        && memchr(start, '<', rest->at - start) == NULL;
}

/* What follows the start tag, up to the end of the question. The first end tag of the stanza's name is its own if none
   of that name begins before it; a comment, CDATA section or processing instruction could hide a tag. */
static bool
read_content(const Way *way, Span rest, const char *start, Found *found)
{
    if (SKIP(&rest, "/>")) {
        found->raw = (Span){start, rest.at};
        found->body_at = -1;
        bool ended = span_skip_bytes(&rest, way->end);
        found->end = rest.at;
        return ended;
    }
    if (!SKIP(&rest, ">")) {
        return false;
    }
    found->body_at = rest.at - start;
    Span name = ascii_span(found->element->name);
    while ((rest.at = memchr(rest.at, '<', span_size(rest))) != NULL) {
        Span tag = rest;
        if (span_skip_bytes(&tag, found->element->closing)) {
            found->raw = (Span){start, rest.at + span_size(name) + 3};
            found->end = tag.at;
            return true;
        }
        tag.at++;
        if (tag.at == tag.end || *tag.at == '!' || *tag.at == '?' || span_skip(&tag, name.at, span_size(name))) {
            return false;
        }
        rest.at++;
    }
    return false;
}

bool
question_find(const Way *way, PyObject *spaces, Span rest, Found *found)
{
    if (!span_skip_bytes(&rest, way->before)) {
        return false;
    }
    found->id.at = rest.at;
    found->id.end = memchr(rest.at, way->quote, span_size(rest));
    if (found->id.end == NULL) {
        return false;
    }
    rest.at = found->id.end;
    if (!span_skip_bytes(&rest, way->behind)) {
        return false;
    }
    found->meta = (Span){rest.at, rest.at};
    if (way->has_meta) {
        /* no attribute may have a < in it */
        const char *next = memchr(rest.at, '<', span_size(rest));
        if (next == NULL || next - rest.at < 2) {
            return false;
        }
        rest.at = found->meta.end = next - 2;
    }
    if (!span_skip_bytes(&rest, way->forwarded)) {
        return false;
    }
    const char *start = rest.at;
    return SKIP(&rest, "<") && read_start_tag(way, spaces, &rest, found) && read_content(way, rest, start, found);
}
