"""The models that the agent worker made: the newest, and older ones that a run still uses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from itertools import chain

from pyagent.models.base import Model
from pyagent.models.page import PageModel, PageModelAnswer

logger = logging.getLogger(__name__)


class ModelsInUse:
    """Groups of models, one group for each time that the page chose models."""

    def __init__(self) -> None:
        self._groups: list[list[Model]] = []
        """Newest last; older ones stay until no run uses them."""

    def add(self, group: list[Model]) -> None:
        """Keep a group of models. It is the newest from now on."""
        self._groups.append(group)

    async def close_before(self, group: list[Model]) -> None:
        """Close every group that is older than this one."""
        while self._groups[0] is not group and group in self._groups:
            await close_models(self._groups.pop(0))

    def deliver(self, message: PageModelAnswer) -> None:
        """Hand on what a model in the page replied; the model that asked takes it."""
        for model in chain(*self._groups):
            if isinstance(model, PageModel):
                model.deliver(message)


async def close_models(models: Iterable[Model]) -> None:
    """Close all of them, even if closing one fails."""
    ends = await asyncio.gather(*(model.aclose() for model in models), return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            logger.warning("A model could not be closed.", exc_info=end)
