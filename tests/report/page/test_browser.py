"""The pages in a real browser: controls, curves, accessibility, size."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from a2c.report.lineage import write_data
from a2c.report.page.page import page
from a2c.report.reading import read_study
from a2c.runs.study import PaperRecord
from docs.screenshot import HEIGHT, WIDTH, small, taken
from tests.browser import BROWSER, needs_browser, printed_pages, visit
from tests.processes import ROOT

pytestmark = [pytest.mark.slow, needs_browser]

AXE = (ROOT / "tests" / "oracle" / "axe" / "axe.min.js").read_text(encoding="utf-8")
PUBLISHED = ROOT / "results" / "published" / "paper"
MEGABYTES = 3  # of the page that opens first
PRINTED = 30  # pages of A4 at most
GAP = slice(40, 60)  # steps without a band


@pytest.fixture(scope="module")
def shown(drawn: Path, paper: PaperRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn studies with their pages; the band of the first setting has a gap. Tests add nothing to it."""
    results = tmp_path_factory.mktemp("shown")
    shutil.copytree(drawn, results, dirs_exist_ok=True)
    folder = results / "studies" / "compared"
    study, tables = read_study(folder)
    curves = tables["curves"].copy()
    rows = curves.index[curves["configuration"] == study.configurations[0].name]
    curves.loc[rows, "band_low"], curves.loc[rows, "band_high"] = curves["mean"] - 20, curves["mean"] + 20
    curves.loc[rows[GAP], ["band_low", "band_high"]] = np.nan
    data = {f"{name}.csv": table.to_csv(index=False).encode() for name, table in {**tables, "curves": curves}.items()}
    write_data(study, data, folder, results / "runs")
    page(results, paper)
    return results


EXPLORE = """
const outcome = {};
const holder = document.querySelector(".interactive");
const place = holder.querySelector(".plot");
const until = async holds => { while (!holds()) await new Promise(done => setTimeout(done, 50)); };
const press = selector => holder.querySelector(selector).click();
const shown = () => [...holder.querySelectorAll("[data-settings] input")].filter(box => box.checked).length;
const visit = async () => {
  outcome.drawnFarAway = Boolean(place.querySelector("canvas"));
  place.scrollIntoView({behavior: "instant"});
  await until(() => place.querySelector("canvas"));
  press("[data-axis=x]");
  outcome.pressed = holder.querySelector("[data-axis=x]").getAttribute("aria-pressed");
  outcome.plots = place.querySelectorAll("canvas").length;
  press("[data-axis=x]");
  outcome.every = shown();
  holder.querySelectorAll("[data-settings] input")[1].click();
  outcome.without = shown();
  press("[data-every=off]");
  outcome.none = shown();
  press("[data-every=on]");
  await new Promise(done => setTimeout(done, 100));
  const over = place.querySelector(".u-over");
  const box = over.getBoundingClientRect();
  const at = {clientX: box.left + box.width / 4, clientY: box.top + 20, bubbles: true};
  over.dispatchEvent(new MouseEvent("mousemove", at));
  await until(() => holder.querySelector("[data-values]").textContent);
  outcome.values = holder.querySelector("[data-values]").textContent.replace(/[\\d.,]+/g, "#");
  const select = holder.querySelector("select");
  select.value = "1";
  select.dispatchEvent(new Event("change"));
  outcome.title = place.querySelector(".u-title").textContent;
  outcome.offered = !holder.querySelector("[data-axis=y]").disabled;
  outcome.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  await until(() => [...document.images].every(image => image.complete));
  report(outcome);
};
visit();
"""


@pytest.mark.parametrize(("width", "height"), [(1200, 300), (500, 600)])  # so that the plot is not near at first
def test_the_curves_of_a_study_can_be_explored_without_errors_or_requests(
    shown: Path, tmp_path: Path, width: int, height: int
) -> None:
    found = visit(shown / "studies" / "compared" / "index.html", EXPLORE, tmp_path, f"--window-size={width},{height}")
    assert found == {
        "drawnFarAway": False,
        "pressed": "true",
        "plots": 1,
        "every": 2,
        "without": 1,
        "none": 0,
        "values": "At # agent steps: article (baseline): # [# #]; other: #",
        "title": "Acrobot-v1",
        "offered": False,
        "wide": False,
    }


# How many pixels of each column of the plot are tinted by the first setting's band, at the height of its middle.
TINTED = """
const visit = async () => {
  const place = document.querySelector(".plot");
  place.scrollIntoView({behavior: "instant"});
  while (!place.querySelector("canvas")) await new Promise(done => setTimeout(done, 50));
  document.querySelectorAll("[data-settings] input")[1].click();
  await new Promise(done => setTimeout(done, 100));
  const canvas = place.querySelector("canvas");
  const context = canvas.getContext("2d");
  const over = place.querySelector(".u-over").getBoundingClientRect();
  const outer = canvas.getBoundingClientRect();
  const scale = canvas.width / outer.width;
  const left = (over.left - outer.left) * scale, width = over.width * scale;
  const top = Math.round((over.top - outer.top) * scale), height = Math.round(over.height * scale);
  const {environments} = JSON.parse(document.getElementById("data").textContent);
  const steps = environments[0].step;
  const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
  const pixel = (x, y) => data.subarray(4 * (y * canvas.width + x), 4 * (y * canvas.width + x) + 4);
  const tinted = steps.map(step => {
    const x = Math.round(left + width * (step - steps[0]) / (steps.at(-1) - steps[0]));
    let count = 0;
    for (let y = top; y < top + height; y++) {
      const [red, , blue, opacity] = pixel(Math.min(x, Math.floor(left + width) - 2), y);
      if (opacity > 0 && opacity < 80 && blue > red + 60) count++;
    }
    return count;
  });
  report(tinted);
};
visit();
"""


def test_a_band_is_drawn_where_the_data_have_one_and_nowhere_else(shown: Path, tmp_path: Path) -> None:
    study, tables = read_study(shown / "studies" / "compared")
    curves = tables["curves"]
    curve = curves[curves["configuration"] == study.configurations[0].name]
    tinted = np.array(visit(shown / "studies" / "compared" / "index.html", TINTED, tmp_path, "--window-size=1200,900"))
    known = curve["band_low"].notna().to_numpy()
    assert known.sum() > 50
    band = tinted > 5  # fewer are the smooth edges of the line
    inner = known & np.r_[False, known[:-1]] & np.r_[known[1:], False]
    assert not band[GAP][1:-1].any()
    assert band[inner].mean() > 0.8  # the grid hides some


FRONT = """
const outcome = {};
const isSeen = test => test.checkVisibility();
const seen = selector => [...document.querySelectorAll(selector)].filter(isSeen).map(test => test.id);
const status = document.getElementById("verdicts-shown");
const press = selector => document.querySelector(selector).click();
press("[data-open]");
outcome.open = seen(".test").length;
press("[data-verdict=supported]");
outcome.supported = [seen(".test"), status.textContent];
press("[data-open]");
location.hash = "#claim-large";
setTimeout(() => {
  outcome.followed = seen(".test").includes("claim-large");
  outcome.all = status.textContent;
  const closed = () => document.querySelectorAll("details:not([open])").length;
  const before = closed();
  dispatchEvent(new Event("beforeprint"));
  outcome.closedInPrint = closed();
  dispatchEvent(new Event("afterprint"));
  outcome.closedAgain = before > 0 && closed() === before;
  outcome.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  report(outcome);
}, 500);
"""


@pytest.mark.parametrize("width", [1200, 500])
def test_verdicts_can_be_opened_filtered_and_linked(shown: Path, tmp_path: Path, width: int) -> None:
    assert visit(shown / "index.html", FRONT, tmp_path, f"--window-size={width},900") == {
        "open": 5,
        "supported": [["claim-small"], "1 of 2 sentences, 1 of 5 tests"],
        "followed": True,
        "all": "2 sentences, 5 tests",
        "closedInPrint": 0,
        "closedAgain": True,
        "wide": False,
    }


FINDINGS = f"""{AXE}
for (const closed of document.querySelectorAll("details")) closed.open = true;
axe.run(document, {{resultTypes: ["violations"]}}).then(({{violations}}) => report(
  violations.map(found => `${{found.id}}: ${{found.nodes.length}} × ${{found.nodes[0].html.slice(0, 120)}}`)));
"""


@pytest.mark.parametrize("colours", [[], ["--blink-settings=preferredColorScheme=0"]], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "studies/compared/index.html"])
def test_axe_finds_nothing(shown: Path, tmp_path: Path, name: str, colours: list[str]) -> None:
    assert visit(shown / name, FINDINGS, tmp_path, "--window-size=1200,900", *colours) == []


def test_axe_finds_a_picture_without_an_alternative_text(shown: Path, tmp_path: Path) -> None:
    copy = tmp_path / "index.html"
    shutil.copy(shown / "page.js", tmp_path)
    copy.write_text((shown / "index.html").read_text(encoding="utf-8").replace(' alt="', ' data-alt="', 1))
    assert [found.partition(":")[0] for found in visit(copy, FINDINGS, tmp_path)] == ["image-alt", "link-name"]


@pytest.mark.skipif(not list(PUBLISHED.glob("studies/*/index.html")), reason="published by an older version")
def test_the_published_page_is_small_and_prints_to_few_pages(tmp_path: Path) -> None:
    assert (PUBLISHED / "index.html").stat().st_size < MEGABYTES * 1e6
    assert printed_pages(PUBLISHED / "index.html", tmp_path) <= PRINTED


def test_the_picture_for_the_readme_shows_the_top_of_a_page(shown: Path) -> None:
    picture = Image.open(io.BytesIO(small(taken(str(BROWSER), shown / "index.html"))))
    assert picture.size == (WIDTH, HEIGHT)
    assert len(picture.convert("RGB").getcolors(WIDTH * HEIGHT)) > 20  # not an empty page
