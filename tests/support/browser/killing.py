"""Kills a browser, or a worker of a page, as a crash does."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Error, Page

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

_KILL_SANDBOX = """() => {
  const [, worker] = workers.at(-1);
  worker.terminate();
  worker.dispatchEvent(new ErrorEvent("error", { message: "killed by a test" }));
}"""


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


def kill_sandbox(page: Page) -> None:
    """End the workers of every sandbox of a page that was loaded with ``RECORD_WORKERS``."""
    for frame in page.frames[1:]:
        with suppress(Error):  # the frame is gone already
            frame.evaluate(_KILL_SANDBOX)
