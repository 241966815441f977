"""Tools that take and return images: as MIME bundles on the way, as images in their bodies."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from base64 import b64encode
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest

from pyagent import Image, Tool, ToolDefinitionError, ToolError, tool
from pyagent.pictures import MAX_BYTES
from support.images import png

PNG = png(6, 5)
TEXT = b64encode(PNG).decode()
BUNDLE = {"text/plain": "[image 6x5]", "image/png": TEXT}


def call(made: Tool, *args: Any, **kwargs: Any) -> Any:
    return asyncio.run(made.call(args, kwargs))


def returning(value: Any) -> Tool:
    @tool
    def give() -> Any:
        """Give it."""
        return value

    return give


@tool
def size(image: Image, beside: list[Image] = (), note: str = "") -> list:  # type: ignore[assignment]
    """Sizes of images.

    Args:
        image: The first.
        beside: Others.
        note: Text.
    """
    assert isinstance(image, Image)
    return [image.size, [other.size for other in beside]]


# --- results -------------------------------------------------------------------------------------


class Figure:
    """A figure like those of matplotlib."""

    def savefig(self, fp: Any, format: str, bbox_inches: str) -> None:
        fp.write(PNG)


class Axes:
    """Axes like those that pandas' ``plot`` returns."""

    figure = Figure()


Figure.__module__ = "matplotlib.figure"
Axes.__module__ = "matplotlib.axes._axes"


@pytest.mark.parametrize(
    "value",
    [
        PNG,
        Image(media_type="image/png", data=PNG),
        Figure(),
        Axes(),
        SimpleNamespace(type="image", data=TEXT, mimeType="image/png"),
        {"type": "image", "data": TEXT, "mimeType": "image/png"},
        {"mime": "image/png", "data": TEXT},
        {"image/png": TEXT},
        SimpleNamespace(_repr_png_=lambda: PNG),
        SimpleNamespace(_repr_png_=lambda: (PNG, {"width": 6})),
    ],
)
def test_image_in_a_result_becomes_a_bundle(value: Any) -> None:
    assert call(returning(value)) == BUNDLE
    assert call(returning({"a": [value]})) == {"a": [BUNDLE]}


def test_content_of_an_mcp_result_has_its_images_as_bundles() -> None:
    content = [
        {"type": "text", "text": "Here."},
        {"type": "image", "data": TEXT, "mimeType": "image/png", "annotations": None},
    ]
    assert call(returning(content)) == [content[0], BUNDLE]


def test_svg_of_an_object_becomes_a_bundle() -> None:
    given = call(returning(SimpleNamespace(_repr_svg_=lambda: "<svg/>")))
    assert given == {"text/plain": "[image]", "image/svg+xml": "<svg/>"}


@pytest.mark.parametrize("value", [b"%PDF", object()])
def test_what_is_no_image_is_still_refused(value: Any) -> None:
    with pytest.raises(ToolError, match="cannot be sent to the code"):
        call(returning(value))


@pytest.mark.parametrize("value", [png(noise=MAX_BYTES), [png(noise=MAX_BYTES // 2)] * 3])
def test_too_much_of_images_is_refused_with_advice(value: Any) -> None:
    with pytest.raises(ToolError, match=r"8 MB.*(smaller|Make it smaller)"):
        call(returning(value))


@pytest.mark.parametrize(
    "hint", [Image, Figure, Annotated[Image, "Drawn."], list[Image], Image | None]
)
def test_signature_says_that_an_image_is_returned(hint: Any) -> None:
    def draw() -> Any:
        """Draw."""

    draw.__annotations__["return"] = hint
    expected = {list[Image]: "list[Image]", Image | None: "Image | None"}.get(hint, "Image")
    assert tool(draw).signature == f"() -> {expected}"


# --- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        BUNDLE,
        PNG,
        f"data:image/png;base64,{TEXT}",
        {"mime": "image/png", "data": TEXT},
        Image(media_type="image/png", data=PNG),
    ],
)
def test_body_gets_the_image(value: Any) -> None:
    assert call(size, value) == [[6, 5], []]
    assert call(size, image=value, beside=[value, BUNDLE]) == [[6, 5], [[6, 5], [6, 5]]]


def test_image_parameter_is_described_to_the_model() -> None:
    assert size.signature == "(image: Image, beside: list[Image] = ..., note: str = '') -> list"
    described = size.parameters["properties"]["image"]
    assert described["type"] == "string"
    assert described["description"].startswith("The first. An image: ")
    assert size.parameters["properties"]["beside"]["items"] == {"type": "string"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("/etc/passwd", "wants 'image' as Image: there is no image '/etc/passwd'"),
        ("https://example.org/a.png", "there is no image 'https://example.org/a.png'"),
        ("", "there is no image ''"),
        (7, "an image is needed: .* not int 7"),
        (None, "an image is needed"),
        ({"a": 1}, "not dict"),
        (b"%PDF", "not bytes"),
        (png(noise=MAX_BYTES), "at most 8 MB are possible"),
    ],
)
def test_what_is_no_image_is_refused_as_argument(value: Any, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        call(size, value)


def test_file_of_the_trusted_side_is_never_opened_for_a_model(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    with pytest.raises(ToolError, match="there is no image"):
        call(size, str(tmp_path / "secret.png"))


def test_optional_image_may_be_left_out() -> None:
    @tool
    def look(image: Image | None = None) -> bool:
        """Look.

        Args:
            image: At what.
        """
        return image is not None

    assert [call(look), call(look, None), call(look, BUNDLE)] == [False, False, True]
    assert look.signature == "(image: Image | None = None) -> bool"


def test_text_parameter_refuses_an_image() -> None:
    with pytest.raises(ToolError, match="wants 'note' as str"):
        call(size, BUNDLE, note=BUNDLE)


# --- as in smolagents, and with Pillow -----------------------------------------------------------


class Turn(Tool):
    """Declares its types as tools of smolagents do."""

    name = "turn"
    description = "Turns an image."
    inputs = {"image": {"type": "image", "description": "Which."}}  # noqa: RUF012
    output_type = "image"

    def forward(self, image: Any) -> Any:
        return image


def test_types_of_smolagents_mean_images() -> None:
    turn = Turn()
    assert turn.signature == "(image: Image) -> Image"
    assert call(turn, BUNDLE)["image/png"]
    with pytest.raises(ToolError, match="an image is needed"):
        call(turn, 3)


def test_output_type_image_takes_a_path_and_a_data_url(tmp_path: Path) -> None:
    class Draw(Tool):
        name = "draw"
        description = "Draws."
        inputs = {"what": {"type": "string", "description": "A path."}}  # noqa: RUF012
        output_type = "image"

        def forward(self, what: str) -> Any:
            return Path(what) if what.startswith("/") else what

    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    (tmp_path / "a.txt").write_bytes(b"no")
    assert call(Draw(), str(path)) == BUNDLE
    assert call(Draw(), f"data:image/png;base64,{TEXT}") == BUNDLE
    with pytest.raises(ToolError, match=r"cannot be read: No such file"):
        call(Draw(), str(tmp_path / "b.png"))
    with pytest.raises(ToolError, match=r"is not a PNG, JPEG, WebP or GIF"):
        call(Draw(), str(tmp_path / "a.txt"))


def test_classes_are_known_by_module_and_name_alone(tmp_path: Path) -> None:
    """Tested in a process of its own, with a stand-in for Pillow."""
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text("")
    (tmp_path / "PIL" / "Image.py").write_text(
        textwrap.dedent("""
        class Image:
            def __init__(self, data): self.data_read = data
            def save(self, fp, format): fp.write(self.data_read)
            def load(self): pass
        class PngImageFile(Image): pass
        def open(fp): return PngImageFile(fp.read())
        """)
    )
    script = f"""
import asyncio, sys
from pyagent import tool
assert not any(name.partition(".")[0] == "PIL" for name in sys.modules)
import PIL.Image
@tool
def twice(image: PIL.Image.Image, kind: PIL.Image = None) -> PIL.Image.Image:
    '''Twice.

    Args:
        image: Which.
        kind: The module, as people write.
    '''
    assert type(image) is PIL.Image.PngImageFile
    return image
print(twice.signature)
print(asyncio.run(twice.call([{BUNDLE!r}], {{"kind": {BUNDLE!r}}})) == {BUNDLE!r})
"""
    environment = {"PYTHONPATH": f"{tmp_path}:{':'.join(sys.path)}"}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment
    )
    assert run.stdout.splitlines() == [
        "(image: Image, kind: Image | None = None) -> Image",
        "True",
    ], run.stderr


def test_body_gets_an_image_of_pillow() -> None:
    pillow = pytest.importorskip("PIL.Image")

    def grow(image: Any) -> Any:
        """Grow.

        Args:
            image: What.
        """
        return image.resize((8, 9)), call_type.append(type(image))

    call_type: list[Any] = []
    grow.__annotations__.update({"image": pillow.Image, "return": tuple})
    for given in (BUNDLE, PNG, pillow.new("L", (2, 2))):
        grown, _ = call(tool(grow), given)
        assert grown["text/plain"] == "[image 8x9]"
    assert all(issubclass(kind, pillow.Image) for kind in call_type)
    with pytest.raises(ToolError, match="the image cannot be read"):
        call(tool(grow), {"image/png": b64encode(PNG[:30]).decode()})


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "F"])
def test_pillow_image_of_any_mode_can_be_returned(mode: str) -> None:
    pillow = pytest.importorskip("PIL.Image")
    assert call(returning(pillow.new(mode, (3, 2))))["text/plain"] == "[image 3x2]"


def test_large_pillow_image_is_returned_as_jpeg() -> None:
    pillow = pytest.importorskip("PIL.Image")
    noise = pillow.effect_noise((3_500, 3_500), 20)
    assert list(call(returning(noise))) == ["text/plain", "image/jpeg"]


def test_hint_of_another_module_is_still_refused() -> None:
    def look(image: Any) -> str:
        """Look.

        Args:
            image: What.
        """
        return ""

    look.__annotations__["image"] = sys
    with pytest.raises(ToolDefinitionError, match=r"PIL\.Image\.Image"):
        tool(look)
