"""Who answers a question: the server that runs, or else we ourselves, alone."""

from __future__ import annotations

import os
from collections.abc import Coroutine

from twisted.python.failure import Failure

from mailnode.config import Config
from mailnode.ctl import remote
from mailnode.ctl.answers import answer, refusal
from mailnode.ctl.verb import Answer, Refused
from mailnode.house import Cellar, House, inline
from mailnode.lock import Held, Lock
from mailnode.privileges import become_owner_of, owner, private
from mailnode.queue.errand import started
from mailnode.settings import BadConfiguration
from mailnode.store.migrate import Unusable


def asked(config: Config, question: Answer) -> Answer:
    """Have a question answered: by the server if it runs, or else by ourselves.

    @raise Refused: when neither can.
    """
    try:
        reply = remote.ask(config.data, question)
        return locked(config, question) if reply is None else reply
    except PermissionError as error:
        raise Refused(
            f"{config.data}: {error.strerror}",
            "Try it as root, or as the server's user.",
        ) from error
    except FileNotFoundError as error:
        raise Refused(
            f"{config.data}: there is no store", "Next: mailnodectl init"
        ) from error
    except Held as held:
        raise Refused(f"{held}, and does not answer", "Is it starting?") from held
    except (remote.Broken, Unusable, OSError) as error:
        raise Refused(str(error)) from error


def locked(config: Config, question: Answer) -> Answer:
    """Open the store ourselves, so that nobody else can, and answer."""
    if config.file is not None:  # Without one, it might be the wrong place.
        private(config.data, owner(config, None, None))
    become_owner_of(config.data)
    os.umask(0o077)
    lock = Lock(config.data)
    try:
        return finished(alone(config, question))
    finally:
        lock.release()


async def alone(config: Config, question: Answer) -> Answer:
    """Answer a question without a server."""
    cellar = Cellar(config, inline())
    try:
        await cellar.recover()
        return await answer(House(config, cellar), question)
    except BadConfiguration as bad:
        return refusal("\n".join(bad.complaints), "See mailnode.toml(5).")
    finally:
        await cellar.close()


def finished(work: Coroutine[object, None, Answer]) -> Answer:
    """The result of a coroutine that waits for nobody else."""
    results: list[Answer | Failure] = []
    _ = started(work).addBoth(results.append)
    (result,) = results
    if isinstance(result, Failure):
        result.raiseException()
    assert isinstance(result, dict)
    return result
