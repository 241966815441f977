"""Images among ``additional_args``, alone and within other values."""

from __future__ import annotations

from base64 import b64encode
from datetime import date

import PIL.Image
import pytest

from pyagent import AgentError, Image
from pyagent.agents.inputs.variables import Pickled, read_variables
from pyagent.pictures import MAX_BYTES
from support.images import png

PNG = png(6, 5)
BUNDLE = {"text/plain": "[image 6x5]", "image/png": b64encode(PNG).decode()}


def test_images_within_a_value_come_as_images_and_are_not_told_as_lost_types() -> None:
    photo = Image(media_type="image/png", data=PNG)
    drawn = PIL.Image.new("RGB", (3, 2))
    given = {"photos": [photo, drawn], "held": {"b": (photo, date(2026, 1, 2))}, "raw": PNG}
    variables = read_variables(given)
    photos = variables["photos"]
    assert isinstance(photos, list)
    assert photos[0] == BUNDLE
    assert photos[1]["text/plain"] == "[image 3x2]"
    assert variables["held"] == {"b": [BUNDLE, "2026-01-02"]}
    assert variables["raw"] == BUNDLE
    assert variables.as_data == {"held": "date"}


def test_sandbox_of_objects_that_cannot_load_our_images_gets_their_bundles() -> None:
    read = read_variables({"photos": [Image(media_type="image/png", data=PNG)]}, objects=True)
    assert isinstance(read["photos"], Pickled)
    assert read["photos"].data_form == [BUNDLE]


def test_too_large_an_image_within_a_value_is_refused_with_its_name() -> None:
    with pytest.raises(AgentError, match=r"'many' in additional_args .* at most 8 MB are possible"):
        read_variables({"many": [(png(noise=MAX_BYTES),)]})
