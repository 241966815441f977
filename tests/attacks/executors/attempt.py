"""What an attempt to get out of an executor's fence is.

The code of an attempt is the body of a function. It returns something true if it got out; an error
or something false means that it was held. ``at`` says what there is to reach: see ``host``.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt. Its control is the same code on plain ``local``, where it must get out."""

    name: str
    code: str
    then: str = ""
    """Code for a second guest, after the first one was killed; it says whether this got out."""
    judge: str = ""
    """How the host sees it: the words were ``heard``, the victim was ``hurt``, a process ``runs``,
    or the guest was ``lost``, and works again."""
    needs: tuple[str, ...] = ()
    """What the control needs: see ``test_fence``."""
    open: dict[str, str] = field(default_factory=dict)
    """Kind → why the attempt still gets out there."""


LIBC = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
CALL = f"""{LIBC}import platform
X86 = platform.machine() == "x86_64"
"""
