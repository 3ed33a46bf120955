"""The reader of HTTP responses: whole, cut anywhere, and everything that must not be taken for an answer (E4)."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radius_edge.gateway.faults import ResponseError
from radius_edge.gateway.response import Response, ResponseReader, whole_response

BODY = b'{"outcome":"accept"}'
WITH_LENGTH = b'HTTP/1.1 200 OK\r\nETag: "Ab"\r\nContent-Length: 20\r\n\r\n' + BODY
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'8;ext=1\r\n{"outcom\r\nC\r\ne":"accept"}\r\n0\r\nTrailer: x\r\n\r\n'
)


def read(octets: bytes, most: int = 100) -> Response | None:
    return ResponseReader(most).feed(octets)


@pytest.mark.parametrize("octets", [WITH_LENGTH, CHUNKED])
def test_a_response_is_read(octets: bytes) -> None:
    response = read(octets)
    assert response is not None
    assert (response.status, response.body, response.keep_alive) == (200, BODY, True)


@given(st.sampled_from([WITH_LENGTH, CHUNKED]), st.lists(st.integers(1, 130), max_size=8))
def test_a_response_may_come_in_any_pieces(octets: bytes, cuts: list[int]) -> None:
    reader, response = ResponseReader(100), None
    edges = sorted({0, len(octets), *(cut for cut in cuts if cut < len(octets))})
    for start, end in pairwise(edges):
        assert response is None
        response = reader.feed(octets[start:end])
    assert response is not None
    assert response.body == BODY


def test_one_octet_at_a_time_is_enough() -> None:
    reader = ResponseReader(100)
    answers = [reader.feed(CHUNKED[at : at + 1]) for at in range(len(CHUNKED))]
    assert answers[-1] is not None
    assert not any(answers[:-1])


@given(st.binary(max_size=40), st.integers(0, 99), st.integers(0, 40))
def test_the_short_way_gives_what_the_reader_gives_or_nothing(noise: bytes, at: int, less: int) -> None:
    at = min(at, len(WITH_LENGTH))
    octets = WITH_LENGTH[:at] + noise + WITH_LENGTH[at + less :]
    short = whole_response(octets, 100)
    if short is not None:
        long = read(octets)
        assert long is not None
        assert (short.status, short.body, short.keep_alive) == (long.status, long.body, long.keep_alive)
        assert short.header("etag") == long.header("etag")


def test_the_short_way_takes_the_usual_response() -> None:
    response = whole_response(WITH_LENGTH, 100)
    assert response is not None
    assert response.body == BODY
    assert whole_response(CHUNKED, 100) is None
    assert whole_response(WITH_LENGTH + b"x", 100) is None
    assert whole_response(WITH_LENGTH, 19) is None


def test_headers_are_found_without_case_and_keep_theirs() -> None:
    response = read(WITH_LENGTH)
    assert response is not None
    assert response.header("etag") == '"Ab"'
    assert response.header("x-missing") is None


def test_interim_responses_are_passed_over() -> None:
    response = read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + WITH_LENGTH)
    assert response is not None
    assert response.body == BODY


@pytest.mark.parametrize("status", [b"204", b"304"])
def test_some_responses_have_no_body(status: bytes) -> None:
    response = read(b"HTTP/1.1 " + status + b" X\r\nETag: x\r\n\r\n")
    assert response is not None
    assert response.body == b""


@pytest.mark.parametrize(
    "head", [b"HTTP/1.0 200 OK\r\nContent-Length: 20", b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20"]
)
def test_a_connection_that_will_close_is_not_kept(head: bytes) -> None:
    response = read(head + b"\r\n\r\n" + BODY)
    assert response is not None
    assert not response.keep_alive


def test_a_body_without_length_ends_with_the_connection() -> None:
    reader = ResponseReader(100)
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\n" + BODY) is None
    response = reader.close()
    assert response is not None
    assert (response.body, response.keep_alive) == (BODY, False)


@pytest.mark.parametrize("octets", [b"", WITH_LENGTH[:30], WITH_LENGTH[:-1], CHUNKED[:-1]])
def test_a_response_cut_short_is_none(octets: bytes) -> None:
    reader = ResponseReader(100)
    assert reader.feed(octets) is None
    assert reader.close() is None


@pytest.mark.parametrize(
    "octets",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200OK\r\n\r\n",
        b"<html>\r\n\r\n</html>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\nContent-Length: 21\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2_0\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n",
        WITH_LENGTH + b"HTTP/1.1 200 OK\r\n",
        CHUNKED + b"x",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 300,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"T: x\r\n" * 4000,
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(101),
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 4000,
    ],
    ids=range(22),
)
def test_what_could_be_misread_is_refused(octets: bytes) -> None:
    with pytest.raises(ResponseError):
        read(octets)


@given(st.binary(max_size=200))
def test_any_octets_are_read_refused_or_waited_for(octets: bytes) -> None:
    with suppress(ResponseError):
        read(b"HTTP/1.1 200 OK\r\n" + octets)
