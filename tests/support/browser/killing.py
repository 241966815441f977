"""Kills a browser, or a worker of a page, as a crash does."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Error, Page

_TABS = ("--type=renderer", "-isForBrowser")
"""What the command lines of tabs have, in Chromium and in Firefox."""

RECORD_WORKERS = """(() => {
  const Plain = Worker;
  window.workers = [];
  window.Worker = class extends Plain {
    constructor(url, options) {
      super(url, options);
      workers.push([options?.name, this]);
    }
  };
})()"""
"""An init script for ``kill_agent``."""

_KILL_AGENT = """() => {
  const [, worker] = workers.findLast(([name]) => name === "pyagent-agent");
  worker.terminate();
  worker.dispatchEvent(new ErrorEvent("error", { message: "killed by a test" }));
}"""

_FAIL = "() => { setTimeout(() => { throw new Error('killed by a test'); }); }"


def kill_agent(page: Page) -> None:
    """End the agent's worker of a page that was loaded with ``RECORD_WORKERS``."""
    page.evaluate(_KILL_AGENT)


def kill_browser(profile: Path) -> None:
    """Kill every process of the browser with this profile, without any warning."""
    found = subprocess.run(
        ["pgrep", "-f", f"--user-data-dir={profile}"], capture_output=True, text=True, check=False
    )
    for number in found.stdout.split():
        with suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGKILL)


def fail_sandbox(page: Page) -> bool:
    """End the worker of the sandbox in use, by an error of its own. Returns whether there was one.

    The spare that takes its place has come later, and lives. A script that a page is loaded with
    would not do: it often runs in a sandbox's frame only after the frame has made its worker.
    """
    sandboxes = [worker for worker in page.workers if worker.url.startswith("blob:")]
    for worker in sandboxes[:1]:
        with suppress(Error):  # it is gone already
            worker.evaluate(_FAIL)
    return bool(sandboxes)


def kill_tabs() -> None:
    """Kill the processes of all tabs of the browsers that this process started."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = [
        (int(pid), int(parent), args) for pid, parent, args in map(_row, listed.stdout.splitlines())
    ]
    ours = {os.getpid()}
    while grown := {pid for pid, parent, _ in rows if parent in ours} - ours:
        ours |= grown
    for pid, _, args in rows:
        if pid in ours and any(kind in args for kind in _TABS):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _row(line: str) -> tuple[str, str, str]:
    pid, parent, args = line.split(None, 2)
    return pid, parent, args
