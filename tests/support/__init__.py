"""What tests share and run beside them: scripted models, fakes, servers, pages. No tests."""

from pathlib import Path

SUPPORT = Path(__file__).parent
