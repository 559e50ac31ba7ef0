"""C{mailnodectl}: reads its command line, and finds who can do what it says."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred
from twisted.internet.task import react

from mailnode import __version__
from mailnode.config import Config, configured
from mailnode.ctl import init, remote
from mailnode.ctl.answers import FAMILIES, VERBS, answer, refusal
from mailnode.ctl.verb import Answer, Family, Refused, Verb
from mailnode.errors import MailError
from mailnode.house import Cellar, House
from mailnode.lock import Held, Lock
from mailnode.privileges import become_owner_of
from mailnode.settings import BadConfiguration
from mailnode.store.migrate import Unusable

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
            here.add_argument(argument.name, **argument.options())  # type: ignore[arg-type]  # keywords as argparse has them
        here.add_argument("--json", action="store_true", help="print JSON, for scripts")
        here.set_defaults(verb=verb.name)
