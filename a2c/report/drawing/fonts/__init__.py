"""Small fonts for figures."""

from pathlib import Path

FONTS = Path(__file__).parent
