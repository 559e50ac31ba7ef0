"""UTCDate (RFC 8620, 1.4)."""

from __future__ import annotations

import pytest

from mailnode.errors import SyntaxFault
from mailnode.jmap.dates import utc_date
from mailnode.jmap.ijson import JSON


@pytest.mark.parametrize(
    "said",
    ["2014-10-30T06:12:00Z", "2014-10-30T06:12:00.5Z", "2014-10-30T06:12:00.500Z"],
)
def test_a_moment(said: str) -> None:
    assert utc_date(said) == 1414649520000


@pytest.mark.parametrize(
    "said",
    [
        "2014-10-30T06:12:00.000Z",
        "2014-10-30T06:12:00.Z",
        "2014-10-30t06:12:00Z",
        "2014-10-30T06:12:00z",
        "2014-10-30T14:12:00+08:00",
        "2014-02-30T06:12:00Z",
        "2014-10-30T06:12:00Z\n",
        "٢014-10-30T06:12:00Z",
        "",
        1414649520,
        None,
    ],
)
def test_no_moment(said: JSON) -> None:
    with pytest.raises(SyntaxFault):
        utc_date(said)
