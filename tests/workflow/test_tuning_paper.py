"""A paper with a tuning and no study, from the configuration to page and PDF, in real processes."""

import re
from pathlib import Path

import pytest
import yaml

from tests.processes import contents, run_snakemake
from tests.tuning.small import ENTRY

PAPER = {
    "title": "Tuning",
    "results": "results",
    "tunings": [{**ENTRY, "tuners": ["random", "asha"], "recommended": {"n_steps": [4, 8]}, "good": 20}],
}


def made(folder: Path, cores: str) -> dict[str, bytes]:
    folder.mkdir(exist_ok=True)
    (folder / "paper.yaml").write_text(yaml.safe_dump(PAPER))
    done = run_snakemake(folder, "--cores", cores, "--configfile", str(folder / "paper.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr
    return contents(folder / "results", ["logs"])


@pytest.mark.slow
def test_a_tuning_goes_from_trials_to_page_and_pdf_with_the_same_bytes_on_one_core_and_two(tmp_path: Path) -> None:
    one, two = made(tmp_path / "one", "1"), made(tmp_path / "two", "2")
    assert one.keys() == two.keys()
    timed = re.compile(r"tunings/small/\w+/repeat-\d/repeat\.json")
    assert [name for name in one if one[name] != two[name] and not timed.fullmatch(name)] == []
    assert {name for name in one if re.fullmatch("tunings/small/[^/]*", name)} == {
        f"tunings/small/{file}"
        for file in (
            "tuning.json", "lineage.json", "drawn.json", "index.html", "best.yaml",
            *(f"{name}.csv" for name in ("chosen", "tuners", "comparisons", "anytime", "importance", "ranges",
                                         "references", "best")),
            *(f"{name}.{suffix}" for name in ("scores", "anytime", "importance")
              for suffix in ("pdf", "png", "svg", "txt")),
            *(f"{name}.{suffix}" for name in ("settings", "tuner_scores", "fields") for suffix in ("csv", "md", "tex")),
        )
    }  # fmt: skip
    assert "What does tuning buy?" in one["index.html"].decode()
    assert one["paper.pdf"].startswith(b"%PDF")
    assert yaml.safe_load(one["tunings/small/best.yaml"])["n_envs"] == 4
