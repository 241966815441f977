"""scripts/audit finds secrets, missing hashes, odd licences and what audits report."""

from __future__ import annotations

import json
import subprocess
from email.message import Message
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

import auditing

ROOT = Path(__file__).parents[2]


def tree(root: Path, **files: str) -> Path:
    """A folder that git knows, with these files; two underscores stand for a slash."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    return root


def test_this_repository_has_no_secret_and_pins_what_it_downloads() -> None:
    assert auditing.secrets(ROOT).findings == []
    assert auditing.hashes(ROOT).findings == []


@pytest.mark.parametrize(
    "secret",
    [
        "sk-" + "proj-" + "a1B2" * 10,
        "sk-" + "ant-api03-" + "Zz09" * 10,
        "gh" + "p_" + "a" * 36,
        "h" + "f_" + "b" * 34,
        "AK" + "IA" + "A1" * 8,
        "AI" + "za" + "x" * 35,
        "xo" + "xb-" + "1" * 24,
        "-----BEGIN " + "RSA PRIVATE KEY-----\n" + "M" * 64,
    ],
)
def test_a_secret_is_found_with_its_line(tmp_path: Path, secret: str) -> None:
    found = auditing.secrets(tree(tmp_path, src__a=f"first\nkey = '{secret}'\n", b="clean"))
    (finding,) = found.findings
    assert finding.startswith("src/a:2 has ")
    assert secret not in finding


@pytest.mark.parametrize(
    "text", ["sk-of-the-tests", "hf_hub_download", "ask-me-anything" * 5, "AKIA"]
)
def test_what_only_looks_like_a_secret_is_none(tmp_path: Path, text: str) -> None:
    assert auditing.secrets(tree(tmp_path, a=text)).findings == []


@pytest.mark.parametrize(
    ("package", "pins", "wheel", "found"),
    [
        ({"integrity": "sha512-x"}, "a==1 \\\n    --hash=sha256:0\n", "a" * 64, 0),
        ({}, "a==1 --hash=sha256:0", "a" * 64, 1),
        ({"integrity": "sha1-x"}, "a==1 --hash=sha256:0", "a" * 64, 1),
        ({"integrity": "sha512-x", "resolved": "git+ssh://x"}, "", "a" * 64, 1),
        ({"integrity": "sha512-x"}, "# why\na==1\nb>=1 --hash=sha256:0", "a" * 64, 2),
        ({"integrity": "sha512-x"}, "", "", 1),
    ],
)
def test_what_is_not_pinned_is_found(
    tmp_path: Path, package: dict[str, str], pins: str, wheel: str, found: int
) -> None:
    root = tree(
        tmp_path,
        **{
            "web__package-lock.json": json.dumps({"packages": {"": {}, "node_modules/a": package}}),
            "build__wheels.txt": pins,
            "build__data_packages__packages.json": json.dumps(
                {"packages": [{"name": "a", "sha256": wheel}]}
            ),
        },
    )
    assert len(auditing.hashes(root).findings) == found


@pytest.mark.parametrize(
    "licence", ["MIT", "(MPL-2.0 OR Apache-2.0)", "GPL-3.0 OR MIT", "BSD License", "MIT AND ISC"]
)
def test_free_licences_are_free(licence: str) -> None:
    assert auditing.is_free(licence)


@pytest.mark.parametrize("licence", ["", "GPL-3.0", "MIT AND GPL-3.0", "UNLICENSED", "MITX"])
def test_other_licences_are_findings(licence: str) -> None:
    assert not auditing.is_free(licence)


class Installed:
    """A package with this metadata."""

    def __init__(self, *fields: tuple[str, str]) -> None:
        self.metadata = Message()
        for name, value in fields:
            self.metadata[name] = value


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "Other")], "MIT"),
        ([("Classifier", "License :: OSI Approved :: BSD License")], "BSD License"),
        ([("License", "Apache 2.0")], "Apache 2.0"),
        ([], ""),
    ],
)
def test_a_licence_is_read_from_the_newest_field(
    fields: list[tuple[str, str]], licence: str
) -> None:
    installed: Any = Installed(*fields)
    assert auditing.licence_of(installed) == licence


def test_a_package_that_is_not_installed_is_not_checked() -> None:
    def missing(name: str) -> Any:
        raise PackageNotFoundError(name)

    report = auditing.licences(ROOT, missing)
    assert report.findings == []
    assert any("httpx is not installed" in text for text in report.unchecked)


@pytest.mark.parametrize(
    ("told", "found", "unchecked"),
    [
        ('{"vulnerabilities": {}}', 0, 0),
        ('{"vulnerabilities": {"x": {"severity": "high"}}}', 1, 0),
        ('{"message": "405 Method Not Allowed"}', 0, 1),
        ("", 0, 1),
        ("[]", 0, 1),
    ],
)
def test_what_npm_says_is_read(told: str, found: int, unchecked: int) -> None:
    report = auditing.Report()
    auditing.read_npm(told, report)
    assert (len(report.findings), len(report.unchecked)) == (found, unchecked)


@pytest.mark.parametrize(
    ("told", "found", "unchecked"),
    [
        ('{"dependencies": [{"name": "HTTPX", "vulns": [{"id": "CVE-1"}]}]}', 1, 0),
        ('{"dependencies": [{"name": "other", "vulns": [{"id": "CVE-1"}]}]}', 0, 0),
        ("no answer", 0, 1),
    ],
)
def test_what_pip_audit_says_is_read(told: str, found: int, unchecked: int) -> None:
    report = auditing.Report()
    auditing.read_pip_audit(told, report, ["httpx"])
    assert (len(report.findings), len(report.unchecked)) == (found, unchecked)
