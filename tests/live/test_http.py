"""HTTP by a client of Python's own, and by clients that mean harm."""

from __future__ import annotations

import json
import socket
import ssl
from base64 import b64encode
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any

from live.asynchronous import live
from live.server import PASSWORD, Server
from live.test_memory import MEGABYTE, held
from twisted.internet.threads import deferToThread

BOUND = 30.0
UPLOADS = 40
GROWTH = 40 * MEGABYTE
"""Of what is held while 360 MB come in; two requests are read in memory at a time."""
CORE = "urn:ietf:params:jmap:core"


def basic(password: str = PASSWORD) -> dict[str, str]:
    """The field in which ana says who she is."""
    said = b64encode(f"ana@example.org:{password}".encode()).decode()
    return {"Authorization": f"Basic {said}"}


def secure(server: Server) -> HTTPSConnection:
    """A connection under TLS, to a server whose certificate we trust."""
    context = ssl.create_default_context(
        cafile=server.home / "data" / "tls" / "certificate.pem"
    )
    context.check_hostname = False  # It is for mail.example.org.
    return HTTPSConnection("127.0.0.1", server.https, timeout=BOUND, context=context)


def heard(response: HTTPResponse) -> tuple[int, Any]:
    """Its status, and its content as JSON."""
    return response.status, json.loads(response.read())


def echoed(client: HTTPConnection, arguments: object) -> tuple[int, Any]:
    """What comes of one Core/echo."""
    asked = {"using": [CORE], "methodCalls": [["Core/echo", arguments, "a"]]}
    fields = basic() | {"Content-Type": "application/json"}
    client.request("POST", "/jmap/api", json.dumps(asked).encode(), fields)
    return heard(client.getresponse())


@live
async def test_a_session_and_some_calls(server: Server) -> None:
    def talk(client: HTTPConnection, scheme: str) -> None:
        client.request("GET", "/.well-known/jmap", headers=basic())
        found = client.getresponse()
        found.read()
        assert found.status == 307
        client.request("GET", found.headers["Location"], headers=basic())
        status, session = heard(client.getresponse())
        assert status == 200
        assert session["username"] == "ana@example.org"
        assert session["apiUrl"].startswith(f"{scheme}://127.0.0.1:")
        assert session["apiUrl"].endswith("/jmap/api")
        for number in range(50):
            status, told = echoed(client, {"n": number})
            assert status == 200
            assert told["methodResponses"] == [["Core/echo", {"n": number}, "a"]]
            assert told["sessionState"] == session["state"]
        client.close()

    plain = HTTPConnection("127.0.0.1", server.http, timeout=BOUND)
    await deferToThread(talk, plain, "http")
    await deferToThread(talk, secure(server), "https")


@live
async def test_a_password_that_was_changed_is_of_no_use_at_once(
    own_server: Server,
) -> None:
    server = own_server
    client = HTTPConnection("127.0.0.1", server.http, timeout=BOUND)

    def status(password: str) -> int:
        client.request("GET", "/jmap/session", headers=basic(password))
        response = client.getresponse()
        response.read()
        return response.status

    for _ in range(3):
        assert await deferToThread(status, PASSWORD) == 200
    words = ("user", "password", "ana@example.org", "--password-stdin")
    await server.ctl(*words, said="another\n")
    assert await deferToThread(status, PASSWORD) == 401
    assert await deferToThread(status, "another") == 200
    await server.ctl("user", "remove", "ana@example.org")
    assert await deferToThread(status, "another") == 401
    client.close()


def raw(port: int, octets: bytes) -> bytes:
    """What is answered to some octets, until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), BOUND) as wire:
        wire.sendall(octets)
        said = b""
        while piece := wire.recv(65536):
            said += piece
        return said


def post(content: bytes, length: int = -1) -> bytes:
    """A request with some content, of which less may come than it says."""
    size = len(content) if length < 0 else length
    head = (
        "POST /jmap/api HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        f"Authorization: {basic()['Authorization']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    )
    return head.encode() + content


@live
async def test_harm_in_json_is_answered_in_flat_memory(own_server: Server) -> None:
    server = own_server
    before = held(server.pid)
    nest = b"[" * 100_000
    many = b"[" + b"[]," * 3_000_000 + b"0]"
    long = b'["' + b"x" * 9_000_000
    for content, wanted in ((nest, b"notJSON"), (many, b"limit"), (long, b"notJSON")):
        for _ in range(3):
            said = await deferToThread(raw, server.http, post(content))
            assert said.startswith(b"HTTP/1.1 400 "), said
            assert b"urn:ietf:params:jmap:error:" + wanted in said
    growth = held(server.pid, "VmHWM") - before
    assert growth < 2 * GROWTH, f"{growth / MEGABYTE:.1f} MB"
    client = HTTPConnection("127.0.0.1", server.http, timeout=BOUND)
    assert (await deferToThread(echoed, client, {}))[0] == 200
    client.close()


@live
async def test_uploads_that_do_not_end_are_held_in_flat_memory(
    own_server: Server,
) -> None:
    server = own_server

    def upload() -> int:
        before = held(server.pid)
        wires = []
        try:
            for _ in range(UPLOADS):
                wire = socket.create_connection(("127.0.0.1", server.http), BOUND)
                wires.append(wire)
                wire.sendall(post(b" " * 9_000_000, 9_500_000))
            client = HTTPConnection("127.0.0.1", server.http, timeout=BOUND)
            assert echoed(client, {})[0] == 200
            client.close()
            return held(server.pid) - before
        finally:
            for wire in wires:
                wire.close()

    growth = await deferToThread(upload)
    assert growth < GROWTH, f"{growth / MEGABYTE:.1f} MB"


@live
async def test_what_is_too_large_is_refused_before_it_comes(server: Server) -> None:
    def refused(octets: bytes) -> bytes:
        return raw(server.http, octets)

    said = await deferToThread(refused, post(b"x" * 300_000, 10**9))
    assert said.startswith(b"HTTP/1.1 413 "), said
    assert said.endswith(b"}")
    said = await deferToThread(refused, b"GET / HTTP/1.1\r\nX: " + b"x" * 500_000)
    assert said.startswith(b"HTTP/1.1 431 "), said


@live
async def test_idle_clients_do_not_keep_it_from_stopping(own_server: Server) -> None:
    server = own_server
    wires = [secure(server), HTTPConnection("127.0.0.1", server.http, timeout=BOUND)]

    def idle() -> None:
        for each in wires:
            assert echoed(each, {})[0] == 200

    await deferToThread(idle)
    await server.stop()
    assert await deferToThread(wires[1].sock.recv, 1) == b""
    for each in wires:
        each.close()
