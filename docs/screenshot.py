"""A picture of the published page for the README: python docs/screenshot.py [RESULTS].

RESULTS is a folder with `index.html` (default: results/published/paper). Writes `docs/page.png`, the top of its
page. Needs Chromium.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1200, 1000  # pixels
COLOURS = 128


def main() -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    results = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "results" / "published" / "paper").resolve()
    if browser is None:
        sys.exit(f"screenshot: needs one of {', '.join(BROWSERS)} on PATH")
    page = results / "index.html"
    if not page.exists():
        sys.exit(f"screenshot: {page}: missing; make published writes it")
    picture = ROOT / "docs" / "page.png"
    picture.write_bytes(small(taken(browser, page)))
    print(picture)


def taken(browser: str, page: Path) -> bytes:
    """A PNG of the top of a page, in light colours."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "picture.png")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000"]
        options += [f"--window-size={WIDTH},{HEIGHT}", "--blink-settings=preferredColorScheme=1"]
        options += [f"--user-data-dir={folder}/profile", f"--screenshot={out}"]
        subprocess.run([browser, *options, page.as_uri()], check=True, capture_output=True, timeout=120)
        return out.read_bytes()


def small(picture: bytes) -> bytes:
    """The picture with a palette, which takes a third of the bytes."""
    out = io.BytesIO()
    palette = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    palette.save(out, "png", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
