"""Pictures of the published pages for the README: python docs/screenshot.py [RESULTS].

RESULTS is a folder with `index.html` (default: results/published/paper). Writes `docs/page.png`, the top of its
page, and `docs/study.png`, the curves of a study. Needs Chromium.
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
STUDY = "columns"  # whose page is shown, if the paper has it
COLOURS = 128


def main() -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    results = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "results" / "published" / "paper").resolve()
    if browser is None:
        sys.exit(f"screenshot: needs one of {', '.join(BROWSERS)} on PATH")
    pages = {"page": results / "index.html", "study": _study_page(results)}
    for name, page in pages.items():
        if not page.exists():
            sys.exit(f"screenshot: {page}: missing; make published writes it")
        picture = ROOT / "docs" / f"{name}.png"
        picture.write_bytes(small(taken(browser, page)))
        print(picture)


def _study_page(results: Path) -> Path:
    """The page of the study that is shown: the named one, or the paper's first by name."""
    found = sorted(results.glob("studies/*/index.html"))
    return next((page for page in found if page.parent.name == STUDY), found[0] if found else results / "studies")


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
