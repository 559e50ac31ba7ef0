"""Signing in to a server that runs: the cookie, and what a new password ends."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

from live.asynchronous import live
from live.server import PASSWORD, Server
from live.test_http import BOUND, basic, secure
from twisted.internet.threads import deferToThread

Stream = tuple[HTTPConnection, HTTPResponse]
OURS = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}


def signed_in(client: HTTPConnection) -> tuple[str, dict[str, str]]:
    """The name of the cookie that ana is given, and what she says from then on."""
    said = json.dumps({"user": "ana@example.org", "password": PASSWORD})
    client.request("POST", "/auth/session", said, OURS)
    response = client.getresponse()
    assert response.status == 200, response.read()
    assert json.loads(response.read())["name"] == "ana@example.org"
    cookie = response.headers["Set-Cookie"].partition(";")[0]
    return cookie.partition("=")[0], OURS | {"Cookie": cookie}


def status(client: HTTPConnection, path: str, fields: dict[str, str]) -> int:
    """What becomes of a request."""
    client.request("GET", path, headers=fields)
    response = client.getresponse()
    response.read()
    return response.status


@live
async def test_a_cookie_by_tls_and_on_this_host(server: Server) -> None:
    def talk() -> None:
        plain = HTTPConnection("127.0.0.1", server.http, timeout=BOUND)
        ways = ((secure(server), "__Host-mailnode"), (plain, "mailnode"))
        for client, wanted in ways:
            name, signed = signed_in(client)
            assert name == wanted
            assert status(client, "/jmap/session", signed) == 200
            assert status(client, "/auth/sessions", signed) == 200
            foreign = signed | {"Sec-Fetch-Site": "cross-site"}
            assert status(client, "/jmap/session", foreign) == 403
            assert status(client, "/webmail/body/M1-999", signed) == 404
            client.close()

    await deferToThread(talk)


@live
async def test_a_new_password_ends_sessions_and_streams(own_server: Server) -> None:
    server = own_server

    def begun() -> tuple[HTTPConnection, dict[str, str], list[Stream]]:
        client = HTTPConnection("127.0.0.1", server.http, timeout=BOUND)
        _, signed = signed_in(client)
        client.request("GET", "/jmap/session", headers=signed)
        told = json.loads(client.getresponse().read())
        where = urlsplit(told["eventSourceUrl"]).path
        streams = []
        for who in (signed, basic()):
            wire = HTTPConnection("127.0.0.1", server.http, timeout=BOUND)
            wire.request("GET", f"{where}?types=*&closeafter=no&ping=0", headers=who)
            streams.append((wire, wire.getresponse()))
        return client, signed, streams

    client, signed, streams = await deferToThread(begun)
    assert [response.status for _, response in streams] == [200, 200]
    words = ("user", "password", "ana@example.org", "--password-stdin")
    await server.ctl(*words, said="another\n")
    for wire, response in streams:
        await deferToThread(response.read)  # It ends.
        wire.close()
    assert await deferToThread(status, client, "/jmap/session", signed) == 401
    client.close()
