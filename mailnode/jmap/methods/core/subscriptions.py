"""PushSubscription/get and /set: who is told of changes where he says (RFC 8620, 7.2)."""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from mailnode.clock import now
from mailnode.errors import SyntaxFault, TooMany
from mailnode.interfaces.account import IMailAccount
from mailnode.interfaces.mail import IObjectPen
from mailnode.jmap.arguments import Arguments, listed
from mailnode.jmap.call import Call, Visit
from mailnode.jmap.dates import utc_date
from mailnode.jmap.errors import InvalidArguments, MethodError, SetError
from mailnode.jmap.ijson import JSON, Object
from mailnode.jmap.methods.core import extension
from mailnode.jmap.patch import patched
from mailnode.jmap.setting import Batch, errors_of
from mailnode.jmap.subscription import KIND, LETTER, Subscription, named, read
from mailnode.wire.dates import write_timestamp
from mailnode.wire.ids import number
from mailnode.wire.webpush import keys

MOST = 30
"""Of an account: devices of one person (RFC 8620, 8.6)."""
MADE, WHILE = 30, 3600_000
"""So many may be made in so many milliseconds: each has us ask somebody (RFC 8620, 8.6)."""
REMEMBERED = 10_000
"""Accounts of which it is known when they made some."""
LONGEST = 30 * 86400_000
"""Milliseconds that one lasts at most; 7 days at least (RFC 8620, 7.2)."""
LENGTH = 2048
"""Characters of a URL or of the name of a device."""
TYPES = 64
URL = re.compile(r"https://[A-Za-z0-9.\-\[\]:]+(?:[/?][!-~]*)?")
PRIVATE = frozenset({"url", "keys"})
"""Told to nobody, not even to who has said it (RFC 8620, 7.2.1)."""
GIVEN = frozenset(
    {"deviceClientId", "url", "keys", "verificationCode", "expires", "types"}
)
CHANGEABLE = ("verificationCode", "expires", "types")


def wrong(name: str, why: str) -> SetError:
    """A property is not what it should be."""
    return SetError("invalidProperties", f"{name} must be {why}", [name])


class Subscriptions:
    """The subscriptions of all accounts.

    @ivar made: when each account made some, in milliseconds.
    """

    properties = ("id", "deviceClientId", "verificationCode", "expires", "types")

    def __init__(
        self,
        clock: Callable[[], int] = now,
        chance: Callable[[], str] = secrets.token_hex,
    ) -> None:
        self.clock = clock
        self.chance = chance
        self.made: OrderedDict[int, deque[int]] = OrderedDict()

    async def get(self, call: Call, arguments: Arguments) -> Object:
        """/get, without accounts or states (RFC 8620, 7.2.1)."""
        ids = arguments.ids("ids")
        properties = arguments.strings("properties")
        arguments.end()
        if not PRIVATE.isdisjoint(properties or ()):
            raise MethodError("forbidden", "url and keys are told to nobody")
        shown = frozenset(properties or self.properties) | {"id"}
        if unknown := shown - frozenset(self.properties):
            raise InvalidArguments(f"unknown properties: {listed(sorted(unknown))}")
        owner = call.visit.account
        found: list[JSON] = []
        there = set()
        for each in await owner.objects().objects(KIND):
            value, name = read(each.value), named(owner.id, each.id)
            known = value.credential == call.visit.credential and (
                value.expires > self.clock()
            )
            if known and (ids is None or name in ids):
                there.add(name)
                told = self.told(name, value)
                found.append(
                    {key: told[key] for key in self.properties if key in shown}
                )
        missing = [each for each in dict.fromkeys(ids or ()) if each not in there]
        return {"list": found, "notFound": list[JSON](missing)}

    def told(self, name: str, value: Subscription) -> Object:
        """One as it is told."""
        types = None if value.types is None else list[JSON](value.types)
        return {
            "id": name,
            "deviceClientId": value.device,
            "verificationCode": value.code if value.verified else None,
            "expires": write_timestamp(value.expires),
            "types": types,
        }

    async def set(self, call: Call, arguments: Arguments) -> Object:
        """/set, without accounts or states (RFC 8620, 7.2.2)."""
        if "ifInState" in arguments.left:
            raise InvalidArguments("there is no state")
        batch = Batch(arguments, (), call.created)
        arguments.end()
        most = call.visit.repertoire.limits.objects_in_set
        if batch.size > most:
            raise MethodError("requestTooLarge", f"at most {most} objects at a time")
        owner = call.visit.account
        made: list[int] = await owner.objects().write(
            partial(self.write, call.visit, batch)
        )
        done = batch.done
        call.created.update(
            {key: str(each["id"]) for key, each in done.created.items()}
        )
        if done.created or done.updated or done.destroyed:
            self.note(owner, len(made))
            call.visit.repertoire.subscribed(owner, made)
        return {
            "created": dict[str, JSON](done.created) or None,
            "updated": dict[str, JSON](done.updated) or None,
            "destroyed": list[JSON](done.destroyed) or None,
            "notCreated": errors_of(done, "create"),
            "notUpdated": errors_of(done, "update"),
            "notDestroyed": errors_of(done, "destroy"),
        }

    def write(self, visit: Visit, batch: Batch, pen: IObjectPen) -> list[int]:
        """Do what is wanted; returns the numbers of those that were made."""
        owner = visit.account
        made: list[int] = []

        def create(value: Object) -> Object:
            if len(self.lately(owner)) + len(made) >= MADE:
                raise SetError("rateLimit", "too many were made; try later")
            if len(pen.objects(KIND)) >= MOST:
                raise TooMany(f"at most {MOST} push subscriptions")
            wanted = replace(self.wanted(value), credential=visit.credential)
            number_ = pen.add(KIND, wanted.kept()).id
            made.append(number_)
            return self.answered(value, wanted) | {"id": named(owner.id, number_)}

        def update(name: str, patch: Object) -> Object | None:
            there = self.found(visit, pen, name)
            wanted = self.changed(there[1], patch)
            pen.change(KIND, there[0], wanted.kept())
            differs = patch.get("expires") != write_timestamp(wanted.expires)
            if "expires" in patch and differs:
                return {"expires": write_timestamp(wanted.expires)}
            return None

        def destroy(name: str) -> None:
            pen.remove(KIND, self.found(visit, pen, name)[0])

        batch.begin("")
        batch.run(create, update, destroy)
        batch.end("")
        return made

    def found(
        self, visit: Visit, pen: IObjectPen, name: str
    ) -> tuple[int, Subscription]:
        """One that is there, with its number.

        @raise SetError: when it is not.
        """
        for each in pen.objects(KIND, [number(LETTER, visit.account.id, name)]):
            if (known := read(each.value)).credential == visit.credential:
                return each.id, known
        raise SetError("notFound")

    def lately(self, owner: IMailAccount) -> Sequence[int]:
        """When the account made some, of late."""
        since = self.clock() - WHILE
        return [each for each in self.made.get(owner.id, ()) if each > since]

    def note(self, owner: IMailAccount, count: int) -> None:
        """Remember that the account has made so many."""
        times = self.made.setdefault(owner.id, deque(maxlen=MADE))
        times.extend([self.clock()] * count)
        self.made.move_to_end(owner.id)
        if len(self.made) > REMEMBERED:
            self.made.popitem(last=False)

    def wanted(self, value: Object) -> Subscription:
        """One that shall be made.

        @raise SetError: when it cannot be.
        """
        if unknown := value.keys() - GIVEN:
            raise SetError("invalidProperties", "unknown", sorted(unknown))
        if value.get("verificationCode") is not None:
            raise wrong("verificationCode", "null")
        device, url = value.get("deviceClientId"), value.get("url")
        if not isinstance(device, str) or not 0 < len(device) <= LENGTH:
            raise wrong("deviceClientId", f"a string of 1 to {LENGTH} characters")
        if not isinstance(url, str) or len(url) > LENGTH or not URL.fullmatch(url):
            raise wrong("url", "an absolute URL that begins with https://")
        return Subscription(
            device,
            url,
            pair(value.get("keys")),
            self.chance(),
            self.end(value.get("expires")),
            types=types(value.get("types")),
        )

    def answered(self, value: Object, made: Subscription) -> Object:
        """Of one that was made, what its maker does not know (RFC 8620, 5.3)."""
        told: Object = {"verificationCode": None}
        if value.get("keys") is None:
            told["keys"] = None
        if value.get("types") is None:
            told["types"] = None
        if value.get("expires") != write_timestamp(made.expires):
            told["expires"] = write_timestamp(made.expires)
        return {name: each for name, each in told.items() if name not in value or each}

    def changed(self, before: Subscription, patch: Object) -> Subscription:
        """One after an update.

        @raise SetError: when it cannot be.
        """
        whole: Object = dict.fromkeys(self.properties)
        after = patched(whole, patch, {})
        if fixed := [each for each in patch if each not in CHANGEABLE]:
            raise SetError("invalidProperties", "these do not change", sorted(fixed))
        if "verificationCode" in patch:
            said = after["verificationCode"]
            if not isinstance(said, str) or not same(said, before.code):
                raise wrong("verificationCode", "the code that was pushed")
            before = replace(before, verified=True)
        if "expires" in patch:
            before = replace(before, expires=self.end(after["expires"]))
        if "types" in patch:
            before = replace(before, types=types(after["types"]))
        return before

    def end(self, said: JSON) -> int:
        """When it ends, if that is wanted: not too late.

        @raise SetError: when it is no date.
        """
        latest = self.clock() // 1000 * 1000 + LONGEST
        if said is None:
            return latest
        try:
            return min(utc_date(said), latest)
        except SyntaxFault:
            raise wrong("expires", "a UTCDate") from None


def same(said: str, known: str) -> bool:
    """Whether a code is right, without telling how much of it is."""
    return secrets.compare_digest(said.encode(), known.encode())


def pair(value: JSON) -> tuple[str, str] | None:
    """The keys of a device.

    @raise SetError: when they are none.
    """
    match value:
        case None:
            return None
        case {"p256dh": str(point), "auth": str(secret), **rest} if not rest:
            try:
                keys(point, secret)
            except SyntaxFault as fault:
                raise wrong("keys", fault.wanted) from None
            return point, secret
    raise wrong("keys", "p256dh and auth, and no more")


def types(value: JSON) -> tuple[str, ...] | None:
    """Names of types.

    @raise SetError: when they are none.
    """
    if value is None:
        return None
    if isinstance(value, list) and len(value) <= TYPES:
        names = [each for each in value if isinstance(each, str) and len(each) <= TYPES]
        if len(names) == len(value):
            return tuple(dict.fromkeys(names))
    raise wrong("types", "a list of the names of types")


SUBSCRIPTIONS = Subscriptions()
extension.methods |= {
    "PushSubscription/get": SUBSCRIPTIONS.get,
    "PushSubscription/set": SUBSCRIPTIONS.set,
}
