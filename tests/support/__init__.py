"""What tests share: scripted models, fakes, servers and pages. There are no tests here."""

from pathlib import Path

SUPPORT = Path(__file__).parent
