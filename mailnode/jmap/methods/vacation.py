"""What is answered while somebody is away (RFC 8621, 8)."""

from __future__ import annotations

from mailnode.jmap.extension import Extension, nothing
from mailnode.jmap.sending.vacation import Responses
from mailnode.jmap.setting import set_
from mailnode.jmap.standard import get

RESPONSES = Responses()

extension = Extension(8621, "urn:ietf:params:jmap:vacationresponse", account=nothing)
extension.methods |= {
    "VacationResponse/get": get(RESPONSES),
    "VacationResponse/set": set_(RESPONSES),
}
extension.states["VacationResponse"] = RESPONSES.state
