"""The work folder: its paths, its links, and the files that changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyagent.errors import FileError
from pyagent.sandbox.files import WorkFolder, check_relative, media_type


@pytest.mark.parametrize("path", ["a.txt", "a/b.txt", "./a", "..a/b..", "ü/x y.csv"])
def test_paths_inside_pass(path: str) -> None:
    check_relative(path)


@pytest.mark.parametrize("path", ["", ".", "..", "/a", "a/../b", "a\\b", "C:/x", "a\0b", "//x"])
def test_paths_that_may_lead_outside_are_refused(path: str) -> None:
    with pytest.raises(FileError):
        check_relative(path)


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret")
    (tmp_path / "work").mkdir()
    folder = WorkFolder(tmp_path / "work")
    (folder.path / "file").symlink_to(outside)
    (folder.path / "folder").symlink_to(tmp_path)
    for path in ("file", "folder/outside.txt"):
        with pytest.raises(FileError, match="leads out"):
            folder.read(path)
        with pytest.raises(FileError, match="leads out"):
            folder.write(path, b"x")
    assert outside.read_text() == "secret"
    assert folder.all() == []


def test_changes_are_reported_once(tmp_path: Path) -> None:
    folder = WorkFolder(tmp_path)
    folder.write("from/host.csv", b"1")
    (tmp_path / "made.svg").write_text("<svg/>")
    (tmp_path / ".hidden").write_text("x")
    assert [(file.path, file.media_type) for file in folder.changed()] == [
        ("made.svg", "image/svg+xml")
    ]
    assert folder.changed() == []
    os.utime(tmp_path / "from" / "host.csv", ns=(1, 1))
    assert [file.path for file in folder.changed()] == ["from/host.csv"]


def test_file_in_the_way_of_a_folder_is_a_file_error(tmp_path: Path) -> None:
    folder = WorkFolder(tmp_path)
    folder.write("a", b"x")
    with pytest.raises(FileError):
        folder.write("a/b", b"x")
    with pytest.raises(FileError):
        folder.read("a/b")


def test_media_type_follows_from_the_name() -> None:
    assert media_type("x/report.MD") == "text/markdown"
    assert media_type("data.csv") == "text/csv"
    assert media_type("noidea.zzz") == "application/octet-stream"


@pytest.mark.parametrize("path", ["y" * 256, "d/" * 3_000 + "x", "x" * 300 + "/a"])
def test_name_that_the_file_system_refuses_is_an_error_of_ours(tmp_path: Path, path: str) -> None:
    with pytest.raises(FileError, match="cannot be written: File name too long"):
        WorkFolder(tmp_path).write(path, b"x")
    with pytest.raises(FileError):
        WorkFolder(tmp_path).read(path)
