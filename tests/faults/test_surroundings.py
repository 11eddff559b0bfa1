"""A clock that jumps, a folder without write permission, names of any bytes, streams that are closed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import a2c.cli
from tests.commands import a2c_says
from tests.processes import ROOT, SMALL, contents, start_training

COMMANDS = """
import sys
import a2c.cli
for line in sys.argv[1:]:
    try:
        a2c.cli.main(line.split())
        print(0)
    except SystemExit as ended:
        print(ended.code)
"""


@pytest.fixture
def jumping_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler here")
    library = tmp_path / "jumping_clock.so"
    source = Path(__file__).with_name("jumping_clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    monkeypatch.setenv("LD_PRELOAD", str(library))


@pytest.mark.usefixtures("jumping_clock")
def test_a_clock_that_jumps_by_years_changes_only_the_recorded_start(trained: Path, tmp_path: Path) -> None:
    code = "import time; print(max(abs(time.time() - time.time()) for _ in range(9)))"
    jump = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(jump) > 300 * 86400
    process = start_training(tmp_path / "block", "0-2", SMALL, "--checkpoint-every", "0.05")
    assert process.wait(timeout=120) == 0
    assert contents(tmp_path / "block") == contents(trained)
    timings = json.loads((tmp_path / "block" / "manifest.json").read_text())["timings"]
    assert 0 < timings["training_seconds"] < 120
    assert 0 <= timings["evaluation_seconds"] < 120


def test_a_read_only_folder_is_reported_and_results_in_it_are_reused(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "block")
    (tmp_path / "fields.json").write_text(json.dumps(SMALL))
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "block", tmp_path / "empty"):
        folder.chmod(0o555)
    train = f"train {tmp_path / 'fields.json'} --seeds 0-2 --out"
    commands = [f"{train} {tmp_path / 'empty'}", f"{train} {tmp_path / 'block'}", f"audit {tmp_path / 'block'}"]
    # Root may write everywhere, unless it drops that capability.
    plain = ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*plain, sys.executable, "-c", COMMANDS, *commands], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert [line for line in done.stdout.splitlines() if line.isdigit()] == ["1", "0", "0"]
    refused, reused = done.stderr.splitlines()
    assert refused.startswith(f"a2c: {tmp_path / 'empty'}/")
    assert refused.endswith(": Permission denied")
    assert reused == f"{tmp_path / 'block'}: already trained"


def test_a_folder_may_have_a_name_of_any_bytes(tmp_path: Path) -> None:
    """Python stands for bytes that are no UTF-8 by half surrogates, which most libraries in C refuse."""
    folder = tmp_path / os.fsdecode(b"a\xff\nb")
    fields = SMALL | {"total_steps": 400}
    for arguments in (("train", "-", "--seeds", "0", "--out", folder), ("audit", folder, "--retrain")):
        assert a2c_says(*arguments, fields=fields).returncode == 0
    done = a2c_says("audit", folder / "nowhere")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_closed_standard_input_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # as Python has it after `<&-`
    with pytest.raises(SystemExit):
        a2c.cli.main(["train", "-", "--seeds", "0", "--out", str(tmp_path)])
    assert capsys.readouterr().err == "a2c: standard input: is closed; allowed: the fields of a configuration\n"
