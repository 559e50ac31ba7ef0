"""Which parts of a message are its text, and which its attachments (RFC 8621, 4.1.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailnode.message.outline import OutlinedPart

Parts = list[OutlinedPart]
TEXTS = ("text/plain", "text/html")
MEDIA = (b"image", b"audio", b"video")


@dataclass(frozen=True, slots=True)
class Display:
    """A message as three lists of parts.

    @ivar text: what is shown, if plain text is liked best.
    @ivar html: what is shown, if HTML is liked best.
    """

    text: Parts = field(default_factory=list)
    html: Parts = field(default_factory=list)
    attachments: Parts = field(default_factory=list)

    @property
    def attached(self) -> bool:
        """Whether there is something to download (RFC 8621, 4.1.4, hasAttachment)."""
        return any(each.disposition != "inline" for each in self.attachments)


def display(root: OutlinedPart) -> Display:
    """How a message is shown."""
    shown = Display()
    _Sorting(shown.attachments).sort([root], "mixed", shown.text, shown.html)
    return shown


class _Sorting:
    """Puts each part where it belongs."""

    def __init__(self, attachments: Parts) -> None:
        self.attachments = attachments

    def sort(
        self,
        parts: list[OutlinedPart] | tuple[OutlinedPart, ...],
        kind: str,
        text: Parts | None,
        html: Parts | None,
        *,
        alternative: bool = False,
    ) -> None:
        """The parts of one multipart.

        @param kind: its subtype.
        @param text: where what people like to see as text goes; C{None}, if this
            branch has nothing for them.
        @param html: the same for HTML.
        @param alternative: it lies in a C{multipart/alternative}.
        """
        before = len(text or ()), len(html or ())
        for number, part in enumerate(parts):
            if part.multipart:
                inner = part.type.partition("/")[2]
                either = alternative or inner == "alternative"
                self.sort(part.parts, inner, text, html, alternative=either)
            elif not inline(part, number, kind):
                self.attachments.append(part)
            elif kind == "alternative":
                self.choose(part, text, html)
            else:
                if alternative and part.type == "text/plain":
                    html = None
                if alternative and part.type == "text/html":
                    text = None
                self.show(part, text, html)
        if kind == "alternative" and text is not None and html is not None:
            share(text, html, before)

    def choose(
        self, part: OutlinedPart, text: Parts | None, html: Parts | None
    ) -> None:
        """One of several that say the same."""
        if part.type == "text/plain" and text is not None:
            text.append(part)
        elif part.type == "text/html" and html is not None:
            html.append(part)
        else:
            self.attachments.append(part)

    def show(self, part: OutlinedPart, text: Parts | None, html: Parts | None) -> None:
        """One of several that are seen one after the other."""
        if text is not None:
            text.append(part)
        if html is not None:
            html.append(part)
        nobody = text is None and html is None  # Whoever likes what: it is not lost
        somebody = text is None or html is None
        if nobody or (somebody and part.content.type in MEDIA):
            self.attachments.append(part)


def inline(part: OutlinedPart, number: int, kind: str) -> bool:
    """Whether a part is to be seen where it stands.

    @param number: its place in its multipart, from 0.
    @param kind: the subtype of that.
    """
    media = part.content.type in MEDIA
    if part.disposition == "attachment" or not (media or part.type in TEXTS):
        return False
    # Only the first of related parts is one; a text behind it that has a name is a file.
    return number == 0 or (kind != "related" and (media or not part.name))


def share(text: Parts, html: Parts, before: tuple[int, int]) -> None:
    """Where there is only one kind, everybody gets that.

    @param before: how many there were before.
    """
    texts, htmls = before
    if len(text) == texts and len(html) != htmls:
        text += html[htmls:]
    elif len(html) == htmls and len(text) != texts:
        html += text[texts:]
