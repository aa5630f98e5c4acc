import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.texts import spent, traced
from tests.xmpp.xml import elements, texts, trees
from xmppfilter.kernels import markup as python

_MARKUP = st.lists(
    st.sampled_from(
        [b"<", b">", b":", b"=", b"'", b"!", b"?", b"&", b"#", b"a", b" ", b" xml:lang=", b"x:y='", b"\xff"]
    )
).map(b"".join)


@settings(max_examples=500)
@given(raw=st.one_of(elements(), _MARKUP, st.binary()))
def test_both_take_the_same_for_plain(compiled: ModuleType, raw: bytes) -> None:
    assert compiled.is_plain(raw) is python.is_plain(raw)


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        (b"<message to='a@b'><body xml:lang='en'>at 10:30</body></message>", True),
        (b"<m:message/>", False),
        (b"<message m:to='a'/>", False),
        (b"<message to='a&#64;b'/>", False),
        (b"<message><!-- --></message>", False),
        (b"<message><![CDATA[]]></message>", False),
        (b"<message><?x?></message>", False),
    ],
)
def test_what_could_hide_a_name_is_not_plain(kernel: ModuleType, raw: bytes, plain: bool) -> None:
    assert kernel.is_plain(raw) is plain


@pytest.mark.parametrize("unit", [b"<", b":", b"#", b"<a", b"a:", b" xml:lang=", b"&#", b"=", b":="])
def test_time_is_linear(kernel: ModuleType, unit: bytes) -> None:
    raw = unit * (1_000_000 // len(unit))
    assert spent(lambda: kernel.is_plain(raw)) < 0.5  # some ms


NAMES = ((b"body",), (b"body", b"encrypted", b"openpgp", b"fallback"), (b"b",), (b"a+", b"]"))
_TAGS = st.sampled_from(
    [
        "<body>", "<body >", "<body xml:lang='en'>", '<body\txml:lang = "a>b" >', "<body xml:lang>",
        "<body xml:lang='<'>", "<body x='y'>", "<body/>", "<bodyx>", "</body>", "</body\n>", "</bodyx>", "<fallback/>",
        "<x/>", "<a+/>", " ", "\r", "&amp;", "&lt;&gt;&apos;&quot;", "&amp;amp;", "&unknown;", "&", "a ü", "\x0b",
    ]
)  # fmt: skip


@settings(max_examples=500)
@given(
    raw=st.one_of(
        st.builds("<body>{}</body>{}".format, texts(), trees(1)),
        st.lists(_TAGS).map("".join),
        st.lists(_TAGS).map(lambda tags: f"<body>{''.join(tags)}</body>"),
    ).map(str.encode),
    names=st.sampled_from(NAMES),
    data=st.data(),
)
def test_both_find_the_same_body(
    compiled: ModuleType, raw: bytes, names: tuple[bytes, ...], data: st.DataObject
) -> None:
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(raw)))
        raw = raw[:at] + data.draw(st.sampled_from([b"\xc3", b"\xff", b"\x00"])) + raw[at:]
    for at in {0, data.draw(st.integers(0, len(raw)))}:
        assert compiled.body_finding(names)(raw, at) == python.body_finding(names)(raw, at)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"<body>a &amp; b</body></message>", "a &amp; b"),
        (b"  <body xml:lang='en'>\xc3\xbc</body><active/></message>", "ü"),
        (b"<body/></message>", None),
        (b"<body>a</body><body>b</body></message>", None),
        (b"<body>a</body><encrypted/></message>", None),
        (b"<body>a<b/></body></message>", None),
        (b"<body>a\r</body></message>", None),
        (b"<body x='y'>a</body></message>", None),
        (b"<body>a", None),
    ],
)
def test_a_lone_body_is_found(kernel: ModuleType, raw: bytes, found: str | None) -> None:
    assert kernel.body_finding((b"body", b"encrypted"))(raw, 0) == found


@pytest.mark.parametrize("at", [4, 1 << 40])
def test_no_place_is_beyond_the_end(kernel: ModuleType, at: int) -> None:
    assert kernel.body_finding((b"body",))(b"abc", at) is None


@pytest.mark.parametrize("args", [(), ("", 0), (b"", ""), (b"", 0, 0), (b"", 1 << 80)])
def test_c_refuses_what_is_no_place_in_bytes(compiled: ModuleType, args: Any) -> None:
    with pytest.raises((TypeError, OverflowError)):
        compiled.body_finding((b"body",))(*args)


@pytest.mark.parametrize("args", [(), ((b"body", "x"),), ([b"body"],), ((b"a",) * 9,)])
def test_c_refuses_other_names(compiled: ModuleType, args: Any) -> None:
    with pytest.raises(TypeError):
        compiled.body_finding(*args)


def test_c_leaves_nothing_behind(compiled: ModuleType) -> None:
    raw, names = b"<body>a &amp; b</body><x/></message>", (b"body", b"fallback")

    def work() -> None:
        for _ in range(300):
            find = compiled.body_finding(names)
            for _ in range(30):
                find(raw, 0)
                compiled.is_plain(raw)

    references = sys.getrefcount(raw), sys.getrefcount(names)
    left, _ = traced(work)
    assert left < 10_000
    assert (sys.getrefcount(raw), sys.getrefcount(names)) == references
