"""Calls what a program hooks into a run, its checks and step callbacks, with what each one takes.

A hook is offered several values by name. A short one, such as ``def note(step)``, takes only the
first of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Any

from pyagent.concurrency.blocking import CallBlocking, call_either


async def call_hook(
    call_blocking: CallBlocking, hook: Callable[..., Any], /, **offered: Any
) -> Any:
    """Call a hook, async or not, with as many of the values in ``offered`` as it takes."""
    args, kwargs = _taken(hook, offered)
    return await call_either(call_blocking, hook, *args, **kwargs)


def _taken(hook: Callable[..., Any], offered: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments for ``hook``: by position in the order offered, or by a name that is offered.

    A parameter with a default and a name of its own, as in ``lambda step, log=log: …``, keeps its
    default.
    """
    try:
        parameters = inspect.signature(hook).parameters.values()
    except (TypeError, ValueError):  # a function in C without a signature
        return list(offered.values()), {}
    left, args, kwargs = dict(offered), list[Any](), dict[str, Any]()
    by_position = True
    for parameter in parameters:
        name, kind = parameter.name, parameter.kind
        if kind is Parameter.VAR_POSITIONAL and by_position:
            args += left.values()
            left.clear()
        elif kind is Parameter.VAR_KEYWORD:
            kwargs |= left
        elif kind is Parameter.KEYWORD_ONLY:
            if name in left:
                kwargs[name] = left.pop(name)
        elif by_position and left and (parameter.default is Parameter.empty or name in left):
            args.append(left.pop(name if name in left else next(iter(left))))
        else:
            by_position = False
    return args, kwargs
