"""C{mailnodectl check}: what is wrong, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable

from mailnode.ctl.verb import Answer, Family, Said
from mailnode.house import House
from mailnode.store.check import check as check_store

family = Family("check", "what is wrong with the server, and how to mend it")
WRONG, DOUBTFUL, FINE = "wrong", "doubtful", "fine"
"""What a finding can be; only the first makes the exit status 1."""
Finding = dict[str, str]


def finding(kind: str, about: str, text: str, mend: str = "") -> Finding:
    """Something that was found out.

    @param mend: the next step; may be empty.
    """
    return {"kind": kind, "about": about, "text": text, "mend": mend}


def told(answer: Answer) -> Iterable[str]:
    """One a line, the next step below it."""
    findings = answer["findings"]
    assert isinstance(findings, list)
    for each in findings:
        yield f"{each['kind']:<8}  {each['about']}: {each['text']}"
        if each["mend"]:
            yield f"{'':<8}  {each['mend']}"
    wrong = sum(each["kind"] == WRONG for each in findings)
    yield (
        f"{wrong} wrong." if wrong else "All is well, as far as can be seen from here."
    )


@family.verb(
    "",
    "look at configuration, certificate, DNS and every message",
    told,
    example=("mailnodectl check", "mailnodectl check --json"),
)
async def check(house: House, said: Said) -> Answer:  # noqa: ARG001 - none are asked
    """Look at what only the one who has the store can see."""
    store = house.store
    shards = [shelf.database for shelf in store.shelves]
    found = await check_store(store.main, shards)
    findings = [
        finding(
            WRONG,
            "store",
            str(each),
            "Keep a copy of the data directory, then look for a copy from before.",
        )
        for each in found
    ]
    domains = list(await house.directory.domains())
    people = len(await house.directory.people())
    if not found:
        findings.append(
            finding(
                FINE, "store", f"{people} people, every counter and every hash is right"
            )
        )
    if not domains:
        findings.append(
            finding(
                DOUBTFUL,
                "domains",
                "there are none: all mail is turned away",
                "Next: mailnodectl domain add NAME",
            )
        )
    return {"findings": findings, "domains": domains}
