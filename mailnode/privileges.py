"""Whom the process becomes once its ports are open (setuid(2))."""

from __future__ import annotations

import grp
import os
import pwd
import resource
from dataclasses import dataclass
from pathlib import Path

from mailnode.config import Config
from mailnode.settings import BadConfiguration, shown

OPEN_FILES = 2**20
"""The most descriptors we ever ask for; the hard limit is commonly less."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A user and a group, by number."""

    uid: int
    gid: int


def owner(config: Config, uid: int | None, gid: int | None) -> Owner | None:
    """Whom to become; C{None} when we stay who we are.

    @param uid: what the command line says, which goes before.
    @raise BadConfiguration: when there is no such group, or we may not.
    """
    if uid is None and config.user:
        uid = pwd.getpwnam(config.user).pw_uid
        if gid is None and config.group:
            gid = _group(config.group)
    if uid is None:
        return None
    wanted = Owner(uid, gid if gid is not None else pwd.getpwuid(uid).pw_gid)
    if wanted == Owner(os.geteuid(), os.getegid()):
        return None
    if os.geteuid() != 0:
        raise BadConfiguration(
            (f"user: {shown(config.user)}: only root can become somebody else",)
        )
    return wanted


def _group(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise BadConfiguration(
            (f"group: {shown(name)}: no such group on this machine",)
        ) from None


def private(data: Path, wanted: Owner | None = None) -> None:
    """Make the directory of a store, which only its owner may enter.

    @param wanted: whom it is for, if not for us.
    @raise OSError: when it cannot be made.
    """
    if data.is_dir():
        return
    data.mkdir(mode=0o700, parents=True)
    if wanted is not None:
        os.chown(data, wanted.uid, wanted.gid)


def become_owner_of(data: Path) -> None:
    """As root, become the one whose store it is, so as to leave nothing of root's.

    @raise OSError: when the directory cannot be looked at.
    """
    there = data.stat()
    if os.geteuid() == 0 and there.st_uid != 0:
        os.setgroups([])
        os.setgid(there.st_gid)
        os.setuid(there.st_uid)


def open_files(wanted: int = OPEN_FILES) -> int:
    """Ask for as many descriptors as we may have.

    @return: how many there are.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft >= most:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError):
        return soft  # A system call filter forbids it: what we have must do.
    return most


def write_whole(path: Path, octets: bytes, mode: int) -> None:
    """Put a file in its place, whole or not at all.

    @raise OSError: when it cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(fresh, flags, mode), "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
