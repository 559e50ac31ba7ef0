"""The core of JMAP: limits, and a method that says what it is told (RFC 8620, 2 and 4)."""

from __future__ import annotations

from mailnode.jmap.arguments import Arguments
from mailnode.jmap.call import Call
from mailnode.jmap.extension import Extension, Limits
from mailnode.jmap.ijson import Object


def limits(limits: Limits) -> Object:
    """What a client may ask for at a time (RFC 8620, 2)."""
    return {
        "maxSizeUpload": limits.size_upload,
        "maxConcurrentUpload": limits.concurrent_uploads,
        "maxSizeRequest": limits.size_request,
        "maxConcurrentRequests": limits.concurrent_requests,
        "maxCallsInRequest": limits.calls_in_request,
        "maxObjectsInGet": limits.objects_in_get,
        "maxObjectsInSet": limits.objects_in_set,
        "collationAlgorithms": [],
    }


extension = Extension(8620, "urn:ietf:params:jmap:core", session=limits)


@extension.method("Core/echo")
async def echo(_call: Call, arguments: Arguments) -> Object:
    """The arguments, as they came (RFC 8620, 4)."""
    return arguments.left
