"""The realm of docs/examples/people, built and installed where nothing else is."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

pytest.importorskip("pip")
ROOT = Path(__file__).parents[2]
DISTRIBUTION = ("mailnode", "twisted", "setup.cfg", "pyproject.toml", "LICENSE")
PEOPLE = """name,hash,aliases
ana@example.org,{ana},info@example.org sales@example.org
bob@example.org,{bob},
"""
PROGRAM = """
import sys

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from zope.interface import implementer

import mailnode
from mailnode.auth import realms
from mailnode.auth.checkers import RealmCheckerFactory
from mailnode.auth.domains import Department, portal
from mailnode.auth.gate import Gate
from mailnode.auth.realm import MailRealm
from mailnode.auth.throttle import Throttle
from mailnode.delivery.acceptance import Acceptance
from mailnode.delivery.aliases import Aliases
from mailnode.delivery.directions import Directions
from mailnode.delivery.inbound import Inbound
from mailnode.delivery.rates import Meter, Rates
from mailnode.delivery.submission import Submission, SubmissionAgent, SubmissionOptions
from mailnode.errors import BadCredentials, NotFound, NotLocal, NotPermitted
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.delivery import IDelivery
from mailnode.interfaces.realm import IHouse
from mailnode.model.envelope import Address, Origin, Recipient, Sender
from mailnode.testing import FakePeer, MemoryQueue, MemoryStore, MemoryTrail

clock = lambda: 1_700_000_000_000


@implementer(IHouse)
class House:
    def __init__(self):
        self.store = MemoryStore()
        self.acceptance = Acceptance(self.store, MemoryQueue(clock))
        self.directory = None

    def realm(self, directory):
        return MailRealm(directory, self.store, self.deliveries)

    def deliveries(self, directory, mind, person):
        directions = Directions(Aliases(directory, home="example.org"), self.store)
        if person is not None:
            return Submission(person.name, self.agent(directions))
        return Inbound(directions, self.acceptance, MemoryTrail(),
                       hostname="mail.example.org", clock=clock,
                       chance=lambda octets: b"x" * octets)

    def agent(self, directions):
        meter = Meter("messages", [], clock)
        return SubmissionAgent(
            directions=directions, acceptance=self.acceptance,
            trail=MemoryTrail(), clock=clock,
            rates=Rates(messages=meter, recipients=meter, from_network=meter),
            options=SubmissionOptions(hostname="mail.example.org"),
            chance=lambda octets: b"x" * octets,
        )


async def octets(text):
    yield text


async def refused(error, work):
    try:
        await work
    except error:
        return
    raise AssertionError(f"{error.__name__} expected")


async def main(reactor, path):
    house = House()
    for text in ("poeple:" + path, "people:" + path + "x"):
        try:
            realms.realm(text, house)
        except ValueError as complaint:
            print(complaint)
    realm = realms.realm("people:" + path, house)
    main = Department(realm, [RealmCheckerFactory().generateChecker("")])
    way_in = portal(main, {}, house.deliveries, default_domain="example.org")
    gate, peer = Gate(way_in, Throttle(clock), default_domain="example.org"), FakePeer()
    peer.secure = True
    for user, password in ((b"ana", b"faminta"), (b"Bob@Example.org", b"secret")):
        account = await gate.password(user, password, peer, IMailAccount)
        print(account.name, b" ".join(gate.mechanisms(peer)).decode())
    for user, password in ((b"ana", b"secret"), (b"nobody", b"faminta")):
        await refused(
            BadCredentials, gate.password(user, password, peer, IMailAccount)
        )
    way = await gate.stranger(peer, IDelivery)
    origin = Origin("ESMTP", "client.example.net", peer.address)
    letter = await way.sender(Sender(Address("eva", "example.net")), origin)
    for local in ("ana", "Bob", "info", "ana+news"):
        await letter.recipient(Recipient(Address(local, "example.org")))
    stranger = Recipient(Address("nobody", "example.org"))
    await refused(NotFound, letter.recipient(stranger))
    relayed = Recipient(Address("eva", "example.net"))
    await refused(NotLocal, letter.recipient(relayed))
    await letter.abandon()
    way = await gate.password(b"ana", b"faminta", peer, IDelivery)
    bob = Sender(Address("bob", "example.org"))
    await refused(NotPermitted, way.sender(bob, origin))
    letter = await way.sender(Sender(Address("info", "example.org")), origin)
    await letter.recipient(relayed)
    assert await letter.content(octets(b"Subject: out\\r\\n\\r\\n")) == [None]
    (entry,) = await house.acceptance.queue.entries()
    print(entry.envelope.account, entry.envelope.targets[0].destination)
    print("installed in", mailnode.__file__)


react(lambda reactor: Deferred.fromCoroutine(main(reactor, sys.argv[1])))
"""


def pbkdf2(password: str) -> str:
    salt, rounds = b"sixteen octets!!", 1000
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    return f"{rounds}${salt.hex()}${digest.hex()}"


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copied(folder: Path) -> tuple[Path, Path]:
    """Both packages apart from the checkout, which a build would litter."""
    litter = shutil.ignore_patterns(
        "__pycache__", "build", "*.egg-info", "dropin.cache"
    )
    (folder / "mailnode").mkdir()
    for name in (*DISTRIBUTION, "README.md"):
        source, target = ROOT / name, folder / "mailnode" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=litter)
        elif source.exists():
            shutil.copy(source, target)
    example = ROOT / "docs" / "examples" / "people"
    shutil.copytree(example, folder / "people", ignore=litter)
    return folder / "mailnode", folder / "people"


def environment(folder: Path) -> Path:
    """A fresh environment that borrows our dependencies, and nothing of ours.

    Folders that a .pth file adds are not searched for .pth files in turn, so a
    development install of mailnode is not seen from there.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    purelib = sysconfig.get_path("purelib", vars={"base": str(folder)})
    (Path(purelib) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    interpreter = environment(folder / "venv")
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet"]
    for package in copied(folder):
        pip = (sys.executable, "-m", "pip", "--python", interpreter, "install")
        run(*pip, *options, "--ignore-installed", package, cwd=folder)
    return interpreter


def test_the_example_is_a_realm_like_any_other(python: Path, tmp_path: Path) -> None:
    people = PEOPLE.format(ana=pbkdf2("faminta"), bob=pbkdf2("secret"))
    (tmp_path / "people.csv").write_text(people)
    (tmp_path / "program.py").write_text(PROGRAM)
    said = run(python, "program.py", "people.csv", cwd=tmp_path).splitlines()
    assert said[0].startswith("there is no realm 'poeple'; known are: ")
    assert "people" in said[0].partition("known are: ")[2].split(", ")
    assert said[1] == "people:FILE needs a CSV file, not 'people.csvx'"
    assert said[2:4] == [
        "ana@example.org PLAIN LOGIN",
        "bob@example.org PLAIN LOGIN",
    ]
    assert said[4] == "ana@example.org example.net"
    assert said[5].startswith(f"installed in {python.parents[1]}")


def test_the_guide_shows_the_code_as_it_is() -> None:
    """docs/realms.md prints what the example runs."""
    example = ROOT / "docs/examples/people/twisted/plugins/mailnode_people.py"
    code = example.read_text()
    guide = (ROOT / "docs" / "realms.md").read_text().partition("## Going on")[0]
    listings = [each.partition("```")[0] for each in guide.split("```python\n")[1:]]
    assert len(listings) == 3
    for listing in listings:
        assert listing.strip("\n") in code
