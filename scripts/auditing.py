"""What ``scripts/audit`` looks at: secrets, pinned hashes, licences and known vulnerabilities.

Each check returns its findings as sentences. A check that needs a server which does not answer says
so; that is no finding.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MOST_BYTES = 2_000_000
"""A larger file is data, and is not searched for secrets."""

SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{40}"),
    "a key of OpenAI's or Anthropic's form": re.compile(r"\bsk-[A-Za-z0-9_-]*[A-Za-z0-9]{32,}"),
    "a token of GitHub": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,})"),
    "a token of Hugging Face": re.compile(r"\bhf_[A-Za-z0-9]{30,}"),
    "a key of AWS": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a key of Google": re.compile(r"\bAIza[A-Za-z0-9_-]{35}"),
    "a token of Slack": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}"),
    "a token of a package index": re.compile(
        r"\b(?:pypi-AgE[A-Za-z0-9_-]{40,}|npm_[A-Za-z0-9]{36})"
    ),
}

FREE = re.compile(
    r"^(?:MIT(?:-0|-CMU)?|Apache-2\.0|BSD(?:-[23]-Clause)?|0BSD|ISC|MPL-2\.0|PSF-2\.0|Python-2\.0|"
    r"Unlicense|BlueOak-1\.0\.0|CC0-1\.0|CC-BY-4\.0|OFL-1\.1|Zlib|HPND)$"
)
"""Licences that pyagent may be built and shipped with."""

_OLD_NAMES = {
    "MIT License": "MIT",
    "The MIT License (MIT)": "MIT",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}


@dataclass(kw_only=True)
class Report:
    """What one check found, and what it could not check."""

    findings: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def secrets(root: Path) -> Report:
    """Look for keys and passwords in the files that git knows."""
    report = Report()
    for path in _tracked(root):
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        for what, pattern in SECRETS.items():
            for hit in pattern.finditer(text):
                line = text.count("\n", 0, hit.start()) + 1
                report.findings.append(f"{path.relative_to(root)}:{line} has {what}.")
    return report


def hashes(root: Path) -> Report:
    """Check that every file which the build downloads is pinned by its hash."""
    report = Report()
    lock = json.loads((root / "web" / "package-lock.json").read_text("utf-8"))
    for path, package in _npm_packages(lock):
        if not str(package.get("integrity", "")).startswith("sha512-"):
            report.findings.append(f"package-lock.json has no SHA-512 for {path}.")
        if not str(package.get("resolved", "https://")).startswith("https://"):
            report.findings.append(f"package-lock.json takes {path} from an odd place.")
    for pins in sorted((root / "build").glob("*.txt")):
        for requirement in _requirements(pins.read_text("utf-8")):
            if "==" not in requirement or "--hash=sha256:" not in requirement:
                report.findings.append(f"{pins.name} does not pin {requirement.split()[0]}.")
    wheels = root / "build" / "data_packages" / "packages.json"
    for package in json.loads(wheels.read_text("utf-8"))["packages"]:
        if not re.fullmatch(r"[0-9a-f]{64}", str(package.get("sha256", ""))):
            report.findings.append(f"packages.json has no SHA-256 for {package.get('name')}.")
    return report


def licences(root: Path, find: Callable[[str], Distribution] = distribution) -> Report:
    """Check that what pyagent is built from and ships has a free licence."""
    report = Report()
    lock = json.loads((root / "web" / "package-lock.json").read_text("utf-8"))
    for path, package in _npm_packages(lock):
        if not is_free(str(package.get("license", ""))):
            report.findings.append(f"{path} has the licence {package.get('license')!r}.")
    for name in _python_names(root):
        try:
            licence = licence_of(find(name))
        except PackageNotFoundError:
            report.unchecked.append(f"{name} is not installed, so its licence was not read.")
            continue
        if not is_free(licence):
            report.findings.append(f"{name} has the licence {licence!r}.")
    return report


def vulnerabilities(root: Path, npm: Iterable[object]) -> Report:
    """Ask npm and pip-audit for known vulnerabilities. ``npm`` is the command that starts npm."""
    report = Report()
    told = _run([*map(str, npm), "audit", "--json", "--ignore-scripts"], root / "web")
    read_npm(told, report)
    if find_spec("pip_audit") is None:
        report.unchecked.append("Python: pip-audit is not installed. pip install pip-audit")
    else:
        command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner=off"]
        read_pip_audit(_run([*command, "--local"], root), report, _python_names(root))
    return report


def read_npm(told: str, report: Report) -> None:
    """Read what ``npm audit --json`` said."""
    answer = _object(told)
    if "vulnerabilities" not in answer:
        reason = answer.get("message") or answer.get("error") or "no answer"
        report.unchecked.append(f"npm: the registry does not answer audits ({reason!s:.200}).")
        return
    for name, found in sorted(answer["vulnerabilities"].items()):
        report.findings.append(f"npm: {name} has a vulnerability ({found.get('severity')}).")


def read_pip_audit(told: str, report: Report, names: Iterable[str]) -> None:
    """Read what pip-audit said about the packages that pyagent needs."""
    answer = _object(told)
    if "dependencies" not in answer:
        report.unchecked.append("Python: the index does not answer audits.")
        return
    wanted = {_plain(name) for name in names}
    for package in answer["dependencies"]:
        if _plain(package["name"]) in wanted:
            for found in package.get("vulns", ()):
                report.findings.append(f"Python: {package['name']} has {found['id']}.")


def is_free(licence: str) -> bool:
    """Whether one alternative of a licence expression is among ``FREE``."""
    alternatives = re.split(r"\s+OR\s+", licence.replace("(", "").replace(")", ""))
    return any(
        all(FREE.match(_OLD_NAMES.get(part, part)) for part in re.split(r"\s+AND\s+", one))
        for one in alternatives
    )


def licence_of(package: Distribution) -> str:
    """The licence of an installed package, from the newest field that it has."""
    metadata: Any = package.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = metadata.get_all("Classifier") or []
    named = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License :: OSI")]
    return " OR ".join(named) or str(metadata.get("License") or "")


def _tracked(root: Path) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    return [root / name for name in listed.stdout.decode("utf-8").split("\0") if name]


def _npm_packages(lock: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The packages of a lock file, except the project itself."""
    return [(path, package) for path, package in lock["packages"].items() if path]


def _requirements(text: str) -> list[str]:
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def _python_pins(root: Path) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    pins: list[str] = [*project["dependencies"], *project["optional-dependencies"]["server"]]
    return pins


def _python_names(root: Path) -> list[str]:
    return [re.split(r"[=<>\[;]", pin)[0] for pin in _python_pins(root)]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[=<>\[;]", name)[0]).lower()


def _run(command: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
