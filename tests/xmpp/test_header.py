"""The header of a stream is found, however it comes."""

import pytest

from xmppfilter.xmpp.header import HEADER_AT_MOST, Header
from xmppfilter.xmpp.splitter import StreamBroken

OPENING = b"""<stream:stream xmlns='jabber:component:accept' xmlns:stream="http://etherx.jabber.org/streams" id='>'>"""


@pytest.mark.parametrize("before", [b"", b"<?xml version='1.0'?>", b" \r\n", b"<?xml version='1.0'?>\n "])
@pytest.mark.parametrize("after", [b"", b"<handshake/>", b" <hand"])
def test_wherever_it_is_cut(before: bytes, after: bytes) -> None:
    data = before + OPENING + after
    for cut in range(len(data) + 1):
        header = Header()
        found = header.complete(data[:cut])
        if found is None:
            found = header.complete(data[cut:])
            assert found == (before + OPENING, after)
        else:
            assert (found[0], found[1] + data[cut:]) == (before + OPENING, after)


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 400 Bad Request\r\n" * 1000, b"<stream:stream id='" + b"x" * HEADER_AT_MOST]
)
def test_no_header_is_waited_for_for_ever(data: bytes) -> None:
    header = Header()
    assert header.complete(data[:HEADER_AT_MOST]) is None
    with pytest.raises(StreamBroken):
        header.complete(data[HEADER_AT_MOST:] or b"x")
