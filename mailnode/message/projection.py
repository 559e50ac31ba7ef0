"""Everything clients often ask of a message, computed once when it arrives."""

from __future__ import annotations

from mailnode.message import parts, structure
from mailnode.message.preview import preview
from mailnode.message.scan import Scan
from mailnode.message.subject import base_subject
from mailnode.model.message import Projections
from mailnode.wire.dates import read_mail_date_and_day


def project(scan: Scan) -> Projections:
    """What the store keeps beside the octets of a message."""
    header = scan.header
    sent, sent_day = read_mail_date_and_day(header.first(b"date") or b"")
    return Projections(
        envelope=structure.envelope(header),
        structure=structure.body_structure(scan),
        parts=parts.packed(scan.root),
        header_size=scan.header_size,
        lines=scan.lines,
        base_subject=base_subject(header.first(b"subject") or b""),
        sent=sent,
        sent_day=sent_day,
        preview=preview(scan),
    )
