"""The gate: everyone passes here, and hears the same when he may not."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from auth.client import ScramClient
from auth.people import House, People, Plain, now
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ICredentials, IUsernamePassword
from twisted.cred.error import LoginDenied, UnauthorizedLogin
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.logger import ILogObserver, LogEvent, eventAsText, globalLogPublisher
from zope.interface import implementer, provider

from mailnode.auth.checkers import RealmChecker
from mailnode.auth.domains import Department, portal
from mailnode.auth.gate import Gate
from mailnode.auth.realm import Deliveries
from mailnode.auth.throttle import ACCOUNT, Allowance, Throttle
from mailnode.errors import (
    BadCredentials,
    Cancelled,
    NotFound,
    PeerGone,
    PrivacyRequired,
    SyntaxFault,
    Throttled,
    Unavailable,
)
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.delivery import IDelivery
from mailnode.interfaces.peer import IPeer
from mailnode.testing import FakePeer, MemoryDelivery

PASSWORDS = {"ana@example.org": "faminta", "bob@example.org": "secret"}
PLUS = [b"SCRAM-SHA-256-PLUS", b"SCRAM-SHA-1-PLUS"]
SCRAM = [b"SCRAM-SHA-256", b"SCRAM-SHA-1"]
PLAIN = [b"PLAIN", b"LOGIN"]


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[str]]:
    """Everything that is logged, which is never a secret."""
    events: list[str] = []

    @provider(ILogObserver)
    def observe(event: LogEvent) -> None:
        events.append(f"{eventAsText(event)} {event!r}")

    observer = ILogObserver(observe)
    globalLogPublisher.addObserver(observer)
    yield events
    globalLogPublisher.removeObserver(observer)
    for event in events:
        assert "faminta" not in event
        assert "secret" not in event


def peer(*, secure: bool = False, local: bool = False, number: int = 1) -> FakePeer:
    address = "127.0.0.1" if local else f"192.0.2.{number}"
    made = FakePeer(address=address, local=local)
    made.secure = secure
    return made


def made(directory: Any = None, **options: Any) -> tuple[Gate, People]:
    people = directory or People(PASSWORDS)
    house = House(people)
    department = Department(house.realm(people), [RealmChecker()])
    way_in = portal(
        department,
        {},
        lambda *_: MemoryDelivery(house.store, {}),
        default_domain="example.org",
    )
    throttle = Throttle(lambda: 0, **options.pop("allow", {}))
    return Gate(way_in, throttle, default_domain="example.org", **options), people


def entered(gate: Gate, user: bytes, password: bytes, peer: IPeer) -> str:
    return now(gate.password(user, password, peer, IMailAccount)).name


def asking(*answers: bytes) -> Callable[[bytes], Any]:
    waiting = list(answers)

    async def ask(_: bytes) -> bytes:
        return waiting.pop(0)

    return ask


def sasl(
    gate: Gate, mechanism: bytes, ask: Any, peer: IPeer, initial: bytes | None = None
) -> str:
    return now(gate.sasl(mechanism, ask, initial, peer, IMailAccount)).name


@pytest.mark.parametrize(
    ("plaintext", "secure", "local", "admitted"),
    [
        ("never", False, False, False),
        ("never", False, True, False),
        ("never", True, False, True),
        ("loopback", False, False, False),
        ("loopback", False, True, True),
        ("loopback", True, False, True),
        ("always", False, False, True),
    ],
)
def test_where_passwords_may_be_said(
    plaintext: str, secure: bool, local: bool, admitted: bool
) -> None:
    gate, _ = made(plaintext=plaintext)
    client = peer(secure=secure, local=local)
    assert gate.admits_passwords(client) is admitted
    offered = (PLUS if secure else []) + SCRAM + (PLAIN if admitted else [])
    assert gate.mechanisms(client) == offered
    if admitted:
        assert entered(gate, b"ana", b"faminta", client) == "ana@example.org"
        return
    with pytest.raises(PrivacyRequired):
        entered(gate, b"ana", b"faminta", client)
    for mechanism in PLAIN:
        with pytest.raises(PrivacyRequired):
            sasl(gate, mechanism, asking(), client)


def test_another_word_for_plaintext_is_refused() -> None:
    with pytest.raises(ValueError, match="never, loopback, always"):
        made(plaintext="sometimes")


def test_only_what_can_be_checked_is_on_offer() -> None:
    gate, _ = made(Plain(PASSWORDS))
    assert gate.mechanisms(peer(secure=True)) == PLAIN
    with pytest.raises(NotFound):
        sasl(gate, b"SCRAM-SHA-256", asking(), peer(secure=True))
    nobody = Gate(
        Portal(IRealm(House(Plain({})).realm(Plain({})))), Throttle(lambda: 0)
    )
    assert not nobody.admits_passwords(peer(secure=True))
    assert nobody.mechanisms(peer(secure=True)) == []
    with pytest.raises(NotFound):
        sasl(nobody, b"PLAIN", asking(), peer(secure=True))


def test_binding_needs_a_channel_that_can() -> None:
    gate, _ = made()
    client = peer(secure=True)
    client.channel_binding = lambda _: None  # type: ignore[assignment,method-assign]  # an odd channel
    assert gate.mechanisms(client) == SCRAM + PLAIN
    with pytest.raises(NotFound):
        sasl(gate, PLUS[0], asking(), client)
    with pytest.raises(NotFound):
        sasl(gate, PLUS[0], asking(), peer())


def test_plain_and_login() -> None:
    gate, _ = made()
    client = peer(secure=True)
    message = b64encode(b"\0ana\0faminta")
    assert sasl(gate, b"PLAIN", asking(message), client) == "ana@example.org"
    assert sasl(gate, b"plain", asking(), client, message) == "ana@example.org"
    words = b64encode(b"bob"), b64encode(b"secret")
    assert sasl(gate, b"LOGIN", asking(*words), client) == "bob@example.org"
    with pytest.raises(BadCredentials):
        sasl(gate, b"LOGIN", asking(words[0], words[0]), client)
    with pytest.raises(NotFound):
        sasl(gate, b"CRAM-MD5", asking(), client)


@pytest.mark.parametrize("mechanism", SCRAM + PLUS)
def test_scram(mechanism: bytes) -> None:
    gate, _ = made()
    client = peer(secure=mechanism in PLUS)
    hash_name = "sha256" if b"256" in mechanism else "sha1"
    speaker = ScramClient(hash_name, "Ana", "faminta")
    if mechanism in PLUS:
        speaker.gs2, speaker.binding = "p=tls-exporter,,", b"tls-exporter"
    assert sasl(gate, mechanism, speaker.speak, client) == "ana@example.org"
    assert speaker.verified
    speaker.password = "wrong"
    with pytest.raises(BadCredentials):
        sasl(gate, mechanism, speaker.speak, client)
    assert speaker.challenges[-1] == b"e=invalid-proof"


def test_scram_with_an_initial_response() -> None:
    gate, _ = made()
    speaker = ScramClient("sha256", "ana", "faminta")
    initial = b64encode(f"n,,{speaker.bare()}".encode())
    assert sasl(gate, SCRAM[0], speaker.speak, peer(), initial) == "ana@example.org"
    assert [each[:2] for each in speaker.challenges] == [b"r=", b"v="]


def test_hidden_plus_is_found_out() -> None:
    gate, _ = made()
    speaker = ScramClient("sha256", "ana", "faminta", gs2="y,,")
    with pytest.raises(BadCredentials):
        sasl(gate, SCRAM[0], speaker.speak, peer(secure=True))
    assert speaker.challenges[-1] == b"e=server-does-support-channel-binding"
    assert sasl(gate, SCRAM[0], speaker.speak, peer()) == "ana@example.org"


def test_what_a_client_does_wrong_is_said_as_it_is() -> None:
    gate, _ = made()
    client = peer(secure=True)
    with pytest.raises(Cancelled):
        sasl(gate, b"PLAIN", asking(b"*"), client)
    with pytest.raises(SyntaxFault):
        sasl(gate, b"PLAIN", asking(b"!"), client)
    with pytest.raises(SyntaxFault):
        sasl(gate, b"PLAIN", asking(), client, b"=")
    first = b64encode(b"n,,n=ana,r=abc")
    with pytest.raises(Cancelled):
        sasl(gate, SCRAM[0], asking(first, b"*"), client)
    with pytest.raises(SyntaxFault):
        sasl(gate, SCRAM[0], asking(first, b64encode(b"nonsense")), client)


def test_a_peer_that_goes_is_gone() -> None:
    async def ask(challenge: bytes) -> bytes:
        if challenge:
            raise PeerGone
        return b64encode(b"n,,n=ana,r=abc")

    gate, _ = made()
    with pytest.raises(PeerGone):
        sasl(gate, SCRAM[0], ask, peer())


def test_unknown_people_hear_and_cost_the_same(logged: list[str]) -> None:
    gate, people = made()
    heard, cost = [], []
    for user in (b"ana", b"nobody", b"", b"\xff", b"ana@elsewhere.example"):
        people.inline.done = 0
        with pytest.raises(BadCredentials) as refusal:
            entered(gate, user, b"wrong", peer(secure=True))
        heard.append((type(refusal.value), str(refusal.value)))
        cost.append(people.inline.done)
    assert len(set(heard)) == 1
    assert set(cost) == {1}
    texts = {event.split("{")[0] for event in logged}
    assert not any("nobody" in text for text in texts)


def test_unknown_people_are_talked_to_the_same_in_scram() -> None:
    gate, _ = made()
    shapes = []
    for user in ("ana", "bob", "nobody", "nobody"):
        speaker = ScramClient("sha256", user, "wrong")
        with pytest.raises(BadCredentials):
            sasl(gate, SCRAM[0], speaker.speak, peer())
        first, last = speaker.challenges[1:]
        fields = dict(each.split(b"=", 1) for each in first.split(b","))
        shapes.append((len(b64decode(fields[b"s"])), fields[b"i"], last))
    assert len(set(shapes)) == 1


def test_guessing_is_put_off_without_trying() -> None:
    gate, people = made()
    for _ in range(ACCOUNT.burst):
        with pytest.raises(BadCredentials):
            entered(gate, b"ana", b"wrong", peer(secure=True))
    done = people.inline.done
    assert done == ACCOUNT.burst
    for user in (b"ana", b"ANA@example.org", b"ana@EXAMPLE.org"):
        with pytest.raises(Throttled):
            entered(gate, user, b"faminta", peer(secure=True, number=2))
    speaker = ScramClient("sha256", "ana", "faminta")
    with pytest.raises(Throttled):
        sasl(gate, SCRAM[0], speaker.speak, peer(number=3))
    assert speaker.challenges == [b""]
    assert people.inline.done == done
    assert entered(gate, b"bob", b"secret", peer(secure=True, number=4))


def test_the_owner_is_let_in_while_strangers_guess() -> None:
    gate, _ = made()
    home = peer(secure=True)
    assert entered(gate, b"ana", b"faminta", home)
    for number in range(2, 2 + ACCOUNT.burst):
        with pytest.raises(BadCredentials):
            entered(gate, b"ana", b"wrong", peer(secure=True, number=number))
    with pytest.raises(Throttled):
        entered(gate, b"ana", b"faminta", peer(secure=True, number=99))
    assert entered(gate, b"ana", b"faminta", home)


@implementer(ICredentialsChecker)
class Fails:
    credentialInterfaces = (IUsernamePassword,)

    def __init__(self, reason: Exception) -> None:
        self.reason = reason
        self.asked = 0

    def requestAvatarId(self, credentials: ICredentials) -> Deferred[Any]:
        self.asked += 1
        return fail(self.reason)


def failing(reason: Exception, **options: Any) -> tuple[Gate, Fails]:
    checker = Fails(reason)
    directory = Plain(PASSWORDS)
    way_in = Portal(IRealm(House(directory).realm(directory)), [checker])
    return Gate(way_in, Throttle(lambda: 0, **options)), checker


def test_what_goes_wrong_is_logged_without_secrets(logged: list[str]) -> None:
    gate, _ = failing(RuntimeError("cannot bind as ana with faminta"))
    with pytest.raises(Unavailable) as trouble:
        entered(gate, b"ana", b"faminta", peer(secure=True))
    assert trouble.value.__cause__ is None
    assert trouble.value.__suppress_context__
    assert any("RuntimeError at " in event for event in logged)


def test_what_could_not_be_checked_does_not_count_as_a_guess() -> None:
    gate, checker = failing(RuntimeError(), account=Allowance(1, 1000))
    for _ in range(3):
        with pytest.raises(Unavailable):
            entered(gate, b"ana", b"faminta", peer(secure=True))
    assert checker.asked == 3


@pytest.mark.parametrize(
    ("reason", "translated"),
    [
        (UnauthorizedLogin(), BadCredentials),
        (LoginDenied(), BadCredentials),
        (NotFound("the directory has no such table"), Unavailable),
        (Unavailable("later"), Unavailable),
        (CancelledError(), CancelledError),
        (PeerGone(), PeerGone),
    ],
)
def test_refusals_are_translated(
    reason: Exception, translated: type[Exception]
) -> None:
    gate, _ = failing(reason)
    with pytest.raises(translated):
        entered(gate, b"ana", b"faminta", peer(secure=True))


def test_a_stranger_may_bring_mail_but_has_none() -> None:
    gate, _ = made()
    assert isinstance(now(gate.stranger(peer(), IDelivery)), MemoryDelivery)
    with pytest.raises(BadCredentials):
        now(gate.stranger(peer(), IMailAccount))


LOCAL = {"root": "ana@example.org", "ghost": "ghost@example.org", "": "bob@example.org"}


def behind_a_socket(user: str | None) -> FakePeer:
    client = peer(local=True)
    client.address, client.user = "unix", user
    return client


def test_whom_the_system_vouches_for_needs_no_password() -> None:
    gate, _ = made(local_users=LOCAL)
    client = behind_a_socket("root")
    assert gate.mechanisms(client)[0] == b"EXTERNAL"
    assert sasl(gate, b"EXTERNAL", asking(b""), client) == "ana@example.org"
    assert sasl(gate, b"external", asking(), client, b"=") == "ana@example.org"
    ana = b64encode(b"ana@example.org")
    assert sasl(gate, b"EXTERNAL", asking(), client, ana) == "ana@example.org"
    with pytest.raises(BadCredentials):
        sasl(gate, b"EXTERNAL", asking(), client, b64encode(b"bob@example.org"))


@pytest.mark.parametrize("user", [None, "", "bob", "ana@example.org"])
def test_nobody_else_is_vouched_for(user: str | None) -> None:
    gate, _ = made(local_users=LOCAL)
    client = behind_a_socket(user)
    assert b"EXTERNAL" not in gate.mechanisms(client)
    with pytest.raises(NotFound):
        sasl(gate, b"EXTERNAL", asking(b""), client)


def test_who_is_vouched_for_must_live_here() -> None:
    gate, _ = made(local_users=LOCAL)
    with pytest.raises(BadCredentials):
        sasl(gate, b"EXTERNAL", asking(b""), behind_a_socket("ghost"))


def test_the_peer_is_the_mind() -> None:
    minds: list[object] = []
    people = Plain(PASSWORDS)
    house = House(people)

    def way_in(_: object, mind: object, _person: object) -> MemoryDelivery:
        minds.append(mind)
        return MemoryDelivery(house.store, {})

    deliveries: Deliveries = way_in
    from mailnode.auth.realm import MailRealm  # noqa: PLC0415

    realm = MailRealm(people, house.store, deliveries)
    gate = Gate(portal(Department(realm, []), {}, deliveries), Throttle(lambda: 0))
    client = peer()
    now(gate.stranger(client, IDelivery))
    assert minds == [client]


def test_logouts_are_handed_on() -> None:
    told: list[tuple[IPeer, Callable[[], None]]] = []
    gate, _ = made(entered=lambda *both: told.append(both))
    client = peer(secure=True)
    entered(gate, b"ana", b"faminta", client)
    ((who, logout),) = told
    assert who is client
    logout()


def test_those_who_get_in_are_named(logged: list[str]) -> None:
    gate, _ = made()
    entered(gate, b"ana", b"faminta", peer(secure=True))
    assert any("ana@example.org from 192.0.2.1, password" in event for event in logged)


def test_a_password_typed_for_a_name_is_not_logged(logged: list[str]) -> None:
    gate, _ = made()
    with pytest.raises(BadCredentials):
        entered(gate, b"faminta", b"ana", peer(secure=True))
    assert any("refused" in event for event in logged)
