"""C{mailnodectl}: reads its command line, and finds who can do what it says."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Sequence

from mailnode import __version__
from mailnode.config import Config, configured
from mailnode.ctl import init
from mailnode.ctl.alone import asked
from mailnode.ctl.answers import FAMILIES, VERBS, refusal
from mailnode.ctl.check import FINE, WRONG, finding
from mailnode.ctl.outside import Resolve, certificate, dns, is_trial
from mailnode.ctl.resolve import hosts
from mailnode.ctl.verb import Answer, Family, Refused, Verb
from mailnode.settings import BadConfiguration

DONE, REFUSED, USAGE = 0, 1, 2
"""Exit statuses: it was done; it could not be; it was not understood."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(
        "mailnodectl",
        description="Look after the mail server mailnode, running or not.",
        epilog="mailnodectl VERB --help explains a verb, with examples.",
    )
    whole.add_argument("--config", metavar="FILE", help="the configuration to read")
    whole.add_argument("--version", action="version", version=__version__)
    words = whole.add_subparsers(metavar="VERB", required=True)
    init.describe(words)
    for family in FAMILIES:
        _describe(words, family)
    return whole


def _describe(words: argparse._SubParsersAction, family: Family) -> None:  # type: ignore[type-arg]  # argparse's own word
    """Add a family of verbs; one without a name of its own is the family."""
    inner = words
    if len(family.verbs) > 1:
        group = words.add_parser(family.name, help=family.help, description=family.help)
        inner = group.add_subparsers(metavar="VERB", required=True)
    for verb in family.verbs:
        here = inner.add_parser(
            verb.name.split()[-1],
            help=verb.help,
            description=verb.help[0].upper() + verb.help[1:] + ".",
            epilog="\n".join(("examples:", *(f"  {each}" for each in verb.example))),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for argument in verb.arguments:
            here.add_argument(argument.name, **argument.options())
        here.add_argument("--json", action="store_true", help="print JSON, for scripts")
        here.set_defaults(verb=verb.name)


def main(argv: Sequence[str] | None = None, resolve: Resolve = hosts) -> int:
    """Run mailnodectl; the exit status.

    @param resolve: asks the DNS.
    """
    said = vars(parser().parse_args(argv))
    if said["verb"] == "init":
        return init.run(said)
    verb, as_json = VERBS[said["verb"]], bool(said["json"])
    try:
        config = configured(said["config"])
    except BadConfiguration as bad:
        return told(verb, unusable(verb, bad), as_json)
    try:
        given = plain(verb, said)
        if verb.asks_password:
            given["password"] = secret(bool(said["password_stdin"]))
        reply = asked(config, {"verb": verb.name, "said": given})
    except Refused as refused:
        reply = refusal(refused.text, refused.hint)
    if verb.name == "check" and "answer" in reply:
        reply = seen_from_outside(config, reply, resolve)
    return told(verb, reply, as_json)


def unusable(verb: Verb, bad: BadConfiguration) -> Answer:
    """What is said when the configuration cannot be read."""
    mend = "See mailnode.toml(5)."
    if verb.name != "check":
        return refusal("\n".join(bad.complaints), mend)
    findings = [finding(WRONG, "configuration", each, mend) for each in bad.complaints]
    return {"answer": {"findings": findings}}


def plain(verb: Verb, said: dict[str, object]) -> dict[str, object]:
    """What was said for a verb, and nothing else."""
    names = (each.name.lstrip("-").replace("-", "_") for each in verb.arguments)
    return {name: said[name] for name in names if name != "password_stdin"}


def secret(from_stdin: bool) -> str:
    """A password, from standard input or from the keyboard.

    @raise Refused: when there is none.
    """
    if from_stdin:
        written = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        written = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != written:
            raise Refused("these were two different passwords")
    else:
        raise Refused("there is no terminal to ask at", "Use --password-stdin.")
    if not written:
        raise Refused("an empty password is none")
    return written


def seen_from_outside(config: Config, reply: Answer, resolve: Resolve) -> Answer:
    """Add to what was found in the store what can be seen from here."""
    said = reply["answer"]
    assert isinstance(said, dict)
    domains = said.pop("domains")
    findings = [
        finding(FINE, "configuration", str(config.file or "none: all is as it comes")),
        *certificate(config),
        *dns(config, {} if is_trial(config) else resolve(config, domains)),
        *said["findings"],
    ]
    return {"answer": {"findings": findings}}


def told(verb: Verb, reply: Answer, as_json: bool) -> int:
    """Say what came of it; the exit status."""
    said = reply.get("answer")
    if not isinstance(said, dict):
        text, hint = str(reply.get("refused")), str(reply.get("hint") or "")
        if as_json:
            print(json.dumps({"error": text, "hint": hint}))
        else:
            print(f"mailnodectl: {text}", file=sys.stderr)
            print(hint, end="\n" if hint else "", file=sys.stderr)
        return REFUSED
    print(json.dumps(said) if as_json else "\n".join(verb.words(said)))
    findings = said.get("findings", [])
    return REFUSED if any(each["kind"] == WRONG for each in findings) else DONE
