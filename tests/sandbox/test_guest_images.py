"""``Image`` in generated code: what it can do without Pillow, and what it borrows from Pillow."""

from __future__ import annotations

import pickle
import sys
from base64 import b64encode
from importlib.machinery import PathFinder
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from pyagent.pictures import MAX_BYTES
from pyagent.sandbox.arguments import to_argument
from pyagent.sandbox.results.bundles import to_bundle
from pyagent.sandbox.results.images import Image, opened
from pyagent.sandbox.values import NotJson
from support.images import png

PNG = png(6, 5)
BUNDLE = {"text/plain": "[image 6x5]", "image/png": b64encode(PNG).decode()}


@pytest.fixture
def _no_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "PIL"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(PathFinder, "find_spec", lambda name, path=None, target=None: None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)


@pytest.mark.usefixtures("_no_pillow")
def test_image_from_a_tool_works_without_pillow(tmp_path: Path) -> None:
    sys.modules.pop("PIL", None)
    image = opened({"a": [BUNDLE]})["a"][0]
    assert isinstance(image, Image)
    assert (image.size, image.width, image.height, image.format) == ((6, 5), 6, 5, "PNG")
    assert (repr(image), image.read(), bytes(image)) == ("[image 6x5]", PNG, PNG)
    image.save(tmp_path / "a.png")
    image.save(file := BytesIO())
    assert (tmp_path / "a.png").read_bytes() == file.getvalue() == PNG
    assert to_bundle(image) == BUNDLE
    assert not hasattr(image, "resize")
    with pytest.raises(AttributeError, match=r"'resize' only with Pillow"):
        image.resize((2, 3))


def test_image_is_not_changed_by_what_others_look_for() -> None:
    """Tables and JSON look for such names. Looking must not import Pillow."""
    for name in ("columns", "to_dict", "model_dump", "tolist", "paste", "__len__"):
        with pytest.raises(AttributeError, match=f"has no attribute '{name}'"):
            getattr(Image(PNG), name)


def test_image_survives_a_checkpoint() -> None:
    assert pickle.loads(pickle.dumps(Image(PNG))).data == PNG


def test_image_from_a_tool_is_one_of_pillow_where_that_is_installed() -> None:
    pillow = pytest.importorskip("PIL.Image")
    assert isinstance(opened(BUNDLE), pillow.Image)
    assert pillow.open(Image(PNG)).size == (6, 5)
    assert Image(PNG).resize((2, 3)).size == (2, 3)


def test_image_is_saved_in_another_type_by_pillow(tmp_path: Path) -> None:
    pillow = pytest.importorskip("PIL.Image")
    Image(PNG).save(tmp_path / "a.jpg")
    with pillow.open(tmp_path / "a.jpg") as saved:
        assert saved.format == "JPEG"


def test_svg_from_a_tool_is_an_image() -> None:
    image = opened({"text/plain": "[image]", "image/svg+xml": "<svg/>"})
    assert to_bundle(image)["image/svg+xml"] == "<svg/>"


def test_value_without_images_is_not_copied() -> None:
    value = [{"a": [1.5] * 3}, {"text/plain": "x"}]
    assert opened(value) is value


def test_image_of_pillow_is_shown_in_one_form_with_its_size() -> None:
    pillow = pytest.importorskip("PIL.Image")
    bundle = to_bundle(pillow.new("CMYK", (7, 8)))
    assert list(bundle) == ["text/plain", "image/png"]
    assert bundle["text/plain"] == "[image 7x8]"
    large = to_bundle(pillow.effect_noise((4_000, 4_000), 120))
    assert list(large) == ["text/plain", "image/jpeg"]
    assert large["text/plain"] == "[image 4000x4000]"


# --- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize("hint", ["Image", "Any", "Image | None", "list[Image]"])
@pytest.mark.parametrize("value", [Image(PNG), PNG])
def test_image_crosses_as_a_bundle(value: Any, hint: str) -> None:
    assert to_argument(value, hint) == BUNDLE
    assert to_argument([value, {"a": value}], "Any") == [BUNDLE, {"a": BUNDLE}]


@pytest.mark.parametrize("hint", ["str", "int", "list[str]", "float | None"])
def test_image_for_another_type_is_refused(hint: str) -> None:
    with pytest.raises(NotJson, match=r"^a value of type Image cannot be converted to JSON$"):
        to_argument(Image(PNG), hint)


def test_name_of_an_image_file_crosses_as_the_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.png").write_bytes(PNG)
    Path("b.txt").write_text("b")
    for name in ("a.png", Path("a.png"), tmp_path / "a.png"):
        assert to_argument(name, "Image") == BUNDLE
    assert to_argument(["a.png"], "list[Image]") == [BUNDLE]
    assert to_argument("a.png", "Image | str") == "a.png"
    assert to_argument("a.png", "Any") == "a.png"
    for other in ("b.txt", "c.png", "data:image/png;base64,AAAA", "x" * 100_000, "a\0b", "."):
        assert to_argument(other, "Image") == other


def test_too_large_an_image_does_not_cross(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(noise=MAX_BYTES))
    for given in (png(noise=MAX_BYTES), tmp_path / "a.png"):
        with pytest.raises(NotJson, match="at most 8 MB are possible"):
            to_argument(given, "Image")
