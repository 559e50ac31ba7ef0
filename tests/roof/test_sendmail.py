"""mailnode-sendmail: what it understands, and what it does without a server."""

from __future__ import annotations

import io
import os
import pwd
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailnode.config import Auth, Config, Listen
from mailnode.ctl import sendmail
from mailnode.ctl.sendmail import (
    Failed,
    Order,
    addressees,
    main,
    path,
    place,
    understood,
    whole,
)
from mailnode.message.header import Header

LINES = st.lists(st.binary(max_size=9).map(lambda b: b.translate(None, b"\r\n")))


@pytest.mark.parametrize(
    ("words", "order"),
    [
        ("ana bob@x.example", Order(recipients=("ana", "bob@x.example"))),
        ("a,b", Order(recipients=("a", "b"))),
        ("-t", Order(read=True)),
        ("-ti a", Order(read=True, dots=False, recipients=("a",))),
        ("-oi -t", Order(read=True, dots=False)),
        ("-oem -odi -i -t", Order(read=True, dots=False)),
        ("-f ana@x.example -F Ana a", Order("ana@x.example", "Ana", recipients=("a",))),
        ("-fana@x.example -bm a", Order("ana@x.example", recipients=("a",))),
        ("-r ana@x.example a", Order("ana@x.example", recipients=("a",))),
        ("-N never a", Order(notify=" NOTIFY=never", recipients=("a",))),
        (
            "-R hdrs -V a+b -B 8bitmime a",
            Order(
                parameters=("BODY=8BITMIME", "RET=HDRS", "ENVID=a+2Bb"),
                recipients=("a",),
            ),
        ),
        ("-v -G -U -m -n -O x=y -- -t", Order(recipients=("-t",))),
    ],
)
def test_the_command_line(words: str, order: Order) -> None:
    assert understood(words.split()) == order


@pytest.mark.parametrize("words", ["", "-i", "-bs", "-bp", "-x a", "--colour a"])
def test_what_makes_no_sense(words: str) -> None:
    with pytest.raises(Failed) as failed:
        understood(words.split())
    assert failed.value.status == os.EX_USAGE


@pytest.mark.parametrize("more", ["\r\nBcc: eve@x.example", "\n", "\0", "\udcff"])
@pytest.mark.parametrize("option", ["-f", "-F", "-N", "-R", "-V", "-B", "-r", "--"])
def test_no_word_begins_another_line(option: str, more: str) -> None:
    with pytest.raises(Failed, match="not one line") as failed:
        understood([option, f"ana{more}", "bob"])
    assert failed.value.status == os.EX_USAGE


def test_a_name_may_have_any_letters() -> None:
    assert understood(["-F", "J\xf6rg\xa0\U0001f9d1\u200d\U0001f33e", "a"]).name


@pytest.mark.parametrize(
    ("octets", "dots", "message"),
    [
        (b"a\nb\n", True, b"a\r\nb\r\n"),
        (b"a\r\nb\r\n", True, b"a\r\nb\r\n"),
        (b"a\r\nb\nc", True, b"a\r\nb\r\nc\r\n"),
        (b"a\n.\nb\n", True, b"a\r\n"),
        (b"a\r\n.\r\nb\r\n", True, b"a\r\n"),
        (b"a\n.\nb\n", False, b"a\r\n.\r\nb\r\n"),
        (b".\n", True, b""),
        (b"..\n", True, b"..\r\n"),
        (b"", True, b""),
        (b"\xff\0\n", True, b"\xff\0\r\n"),
    ],
)
def test_the_message(octets: bytes, dots: bool, message: bytes) -> None:
    assert whole(octets, dots=dots) == message


@given(LINES, st.sampled_from([b"\n", b"\r\n"]))
def test_only_the_ends_of_lines_change(lines: list[bytes], end: bytes) -> None:
    octets = b"".join(line + end for line in lines)
    wanted = b"".join(line + b"\r\n" for line in lines)
    assert whole(octets, dots=False) == wanted


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (
            b"To: Ana <ana@x.example>, bob\r\nCc: c@x.example\r\nBCC: d@x.example\r\n",
            ["ana@x.example", "bob", "c@x.example", "d@x.example"],
        ),
        (b"To: a@x.example\r\nResent-To: b@x.example\r\n", ["b@x.example"]),
        (b"To: friends: a@x.example, b;\r\nTo: c\r\n", ["a@x.example", "b", "c"]),
        (b'To: "a b"@x.example\r\n', ['"a b"@x.example']),
        (b"Subject: to\r\n", []),
    ],
)
def test_who_stands_in_the_header(header: bytes, found: list[str]) -> None:
    assert addressees(Header(header)) == found


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("\nTo: eve@x.example\n\nhello\n", os.EX_USAGE),
        ("To: eve@x.example\n\nhello\n", os.EX_TEMPFAIL),
        ("To: eve@x.example", os.EX_TEMPFAIL),
        ("Subject: to\nTo: <a@x.example\r\rRCPT TO:<b@x.example>>\n", os.EX_NOUSER),
    ],
)
def test_recipients_stand_in_the_header_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str, status: int
) -> None:
    configured(tmp_path, monkeypatch, ourselves())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(message.encode())))
    assert main(["-t"]) == status


CONFIG = Config(
    hostname="mail.example.org",
    listen=(
        Listen(protocol="submission", endpoint="tcp:587"),
        Listen(protocol="lmtp", endpoint="unix:/run/lmtp.sock"),
        Listen(protocol="submission", endpoint=r"unix:/run/a\:b.sock:mode=666"),
    ),
)


def test_an_address_without_a_domain_gets_ours() -> None:
    assert path(CONFIG, "root") == "root@mail.example.org"
    ours = Config(auth=Auth(default_domain="example.org"))
    assert path(ours, "<root>") == "root@example.org"
    assert path(ours, "Ana@Example.NET") == "Ana@example.net"
    for wrong in ("a b", "a@", "@b", "a@b c", "a\r\nDATA@x.example", "a>@x.example"):
        with pytest.raises(Failed) as failed:
            path(CONFIG, wrong)
        assert failed.value.status == os.EX_NOUSER


def test_where_it_goes() -> None:
    assert place(CONFIG) == "/run/a:b.sock"
    with pytest.raises(Failed) as failed:
        place(Config())
    assert failed.value.status == os.EX_CONFIG


def configured(directory: Path, monkeypatch: pytest.MonkeyPatch, user: str) -> None:
    file = directory / "mailnode.toml"
    file.write_text(
        'data = "data"\n[[listen]]\nprotocol = "submission"\n'
        f'endpoint = "unix:s.sock"\n[auth.local_users]\n{user} = "ana@example.org"\n'
    )
    monkeypatch.setenv("MAILNODE_CONFIG", str(file))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\nhello\n")))


def ourselves() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def test_without_a_server_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path, monkeypatch, ourselves())
    assert main(["ana@example.org"]) == os.EX_TEMPFAIL
    assert "the server does not answer" in capsys.readouterr().err


def test_what_lies_about_is_not_its_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path, monkeypatch, ourselves())
    monkeypatch.delenv("MAILNODE_CONFIG")
    monkeypatch.setattr(sendmail, "SYSTEM_FILE", tmp_path / "not" / "there.toml")
    monkeypatch.chdir(tmp_path)
    assert main(["ana@example.org"]) == os.EX_CONFIG
    assert "there.toml: there is no such file" in capsys.readouterr().err


def test_who_is_not_named_may_not_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path, monkeypatch, "somebody-else")
    assert main(["ana@example.org"]) == os.EX_NOPERM
    assert f"{ourselves()} is not in [auth] local_users" in capsys.readouterr().err
