"""The parts of the build, and the site that scripts/test has built."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

import dist
import page
import protocol_ts
import runtime
from tools import ROOT, Stamps, digest

SITE = ROOT / "dist"


def test_generated_protocol_is_current() -> None:
    protocol_ts.main(check=True)


def test_stale_protocol_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol_ts, "TARGET", tmp_path / "protocol.ts")
    (tmp_path / "protocol.ts").write_text("old")
    with pytest.raises(SystemExit, match=r"run build/protocol_ts\.py"):
        protocol_ts.main(check=True)


def test_step_is_done_again_only_when_its_inputs_change(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path / "stamps.json")
    assert not stamps.match("page", "1")
    stamps.keep("page", "1")
    stamps.keep("runtime", "7")
    assert stamps.match("page", "1")
    assert not stamps.match("page", "2")


def test_digest_changes_with_any_byte_of_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.ROOT", tmp_path)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_text("1")
    first = digest([tmp_path / "inner"])
    assert digest([tmp_path / "inner"]) == first
    (tmp_path / "inner" / "a").write_text("2")
    assert digest([tmp_path / "inner"]) != first


def test_manifest_names_every_runtime_file_with_its_hash(tmp_path: Path) -> None:
    for name in (
        "runtime/a.wasm",
        "runtime/a.wasm.gz",
        "runtime/snapshot.short.gz",
        "wheels/b.whl",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    dist.write_manifest(tmp_path, "policy")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert set(manifest["files"]) == {"runtime/a.wasm", "runtime/snapshot.short.gz", "wheels/b.whl"}
    assert manifest["files"]["wheels/b.whl"] == {
        "bytes": 12,
        "sha256": hashlib.sha256(b"wheels/b.whl").hexdigest(),
    }


def test_packed_copy_follows_the_file(tmp_path: Path) -> None:
    script = tmp_path / "a.js"
    script.write_text("1")
    (tmp_path / "weights.gguf").write_text("1")
    dist.compress(tmp_path)
    assert gzip.decompress((tmp_path / "a.js.gz").read_bytes()) == b"1"
    assert (tmp_path / "a.js.br").exists()
    assert not (tmp_path / "weights.gguf.gz").exists()


def test_snapshot_holds_the_core_but_not_what_pages_lack() -> None:
    modules = runtime.our_modules()
    assert {"pyagent", "pyagent.wire", "pyagent.agents.code", "pyagent.sandbox.guest"} <= {*modules}
    assert not {"pyagent.cli", "pyagent.server", "pyagent.models.litellm"} & {*modules}


def test_policy_lets_no_foreign_script_or_image_in() -> None:
    policy = dict(
        directive.split(" ", 1)
        for directive in page.content_security_policy("sha256-x").split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' blob: 'wasm-unsafe-eval' 'sha256-x'"
    assert policy["img-src"] == "'self' blob: data:"
    assert "'unsafe-eval'" not in policy["script-src"].split()


def test_policy_names_who_may_make_documents_and_scripts_of_text() -> None:
    policy = page.content_security_policy("sha256-x").split("; ")
    assert "require-trusted-types-for 'script'" in policy
    ours = "pyagent-scripts pyagent-frames pyagent-drawings"
    assert f"trusted-types lit-html dompurify {ours}" in policy


def test_built_site_is_what_its_manifest_says() -> None:
    manifest = json.loads((SITE / "manifest.json").read_text())
    for name, file in manifest["files"].items():
        assert hashlib.sha256((SITE / name).read_bytes()).hexdigest() == file["sha256"], name


def test_building_again_elsewhere_makes_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    runtime.make(tmp_path)
    dist.write_manifest(tmp_path, "policy")
    again = json.loads((tmp_path / "manifest.json").read_text())
    first = json.loads((SITE / "manifest.json").read_text())
    assert again["files"] == first["files"]
    assert again["build_id"] == first["build_id"]


def test_built_page_asks_nobody_else_for_anything() -> None:
    html = (SITE / "index.html").read_text()
    assert "Content-Security-Policy" in html
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_web_lock_file_names_no_registry() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
