"""imapclient, the library for Python programs, used to the full."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from live import letters
from live.asynchronous import live
from live.letters import after_trace
from live.owner import SPECIAL, Owner
from live.server import PASSWORD
from live.test_imap_python import deliver, primed
from live.test_python import BOUND, trusting
from twisted.internet.threads import deferToThread

if TYPE_CHECKING:
    import imapclient
    from imapclient import IMAPClient
else:
    INSTALL = "pip install 'imapclient>=3,<4'"
    imapclient = pytest.importorskip(
        "imapclient", reason=f"needs imapclient: {INSTALL}"
    )

WHEN = datetime(2024, 11, 29, 10, 20, 30, tzinfo=UTC)


def begins(client: IMAPClient, owner: Owner) -> None:
    """TLS, login, and what a new account has."""
    client.starttls(trusting())
    client.plain_login(owner.address, PASSWORD)
    assert client.has_capability("IMAP4rev2")
    assert b"mailnode" in client.id_({"name": "test"})[0]
    special = {name for flags, _, name in client.list_folders() if len(flags) > 1}
    assert special == SPECIAL
    assert client.find_special_folder(rb"\Drafts") == "Drafts"
    assert client.namespace().personal == (("", "/"),)
    selected = client.select_folder("INBOX")
    assert selected[b"EXISTS"] == 4
    assert rb"\*" in selected[b"PERMANENTFLAGS"]


def reads(client: IMAPClient) -> None:
    assert client.search(["SUBJECT", "two parts"]) == [2]
    assert client.search(["TEXT", "Здравствуйте"], charset="UTF-8") == [2]
    found = client.fetch(
        [1, 2, 3, 4], ["BODY.PEEK[]", "FLAGS", "RFC822.SIZE", "ENVELOPE"]
    )
    bodies = [found[uid][b"BODY[]"] for uid in sorted(found)]
    assert [after_trace(body) for body in bodies] == list(letters.ALL)
    for uid, body in enumerate(bodies, 1):
        assert found[uid][b"RFC822.SIZE"] == len(body)
    envelope = found[1][b"ENVELOPE"]
    assert (envelope.subject, envelope.message_id) == (
        b"dots",
        b"<dots@example.net>",
    )
    assert str(envelope.from_[0]) == "Bob <bob@example.net>"
    (structure,) = client.fetch(2, ["BODYSTRUCTURE"]).values()
    assert structure[b"BODYSTRUCTURE"].is_multipart


def files(client: IMAPClient) -> None:
    client.create_folder("Café & Chá")
    assert client.folder_exists("Café & Chá")
    assert client.add_flags([1, 2], [imapclient.FLAGGED, b"$Label"]) == {
        1: (b"\\Flagged", b"$Label"),
        2: (b"\\Flagged", b"$Label"),
    }
    assert client.remove_flags(2, b"$Label") == {2: (b"\\Flagged",)}
    client.move([2], "Café & Chá")
    client.copy([1], "Café & Chá")
    assert client.folder_status("Café & Chá", ["MESSAGES"]) == {b"MESSAGES": 2}
    client.append("Café & Chá", letters.DOTS, [imapclient.SEEN], WHEN)
    client.delete_messages([1])
    client.uid_expunge([1])
    assert client.search() == [3, 4]
    client.rename_folder("Café & Chá", "Chá")
    client.subscribe_folder("Chá")
    assert "Chá" in {name for _, _, name in client.list_sub_folders()}
    client.unselect_folder()
    client.select_folder("Chá")
    assert client.fetch([3], ["BODY.PEEK[]"])[3][b"BODY[]"] == letters.DOTS
    (dates,) = client.fetch([3], ["INTERNALDATE"]).values()
    assert dates[b"INTERNALDATE"].timestamp() == WHEN.timestamp()


def idles(client: IMAPClient, owner: Owner) -> None:
    client.select_folder("INBOX")
    client.idle()
    deliver(owner)
    heard = client.idle_check(timeout=BOUND)
    assert (3, b"EXISTS") in heard, heard
    client.idle_done()
    assert client.search() == [3, 4, 5]


@live
async def test_imapclient(owner: Owner) -> None:
    await primed(owner)

    def talk() -> None:
        port = owner.server.imap
        with imapclient.IMAPClient(
            "127.0.0.1", port, ssl=False, timeout=BOUND
        ) as client:
            begins(client, owner)
            reads(client)
            files(client)
            idles(client, owner)

    await deferToThread(talk)
