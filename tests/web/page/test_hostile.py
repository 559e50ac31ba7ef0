"""Hostile HTML in a real browser, in frames as the page has them (docs/decisions/0023).

With the policy of the body endpoint nothing may run and nothing may be fetched, even
if the sanitiser lets everything pass; without it, much does: so the test can fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Thread

from playwright.sync_api import Browser, Dialog
from playwright.sync_api import TimeoutError as NeverLoaded
from web.hostile import PIECES, document
from web.page.conftest import CHROMIUM

from mailnode.message import document as shown
from mailnode.message import sanitise
from mailnode.web.letter import IMAGE, PART, POLICY

TOGETHER = 100
"""Frames in one page."""
SETTLED = 400
"""Milliseconds in which what would run has run."""
LOADED = 15_000
"""Milliseconds that all frames of a page may take."""
OURS = ("/webmail/part/", "/webmail/image")


def nothing(_: str) -> str | None:
    """No picture is known."""
    return None


def sanitised(pieces: list[str]) -> str:
    """A body of some pieces, each sanitised."""
    rich = [shown.rich(sanitise.sanitised(piece, nothing)) for piece in pieces]
    return shown.document(rich, dark=False, blocked=0)


@dataclass
class Place:
    """A server of bodies, to which every other name leads as well.

    @ivar bodies: by number.
    @ivar guarded: they come with the policy.
    @ivar asked: what was asked for that is not a body, a page or a picture of ours.
    """

    bodies: list[str]
    guarded: bool
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def page(self, start: int) -> str:
        """Some of the bodies in frames."""
        frame = '<iframe sandbox="{}" src="/body/{}"></iframe>'
        rights = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        if not self.guarded:
            rights += " allow-scripts"
        numbers = range(start, min(start + TOGETHER, len(self.bodies)))
        frames = "".join(frame.format(rights, number) for number in numbers)
        return f'<link rel="icon" href="data:,">{frames}'

    def answer(self, host: str, path: str) -> str | None:
        """What is at a path; C{None}: nobody should have asked for it."""
        _, kind, *rest = path.partition("?")[0].split("/")
        if host == f"127.0.0.1:{self.port}" and rest and rest[0].isdigit():
            if kind == "page":
                return self.page(int(rest[0]))
            if kind == "body":
                return self.bodies[int(rest[0])]
        if host != f"127.0.0.1:{self.port}" or not path.startswith(OURS):
            self.asked.append(f"{host}{path}")
        return None


@contextmanager
def served(place: Place) -> Iterator[Place]:
    """The server while it runs; whoever does not hear it to the end harms nobody."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = place.answer(self.headers.get("Host", ""), self.path)
            self.send_response(404 if text is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if place.guarded and self.path.startswith("/body/"):
                allowed = f"{place.origin}{PART} {place.origin}{IMAGE}"
                policy = POLICY.format(images=allowed)
                self.send_header("Content-Security-Policy", policy)
            with suppress(OSError):
                self.end_headers()
                self.wfile.write((text or "").encode("utf-8", "surrogatepass"))

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        place.port = server.server_port
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield place
        finally:
            server.shutdown()
            thread.join()


def looked_at(browser: Browser, place: Place) -> int:
    """Show all bodies of a place in a browser that reaches it by every name.

    @return: how often a script ran.
    """
    runs = 0

    def ran() -> None:
        nonlocal runs
        runs += 1

    def spoke(dialog: Dialog) -> None:
        ran()
        dialog.dismiss()

    leading = f"--host-resolver-rules=MAP * 127.0.0.1:{place.port}"
    chromium = browser.browser_type.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            leading,
        ],
    )
    page = chromium.new_page()
    page.expose_function("ran", ran)
    page.on("dialog", spoke)
    for start in range(0, len(place.bodies), TOGETHER):
        with suppress(NeverLoaded):  # A frame may load for ever, or go elsewhere.
            page.goto(f"{place.origin}/page/{start}", timeout=LOADED)
        page.wait_for_timeout(SETTLED)
    chromium.close()
    return runs


def test_the_frame_holds_if_the_sanitiser_does_not(browser: Browser) -> None:
    bodies = [document(piece) for _, piece in PIECES]
    with served(Place(bodies, guarded=True)) as place:
        assert looked_at(browser, place) == 0
    assert place.asked == []


def test_the_sanitiser_leaves_nothing_to_the_frame(browser: Browser) -> None:
    pieces = [piece for _, piece in PIECES]
    bodies = [sanitised(pieces[n : n + 20]) for n in range(0, len(pieces), 20)]
    with served(Place(bodies, guarded=False)) as place:
        assert looked_at(browser, place) == 0
    assert place.asked == []


def test_without_both_much_would_happen(browser: Browser) -> None:
    bodies = [document(piece) for _, piece in Random(1).sample(PIECES, 250)]
    with served(Place(bodies, guarded=False)) as place:
        assert looked_at(browser, place) > 5
    assert len(place.asked) > 5
