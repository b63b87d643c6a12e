"""Who runs a process that refuses to be root: an unprivileged user, without opening any directory for him.

PostgreSQL will not start as root. The common way round is to make each directory above the data readable for
everybody, up to /root. We ask instead, as that user, whether he can get there; where he cannot, the files go
to a directory of his own (``place_for``) and the home keeps a symbolic link. No permission of a directory
that we did not make is changed.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oms.stack.home import StackError

# In this order: an account made for us, PostgreSQL's own, the one that every Unix has.
CANDIDATES = ("oms", "postgres", "nobody")
# Both survive a reboot, unlike /tmp.
ELSEWHERE = (Path("/var/lib/oms"), Path("/var/tmp/oms"))  # noqa: S108 - made by root, checked to be root's


@dataclass(frozen=True, slots=True)
class Account:
    """A user to become before a program is executed."""

    name: str
    uid: int
    gid: int

    def popen_arguments(self) -> dict[str, Any]:
        """For ``subprocess``: this user, his own group, and none of the groups of root."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, test: str, path: Path) -> bool:
        """Ask the kernel, as this user: ``-x`` may enter or execute, ``-r`` may read. Access lists count as
        well.
        """
        return _runs_as(self, ["/bin/sh", "-c", f'test {test} "$0"', str(path)])


def unprivileged() -> Account | None:
    """The user to drop to, or None when this process is not root."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        account = _known(name)
        if account and _runs_as(account, ["/bin/sh", "-c", "true"]):
            return account
    account = _create("oms")
    if account and _runs_as(account, ["/bin/sh", "-c", "true"]):
        return account
    raise StackError(
        "PostgreSQL refuses to run as root, and no unprivileged user could be used "
        f"(tried {', '.join(CANDIDATES)}). Run as an ordinary user, or set DATABASE_URL to your own server."
    )


def place_for(account: Account | None, link: Path) -> Path:
    """The directory behind ``link`` (in the home) that ``account`` can reach. Made at the first call.

    It belongs to us and may be entered by others (0711); what is secret in it is private by its own
    permissions.
    """
    if link.is_symlink() or link.exists():
        place = link.resolve()
        if not place.is_dir():
            raise StackError(f"{link} points to {place}, which is gone. Restore it, or remove {link} to start anew.")
        if account and not account.can("-x", place):
            raise StackError(f"The user {account.name} cannot reach {place}. Set OMS_HOME to another directory.")
        return place
    if account is None:
        link.mkdir(mode=0o700)
        return link
    if account.can("-x", link.parent):
        link.mkdir()
        link.chmod(0o711)
        return link
    place = Path(tempfile.mkdtemp(dir=elsewhere(account), prefix=""))
    place.chmod(0o711)
    (place / "home").write_text(f"{link.parent}\n", encoding="utf-8")
    link.symlink_to(place)
    why = f"{account.name} cannot reach {link.parent}"
    print(f"The database is kept in {place}, for {why}. make clean deletes both.", file=sys.stderr)
    return place


def elsewhere(account: Account) -> Path:
    """A directory of root's outside the home, which ``account`` may pass through."""
    for base in ELSEWHERE:
        try:
            base.mkdir(mode=0o711)
            base.chmod(0o711)
        except FileExistsError:
            pass
        except OSError:
            continue
        found = base.lstat()
        if found.st_uid == 0 and not found.st_mode & 0o022 and account.can("-x", base):
            return base
    raise StackError(
        f"The user {account.name} cannot reach OMS_HOME, and these could not be used either: "
        f"{', '.join(map(str, ELSEWHERE))}. Set OMS_HOME to a directory that {account.name} can enter."
    )


def reachable_copy(account: Account | None, tree: Path, program: str, parts: tuple[str, ...]) -> Path:
    """``tree`` where ``account`` can execute ``program`` (a path in it), else a copy of its ``parts`` where
    he can.

    The copy is root's, named by the digest of the program: it is made once, and stays when the tree is
    installed anew.
    """
    if account is None or account.can("-x", tree / program):
        return tree
    digest = hashlib.sha256((tree / program).read_bytes()).hexdigest()
    copy = elsewhere(account) / f"binaries-{digest[:12]}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(dir=copy.parent, prefix="new-"))
        for part in parts:
            if (tree / part).exists():
                shutil.copytree(tree / part, fresh / part, symlinks=True, ignore=shutil.ignore_patterns("*.a"))
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            fresh.rename(copy)
        except OSError:  # somebody else was quicker
            shutil.rmtree(fresh)
    return copy


def _known(name: str) -> Account | None:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, found.pw_uid, found.pw_gid)


def _create(name: str) -> Account | None:
    useradd = shutil.which("useradd")
    if useradd is None:
        return None
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
    made = subprocess.run(command, check=False, capture_output=True)  # noqa: S603
    return _known(name) if made.returncode == 0 else None


def _runs_as(account: Account, command: list[str]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            command, check=False, capture_output=True, cwd="/", **account.popen_arguments()
        )
    except OSError:  # a container that does not map this user
        return False
    return done.returncode == 0
