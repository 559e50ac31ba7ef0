"""SCRAM against the examples of its RFCs, another implementation, and bad clients."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import pytest
from auth.client import ScramClient
from auth.people import now
from hypothesis import given, settings
from hypothesis import strategies as st

from mailnode.auth.credentials import Scram
from mailnode.auth.keys import keys_of, salted_password
from mailnode.auth.sasl.exchange import Channel
from mailnode.auth.sasl.scram import Hello, prove, scram
from mailnode.errors import BadCredentials, SyntaxFault
from mailnode.interfaces.realm import ScramKeys

HASHES = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}
BINDING = {"tls-exporter": b"exported", "tls-server-end-point": b"hashed"}


def keys(
    mechanism: str, password: str, salt: bytes = b"sixteen octets!!", rounds: int = 4096
) -> ScramKeys:
    salted = salted_password(mechanism, password, salt, rounds)
    return keys_of(mechanism, salted, salt, rounds)


def channel(*, tls: bool = False, offers: bool | None = None) -> Channel:
    return Channel(
        binding=BINDING.get if tls else lambda _: None,
        offers_binding=tls if offers is None else offers,
        random=os.urandom,
    )


def held(
    client: ScramClient,
    mechanism: str = "SCRAM-SHA-256",
    *,
    password: str = "pencil",
    plus: bool = False,
    tls: bool = False,
    offers: bool | None = None,
) -> bool:
    async def exchange() -> bool:
        converse = scram(mechanism, plus=plus)
        credentials = await converse(client.ask, channel(tls=tls, offers=offers))
        return await credentials.prove(keys(mechanism, password))

    return now(exchange())


@pytest.mark.parametrize(
    ("mechanism", "nonces", "salt", "final", "verifier"),
    [
        (  # RFC 5802, 5
            "SCRAM-SHA-1",
            (b"fyko+d2lbbFgONRv9qkxdawL", b"3rfcNHYJY1ZVvWVs7j"),
            b"QSXCR+Q6sek8bf92",
            (
                b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
                b"p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
            ),
            b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        ),
        (  # RFC 7677, 3
            "SCRAM-SHA-256",
            (b"rOprNGfwEbeRWgbNEkqO", b"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"),
            b"W22ZaJ0SNY7soEsUEjb6gQ==",
            (
                b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
            ),
            b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ),
    ],
)
def test_the_examples_of_the_rfcs(
    mechanism: str,
    nonces: tuple[bytes, bytes],
    salt: bytes,
    final: bytes,
    verifier: bytes,
) -> None:
    client, server = nonces
    heard: list[bytes] = []

    async def ask(challenge: bytes) -> bytes:
        heard.append(challenge)
        return final if challenge.startswith(b"r=") else b""

    hello = Hello(b"n=user,r=" + client, client + server, b"n,,")
    kept = keys(mechanism, "pencil", b64decode(salt))
    assert now(prove(ask, HASHES[mechanism], hello, kept))
    assert heard == [b"r=%b%b,s=%b,i=4096" % (client, server, salt), verifier]


@pytest.mark.parametrize("mechanism", HASHES)
@pytest.mark.parametrize("kind", [None, *BINDING])
def test_both_sides_prove_themselves(mechanism: str, kind: str | None) -> None:
    client = ScramClient(HASHES[mechanism], "user", "pencil")
    if kind:
        client.gs2, client.binding = f"p={kind},,", BINDING[kind]
    assert held(client, mechanism, plus=kind is not None, tls=kind is not None)
    assert client.verified
    assert [each[:2] for each in client.challenges] == [b"", b"r=", b"v="]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
@settings(max_examples=40)
def test_a_name_may_hold_commas_and_equals_signs(username: str) -> None:
    username = username.replace("\0", ".")
    client = ScramClient("sha1", username, "pencil")
    converse = scram("SCRAM-SHA-1", plus=False)
    credentials = now(converse(client.ask, channel()))
    assert credentials.username == username.encode()
    assert now(credentials.prove(keys("SCRAM-SHA-1", "pencil", rounds=1)))
    assert client.verified


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
@settings(max_examples=40)
def test_a_password_is_proved_by_that_password_alone(password: str) -> None:
    kept = keys("SCRAM-SHA-256", "pencil", rounds=1)
    client = ScramClient("sha256", "user", password)
    credentials = now(scram("SCRAM-SHA-256", plus=False)(client.ask, channel()))
    assert now(credentials.prove(kept)) is (password == "pencil")


def test_no_nonce_comes_twice() -> None:
    nonces = set()
    for _ in range(50):
        client = ScramClient("sha256", "user", "pencil")
        assert held(client)
        nonces.add(client.challenges[1].split(b",")[0])
    assert len(nonces) == 50
    assert all(len(each) >= len(client.nonce) + 24 for each in nonces)


@pytest.mark.parametrize("mechanism", HASHES)
def test_a_wrong_password_is_an_invalid_proof(mechanism: str) -> None:
    client = ScramClient(HASHES[mechanism], "user", "pencils")
    assert not held(client, mechanism)
    assert client.challenges[-1] == b"e=invalid-proof"


def test_a_proof_of_another_length_is_wrong() -> None:
    async def ask(challenge: bytes) -> bytes:
        return (await client.ask(challenge)).partition(b"p=")[0] + b"p=YQ=="

    client = ScramClient("sha256", "user", "pencil")
    hello = Hello(client.bare().encode(), client.nonce.encode(), b"n,,")
    assert not now(prove(ask, "sha256", hello, keys("SCRAM-SHA-256", "pencil")))


@pytest.mark.parametrize(
    ("gs2", "options", "reason"),
    [
        # An attacker between us hid that we offer -PLUS (RFC 5802, 6).
        ("y,,", {"tls": True}, b"server-does-support-channel-binding"),
        ("n,,", {"tls": True, "plus": True}, b"channel-binding-not-supported"),
        ("y,,", {"tls": True, "plus": True}, b"channel-binding-not-supported"),
        ("p=tls-exporter,,", {"tls": True}, b"channel-binding-not-supported"),
        (
            "p=tls-unique,,",
            {"tls": True, "plus": True},
            b"unsupported-channel-binding-type",
        ),
        ("p=tls-exporter,,", {"plus": True}, b"unsupported-channel-binding-type"),
        ("n,a=bob,", {}, b"other-error"),
        ("n,a=b=ob,", {}, b"invalid-username-encoding"),
        ("n,,m=x,", {}, b"extensions-not-supported"),
    ],
)
def test_what_is_refused_at_once(
    gs2: str, options: dict[str, Any], reason: bytes
) -> None:
    client = ScramClient("sha256", "user", "pencil", gs2=gs2)
    with pytest.raises(BadCredentials):
        held(client, **options)
    assert client.challenges == [b"", b"e=" + reason]


def test_y_is_fine_when_we_offer_no_binding() -> None:
    assert held(ScramClient("sha256", "user", "pencil", gs2="y,,"))
    assert held(ScramClient("sha256", "user", "pencil", gs2="n,,"), tls=True)
    assert held(ScramClient("sha256", "user", "pencil", gs2="n,a=user,"))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"binding": b"of another channel"}, b"channel-bindings-dont-match"),
        ({"twist": (b"r=rOpr", b"r=rOpx")}, b"other-error"),
        ({"twist": (b",p=", b",x=y,p=")}, b"invalid-proof"),
    ],
)
def test_what_is_refused_in_the_end(changed: dict[str, Any], reason: bytes) -> None:
    client = ScramClient("sha256", "user", "pencil", gs2="p=tls-exporter,,", **changed)
    if "binding" not in changed:
        client.binding = BINDING["tls-exporter"]
    assert not held(client, tls=True, plus=True)
    assert client.challenges[-1] == b"e=" + reason


def test_the_header_is_bound_too() -> None:
    """Nobody can turn y into n on the way (RFC 5802, 6)."""
    client = ScramClient("sha256", "user", "pencil", gs2="n,,")
    client.twist = (b"c=biws", b"c=eSws")
    assert not held(client)
    assert client.challenges[-1] == b"e=channel-bindings-dont-match"


FIRST = [
    b"",
    b"n,,",
    b"n,,n=,r=abc",
    b"n,,n=user,r=",
    b"n,,r=abc,n=user",
    b"x,,n=user,r=abc",
    b"n,n=user,r=abc",
    b"p=,,n=user,r=abc",
    b"p=a b,,n=user,r=abc",
    b"n,,n=us\0er,r=abc",
    b"n,,n=user,r=a\x7fc",
    b"n,,n=user,r=abc,",
    b"n,,n=user,r=abc,xyz",
    b"n,,n=user,r=abc\r\n",
]


@pytest.mark.parametrize("first", FIRST)
def test_what_is_no_first_message(first: bytes) -> None:
    with pytest.raises(SyntaxFault) as fault:
        now(scram("SCRAM-SHA-1", plus=False)(answering(first), channel()))
    assert fault.value.wanted == "client-first-message"


@pytest.mark.parametrize("name", [b"a=b", b"a=2cb", b"a=3db", b"a=", b"="])
def test_names_are_encoded_as_they_should(name: bytes) -> None:
    first = b"n,,n=%b,r=abc" % name
    with pytest.raises(BadCredentials):
        now(scram("SCRAM-SHA-1", plus=False)(answering(first, b""), channel()))


@pytest.mark.parametrize(
    "final",
    [
        b"",
        b"c=biws",
        b"c=biws,r=abc",
        b"c=biws,p=YQ==",
        b"r=abc,c=biws,p=YQ==",
        b"c=,r=abc,p=YQ==",
        b"c=biws,r=abc,p=",
        b"c=bi*s,r=abc,p=YQ==",
        b"c=biws,r=abc,p=Y",
        b"c=b=,r=abc,p=YQ==",
        b"c=biws,r=abc,p=YQ==,x=y",
    ],
)
def test_what_is_no_final_message(final: bytes) -> None:
    hello = Hello(b"n=user,r=abc", b"abc", b"n,,")
    with pytest.raises(SyntaxFault):
        now(prove(answering(final), "sha1", hello, keys("SCRAM-SHA-1", "x")))


def test_a_client_may_star_out_of_a_refusal() -> None:
    async def ask(challenge: bytes) -> bytes:
        if challenge.startswith(b"e="):
            raise SyntaxFault("no cancellation")
        return await client.ask(challenge)

    client = ScramClient("sha256", "user", "wrong")
    credentials = now(scram("SCRAM-SHA-256", plus=False)(ask, channel()))
    assert not now(credentials.prove(keys("SCRAM-SHA-256", "pencil")))


def test_the_last_response_is_empty() -> None:
    async def ask(challenge: bytes) -> bytes:
        answer = await client.ask(challenge)
        return b"more" if challenge.startswith(b"v=") else answer

    client = ScramClient("sha256", "user", "pencil")
    credentials = now(scram("SCRAM-SHA-256", plus=False)(ask, channel()))
    with pytest.raises(SyntaxFault):
        now(credentials.prove(keys("SCRAM-SHA-256", "pencil")))


@given(st.binary(max_size=200))
def test_no_octets_are_an_accident(octets: bytes) -> None:
    for message in (octets, b"n,,n=user,r=" + octets, b"n,," + octets):
        try:
            found = now(
                scram("SCRAM-SHA-1", plus=False)(answering(message, b""), channel())
            )
        except (SyntaxFault, BadCredentials):
            continue
        assert isinstance(found, Scram)


def answering(*answers: bytes) -> Callable[[bytes], Any]:
    waiting = list(answers)

    async def ask(_: bytes) -> bytes:
        return waiting.pop(0)

    return ask


@pytest.mark.parametrize("mechanism", HASHES)
@pytest.mark.parametrize("kind", [None, "tls-server-end-point"])
def test_scramp_agrees(mechanism: str, kind: str | None) -> None:
    scramp = pytest.importorskip("scramp")
    name = mechanism + ("-PLUS" if kind else "")
    binding = (kind, BINDING[kind]) if kind else None
    client = scramp.ScramClient([name], "user", "pencil", channel_binding=binding)
    seen = []

    async def ask(challenge: bytes) -> bytes:
        seen.append(challenge)
        if challenge == b"":
            return str(client.get_client_first()).encode()
        if challenge.startswith(b"r="):
            client.set_server_first(challenge.decode())
            return str(client.get_client_final()).encode()
        client.set_server_final(challenge.decode())
        return b""

    bound = channel(tls=kind is not None)
    credentials = now(scram(mechanism, plus=kind is not None)(ask, bound))
    assert now(credentials.prove(keys(mechanism, "pencil")))
    assert seen[-1].startswith(b"v=")


def test_the_keys_do_not_show() -> None:
    kept = keys("SCRAM-SHA-256", "pencil")
    credentials = Scram(b"user", "SCRAM-SHA-256", lambda _: pytest.fail("never"))
    for shown in (repr(kept), repr(credentials), str(credentials)):
        assert b64encode(kept.stored_key).decode() not in shown
        assert repr(kept.stored_key) not in shown
        assert "user" not in shown
