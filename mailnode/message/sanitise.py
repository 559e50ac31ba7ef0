"""HTML of strangers with nothing left in it that acts, or that is fetched from elsewhere.

What is allowed is named; all else goes, and of a script, a style sheet or a form what is
in it goes too.  Nothing here is relied upon alone: what comes out is shown in a frame
that may run and fetch nothing either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape, unescape

import nh3

from mailnode.message.weight import is_too_heavy

HTML_LIMIT = 2**20
"""Characters of one part that are looked at; newsletters have 100,000."""
TAGS = frozenset(
    """
    a abbr acronym address article aside b bdi bdo big blockquote br caption center cite
    code col colgroup dd del dfn dir div dl dt em figcaption figure font footer h1 h2 h3
    h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section
    small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr
    """.split()  # noqa: SIM905 - a list of words
)
EMPTIED = frozenset(
    """
    applet audio canvas datalist embed iframe math noembed noframes noscript object
    option plaintext portal script select style svg template textarea title video xmp
    """.split()  # noqa: SIM905 - a list of words
)
"""Elements that go with all that is in them."""
EVERYWHERE = frozenset({"dir", "lang", "title", "style", "align", "valign", "bgcolor"})
SIZES = frozenset({"width", "height"})
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "*": EVERYWHERE,
    "a": frozenset({"href"}),
    "img": frozenset({"src", "alt", "border", "hspace", "vspace"}) | SIZES,
    "table": frozenset({"border", "cellpadding", "cellspacing"}) | SIZES,
    "td": frozenset({"colspan", "rowspan", "nowrap"}) | SIZES,
    "th": frozenset({"colspan", "rowspan", "nowrap"}) | SIZES,
    "col": frozenset({"span", "width"}),
    "colgroup": frozenset({"span", "width"}),
    "font": frozenset({"color", "face", "size"}),
    "hr": frozenset({"color", "noshade", "size", "width"}),
    "ol": frozenset({"start", "type", "reversed"}),
    "ul": frozenset({"type"}),
    "li": frozenset({"type", "value"}),
    "time": frozenset({"datetime"}),
}
SCHEMES = frozenset({"http", "https", "mailto", "tel", "cid", "data"})
LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\x00-\x20\x7f]*", re.IGNORECASE)
"""Where a link may lead."""
PICTURE = re.compile(
    r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE
)
"""An image that is in the text itself."""
PROPERTIES = frozenset(
    """
    background background-color border border-bottom border-bottom-color
    border-bottom-style border-bottom-width border-collapse border-color border-left
    border-left-color border-left-style border-left-width border-radius border-right
    border-right-color border-right-style border-right-width border-spacing border-style
    border-top border-top-color border-top-style border-top-width border-width clear color
    direction display float font font-family font-size font-style font-variant font-weight
    height letter-spacing line-height list-style list-style-type margin margin-bottom
    margin-left margin-right margin-top max-height max-width min-height min-width padding
    padding-bottom padding-left padding-right padding-top table-layout text-align
    text-decoration text-indent text-transform vertical-align white-space width word-break
    word-spacing word-wrap overflow-wrap
    """.split()  # noqa: SIM905 - a list of words
)
"""Of styles; nothing that moves something over something else, and nothing that loads."""
VALUE = re.compile(
    r"(?:[\w\s.,#%+'\"!-]|/(?!\*)|\b(?:rgb|rgba|hsl|hsla)\([\d\s.,%/]*\))*",
    re.ASCII | re.IGNORECASE,
)
"""No other functions, and no escapes that could make one."""

Image = Callable[[str], str | None]
"""Where an image is to be fetched instead; C{None}: nowhere."""


def sanitised(html: str, image: Image) -> str:
    """What may be shown of some HTML; if it is too heavy to read, its words.

    @param image: asked about each C{cid:}, C{http:} and C{https:} of an image.
    """
    html = html[:HTML_LIMIT]
    if is_too_heavy(html):
        return f"<pre>{escape(words(html))}</pre>"

    def attribute(element: str, name: str, value: str) -> str | None:
        if name == "style":
            return style(value)
        if name == "href":
            said = value.strip()
            return said if LINK.fullmatch(said) else None
        if name == "src" and element == "img":
            said = value.strip()
            return said if PICTURE.fullmatch(said) else image(said)
        return value

    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(EMPTIED),
        attributes={element: set(names) for element, names in ATTRIBUTES.items()},
        attribute_filter=attribute,
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        filter_style_properties=set(PROPERTIES),
    )


def style(value: str) -> str | None:
    """The declarations of a style that may stay; C{None} when none may."""
    kept = []
    for each in value.split(";"):
        name, _, said = each.partition(":")
        name, said = name.strip().lower(), said.strip()
        if name in PROPERTIES and said and VALUE.fullmatch(said):
            kept.append(f"{name}:{said}")
    return ";".join(kept) or None


MARKUP = re.compile(r"<[^<>]*>?")
BREAKS = re.compile(r"<(?:br|/?(?:p|div|tr|li|h[1-6]|table))\b[^<>]*>", re.IGNORECASE)
BLANK = re.compile(r"\n\s*\n")
HIDDEN = re.compile(
    r"<(script|style|title)\b.*?(?:</\1[^>]*>|\Z)", re.IGNORECASE | re.DOTALL
)


def words(html: str) -> str:
    """The words of some HTML, however it is nested."""
    text = MARKUP.sub("", BREAKS.sub("\n", HIDDEN.sub("", html)))
    return BLANK.sub("\n\n", unescape(text)).strip()
