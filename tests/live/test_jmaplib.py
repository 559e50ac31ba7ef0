"""The live tests of jmaplib, a JMAP client of other people, against our server.

script/jmaplib fetches them; they skip what a server does not do, so that every
skip must be one that we can explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from live import program
from live.asynchronous import live
from live.server import PASSWORD, ROOT, Server

THERE = ROOT / ".jmaplib"
FEWEST = 40
"""Tests that must have passed; there are 58 in the version we fetch."""
BOUND = 180.0

EXPLAINED = {
    # Calendars and contacts are not mail.
    "test_a_week_in_local_time_is_answered": "no calendars",
    "test_a_window_past_the_advertised_limit_never_leaves": "no calendars",
    "test_a_card_built_from_models_comes_back_as_models": "no contacts",
    "test_an_event_built_from_models_comes_back_as_models": "no calendars",
    # Sieve is not there yet (RFC 9661).
    "test_scripts_list": "no Sieve",
    "test_validate_accepts_a_well_formed_script": "no Sieve",
    "test_validate_rejects_a_broken_script_without_raising": "no Sieve",
    "test_the_script_name_limits_are_advertised_sanely": "no Sieve",
    # These want what is not so here.
    "test_an_advertised_sort_and_collation_are_answered": "no collation by name",
    "test_an_uncacheable_query_is_refused_before_the_round_trip": "ours is cacheable",
    "test_the_websocket_endpoint_is_no_less_secure_than_the_session": "without TLS",
    "test_the_vapid_key_is_present_when_advertised": "no VAPID (RFC 9749)",
}
"""Tests that may be skipped, and why."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of somebody else's tests, by name."""

    passed: frozenset[str]
    skipped: dict[str, str]
    failed: dict[str, str]


def ran(report: Path) -> Ran:
    """What a report in JUnit's format says."""
    passed: set[str] = set()
    skipped: dict[str, str] = {}
    failed: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):
        name = case.attrib["name"]
        wrong = [one for kind in ("failure", "error") for one in case.findall(kind)]
        skip = case.find("skipped")
        if wrong:
            failed[name] = (wrong[0].text or "")[-2000:]
        elif skip is not None:
            skipped[name] = skip.attrib.get("message", "")
        else:
            passed.add(name)
    return Ran(frozenset(passed), skipped, failed)


@live
async def test_a_client_library_finds_what_it_expects(
    server: Server, tmp_path: Path
) -> None:
    if not (THERE / "version").exists():
        pytest.skip("needs jmaplib: script/jmaplib fetches it")
    report = tmp_path / "report.xml"
    outcome = await program.run(
        THERE / "venv" / "bin" / "python",
        *("-m", "pytest", "-q", "-o", "addopts=", f"--rootdir={THERE}"),
        f"--junitxml={report}",
        THERE / "tests" / "integration",
        environment={
            "PATH": "/usr/bin:/bin",
            "JMAP_TEST_URL": f"http://127.0.0.1:{server.http}/.well-known/jmap",
            "JMAP_TEST_USER": "ana@example.org",
            "JMAP_TEST_PASS": PASSWORD,
            "JMAP_TEST_USER2": "bob@example.org",
            "JMAP_TEST_PASS2": PASSWORD,
        },
        bound=BOUND,
    )
    assert report.exists(), outcome.text()
    found = ran(report)
    assert not found.failed
    unexplained = found.skipped.keys() - EXPLAINED.keys()
    assert not {name: found.skipped[name] for name in unexplained}
    assert len(found.passed) >= FEWEST
