"""Finds a Docker engine and bubblewrap for the tests of executors, and installs what is missing.

scripts/test calls it. Where something cannot be had, the run fails, unless PYAGENT_WITHOUT names
the kinds of executors to go without, such as ``docker,bubblewrap``. Tests read it too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

WITHOUT = "PYAGENT_WITHOUT"
PROGRAMS = {"docker": ("docker", "dockerd", "docker-registry"), "bubblewrap": ("bwrap",)}
PACKAGES = {"docker": ("docker.io", "docker-registry"), "bubblewrap": ("bubblewrap",)}
"""Kind of executor → its packages in Debian and Ubuntu."""
PLACES = ("/usr/sbin", "/sbin", "/usr/local/sbin")


def ensure_engines() -> None:
    """Make sure that each kind can be tested, or that the person goes without it."""
    given_up = {kind for kind in os.environ.get(WITHOUT, "").split(",") if kind}
    wanted = [kind for kind in PROGRAMS if kind not in given_up]
    if missing := [kind for kind in wanted if not _is_there(kind)]:
        _install([package for kind in missing for package in PACKAGES[kind]])
    if lacking := [kind for kind in wanted if _why_not(kind)]:
        reasons = "; ".join(f"{kind}: {_why_not(kind)}" for kind in lacking)
        sys.exit(
            f"These executors cannot be tested here: {reasons}. To go without them, set"
            f" {WITHOUT}={','.join([*sorted(given_up), *lacking])}."
        )
    if given_up:
        print(f"Not tested, as {WITHOUT} says: {', '.join(sorted(given_up))}.", flush=True)


def _is_there(kind: str) -> bool:
    return all(_path(program) is not None for program in PROGRAMS[kind])


def _path(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path=os.pathsep.join(PLACES))


def _install(packages: list[str]) -> None:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    subprocess.run(["apt-get", "update", "-q"])
    subprocess.run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages])


def _why_not(kind: str) -> str:
    """Why a kind cannot be tested; empty if it can be."""
    if not _is_there(kind):
        return f"install {' and '.join(PACKAGES[kind])}"
    if kind == "docker":
        if os.geteuid() != 0:
            return "a Docker engine for the tests can only be started by root"
        if not Path("/sys/fs/cgroup").is_dir() or not os.access("/sys/fs/cgroup", os.W_OK):
            return "a Docker engine needs control groups, and there are none to write to"
        return ""
    tried = ["bwrap", "--unshare-net", "--unshare-pid", "--ro-bind", "/", "/", "--", "true"]
    done = subprocess.run(tried, capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""
