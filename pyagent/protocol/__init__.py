"""Every message between realms, declared once. There is no logic here.

Each border has a module: ``guest`` between an executor and the guest in its sandbox, ``events`` for
the events of a run, ``page`` between a page and the agent worker, with parts in ``settings``,
``page_model`` and ``journal``. Every name in them can be imported from here. A module is imported
when one of its names is first used, so a guest, which starts often, makes only its own classes.
``wire`` turns messages into JSON text and back, and the build makes ``protocol.ts`` from them.

Bytes never travel inside a message. They travel beside it as buffers; the docstring of a message
says how many there are and in which order.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Type checkers cannot see what __getattr__ finds.
if TYPE_CHECKING:
    from pyagent.protocol.events import *  # noqa: F403
    from pyagent.protocol.guest import *  # noqa: F403
    from pyagent.protocol.journal import *  # noqa: F403
    from pyagent.protocol.page import *  # noqa: F403
    from pyagent.protocol.page_model import *  # noqa: F403
    from pyagent.protocol.settings import *  # noqa: F403

MODULES = ("guest", "events", "settings", "page_model", "journal", "page")
"""The modules, lowest first: each may import from those before it."""


def __getattr__(name: str) -> Any:
    for module in MODULES:
        declared = vars(import_module(f"pyagent.protocol.{module}"))
        if name in declared:
            return globals().setdefault(name, declared[name])
    raise AttributeError(f"module 'pyagent.protocol' has no attribute {name!r}")
