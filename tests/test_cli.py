"""The command line: exit codes, one line for each mistake, help texts."""

import gc
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import a2c
import a2c.cli
from a2c.config import Configuration
from tests.commands import a2c_says
from tests.processes import ROOT, SMALL


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["train", "nowhere.yaml", "--seeds", "0", "--out", "x"], "a2c: nowhere.yaml: cannot be read: No such file"),
        (
            ["train", "-", "--seeds", "0", "--out", "x", "--set", "gamma=2"],
            "a2c: standard input with --set: gamma: 2 is not allowed; allowed: a number of at most 1",
        ),
        (
            ["train", "-", "--seeds", "0", "--out", "x", "--set", "gamma"],
            "a2c: --set: 'gamma' is not allowed; allowed: FIELD=VALUE",
        ),
        (
            ["train", "-", "--seeds", "0", "--out", "x", "--set", "=2"],
            "a2c: --set: '=2' is not allowed; allowed: FIELD=VALUE",
        ),
        (
            ["train", "-", "--seeds", "0", "--out", "x", "--threads", "two"],
            "a2c: --threads: 'two' is not allowed; allowed: a whole number; described by: a2c train --help",
        ),
        (
            ["train", "-", "--seeds", "0", "--out", "x", "--checkpoint-every", "-3"],
            "a2c: --checkpoint-every: -3 is not allowed; allowed: 0 seconds or more",
        ),
        (
            ["train", "-", "--seeds", "0", "--out", "x", "--checkpoint-every", "nan"],
            "a2c: --checkpoint-every: nan is not allowed; allowed: 0 seconds or more",
        ),
        (
            ["plan", "--effect", "large"],
            "a2c: --effect: 'large' is not allowed; allowed: a number; described by: a2c plan --help",
        ),
        (
            ["play", "x", "--mode", "gredy"],
            "a2c: --mode: 'gredy' is not allowed; allowed: sampled, greedy; did you mean greedy?",
        ),
        (
            ["train", "-", "--seeds", "0", "--out", __file__],
            f"a2c: --out: '{__file__}' is not allowed; allowed: a folder; a file is in its place",
        ),
        (
            ["new", f"{__file__}/mine"],
            f"a2c: DIR: '{__file__}/mine' is not allowed; allowed: a folder; a file is in its place",
        ),
        (
            ["train", "-", "--seeds", "0", "--out", "x", "--threads", "2"],
            "a2c: --threads: 2 is not allowed; allowed: 1 with device: cpu, where a run has one core",
        ),
        (
            ["train", "-", "--seeds", "0", "--out", "x", "--set", "device=cuda", "--threads", "0"],
            "a2c: --threads: 0 is not allowed; allowed: a whole number of at least 1",
        ),
        (["train", "-", "--seeds", "3-1", "--out", "x"], "a2c: --seeds: '3-1' is not allowed; allowed: 1-3: a range"),
        (
            ["train", "-", "--seeds", "0", "--out", "x", "--set", "env_id=CartPol-v1"],
            "a2c: standard input: env_id: 'CartPol-v1' is not allowed; allowed: an id that Gymnasium knows",
        ),
    ],
)
def test_a_mistake_is_reported_in_one_line_with_exit_code_2(arguments: list[str], told: str) -> None:
    done = a2c_says(*arguments, fields={})
    assert done.returncode == 2
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"\xff", "a2c: standard input: cannot be read: not UTF-8 text\n"),
        (b"a: !!int ''", "a2c: standard input: line 1: '' is not allowed; allowed: a value of the tag !!int\n"),
        ("é: 1".encode(), "a2c: standard input: é: unknown key; allowed: "),
        (b"#" * (64 << 20) + b"#", "a2c: standard input: larger than 67,108,864 bytes; allowed: at most that many\n"),
    ],
)
def test_standard_input_is_bounded_utf_8_whatever_the_locale_is(written: bytes, told: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "a2c", "train", "-", "--seeds", "0", "--out", str(tmp_path / "out")]
    strict = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run(command, input=written, env=strict, capture_output=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr.decode()[: len(told)]) == (2, told)


def test_a_mistake_in_a_file_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("n_steps: five\n")
    done = a2c_says("train", tmp_path / "c.yaml", "--seeds", "0", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr == f"a2c: {tmp_path / 'c.yaml'}: n_steps: 'five' is not allowed; allowed: a whole number\n"


def test_cuda_is_refused_if_it_is_not_available(tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    done = a2c_says("train", "-", "--seeds", "0", "--out", tmp_path, fields={"device": "cuda"})
    assert done.returncode == 2
    told = "a2c: standard input: device: 'cuda' is not allowed; allowed: cpu, as no CUDA device was found\n"
    assert done.stderr == told


def test_set_changes_a_field(tmp_path: Path) -> None:
    done = a2c_says("train", "-", "--seeds", "0", "--out", tmp_path, "--set", "gamma=9e-1", "--set", "total_steps=80",
               fields=SMALL)  # fmt: skip
    assert done.returncode == 0, done.stderr
    trained = json.loads((tmp_path / "manifest.json").read_text())["configuration"]
    assert (trained["gamma"], trained["total_steps"]) == (0.9, 80)


def test_a_file_in_the_way_of_a_folder_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = a2c_says("train", "-", "--seeds", "0", "--out", tmp_path / "file" / "out", fields=SMALL)
    out = tmp_path / "file" / "out"
    words = f"a2c: --out: '{out}' is not allowed; allowed: a folder; a file is in its place\n"
    assert (done.returncode, done.stderr) == (2, words)


def test_help_of_train_lists_every_field() -> None:
    told = a2c_says("train", "--help").stdout
    for name, field in Configuration.model_fields.items():
        assert name in told
        assert str(field.description) in told


def test_schema_prints_the_models_json_schema() -> None:
    assert json.loads(a2c_says("schema").stdout) == json.loads(json.dumps(Configuration.model_json_schema()))


def test_the_table_of_fields_has_a_row_for_each() -> None:
    rows = a2c_says("schema", "--table").stdout.splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(Configuration.model_fields)
    assert {row.count("|") - row.count("\\|") for row in rows} == {6}


def test_doctor_names_findings_and_the_articles_remedy(tmp_path: Path) -> None:
    fields = {**SMALL, "learning_rate": 0, "total_steps": 20_000}
    assert a2c_says("train", "-", "--seeds", "0-1", "--out", tmp_path, fields=fields).returncode == 0
    told = a2c_says("doctor", tmp_path).stdout
    assert "return flat: 2 of 2 (seeds 0-1)" in told
    assert "the article advises: raise learning_rate (0; recommended 0.0007 to 0.001)" in told


def test_plan_counts_the_runs_left_to_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no results here, also after `make smoke`
    told = a2c_says("plan", ROOT / "config" / "smoke.yaml", "--cores", "2").stdout
    (row,) = [line.split() for line in told.splitlines() if "learning_rate" in line]
    assert row[1:3] == ["2", "10"]
    assert "on 2 cores:" in told


def test_plan_advises_the_command_that_trains_what_it_has_priced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    paper = {"title": "t", "results": "out", "studies": [{"name": "a", "grid": {"gamma": [0.9, 0.99]}, "seeds": "0-4"}]}
    for small, option in (({}, ""), ({"small": {"seeds": 2}}, " --config full=true")):
        Path("x.yaml").write_text(json.dumps({**paper, **small}), encoding="utf-8")
        told = a2c_says("plan", "x.yaml", "--cores", "2").stdout.splitlines()
        assert f"next: snakemake --cores 2 --configfile x.yaml{option}" in told
        assert ("without full=true it trains the small part alone (key small of the paper)" in told) == bool(small)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "a2c: plan: CONFIG: missing; it has to be given, or --effect and --pilot\n"),
        (["--effect", "10"], "a2c: --pilot: missing; it has to be given with --effect\n"),
        (
            ["--effect", "10", "--pilot", "a.csv", "b.csv"],
            "a2c: --pilot: 2 files are not allowed; allowed: one with --effect\n",
        ),
        (
            ["config/smoke.yaml", "--cores", "0"],
            "a2c: --cores: 0 is not allowed; allowed: a whole number of at least 1\n",
        ),
    ],
)
def test_a_mistake_in_a_plan_is_reported_in_one_line(arguments: list[str], told: str) -> None:
    done = a2c_says("plan", *arguments)
    assert (done.returncode, done.stderr) == (2, told)


def test_tensorboard_writes_a_folder_for_each_seed(trained: Path, tmp_path: Path) -> None:
    done = a2c_says("tensorboard", trained, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"seed-0", "seed-1", "seed-2"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["trian", "-"], "a2c: trian: unknown command; did you mean train?\n"),
        (["fly"], "a2c: fly: unknown command; allowed: new, train, audit, verify, doctor, play,"),
        (["train", "-", "--seed", "0", "--out", "x"], "a2c: train: --seed: unknown option; did you mean --seeds?\n"),
        (["audit", "x", "--core=2"], "a2c: audit: --core: unknown option; did you mean --cores?\n"),
        (["train", "-"], "a2c: the following arguments are required: --seeds, --out; described by: a2c train --help\n"),
        (["audit", "nowhere"], "a2c: nowhere: no such folder\n"),
    ],
)
def test_a_mistyped_name_on_the_command_line_is_one_line_with_what_was_meant(arguments: list[str], told: str) -> None:
    done = a2c_says(*arguments, fields={})
    assert done.returncode == (1 if arguments[0] == "audit" and len(arguments) == 2 else 2)
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1


def test_train_says_what_came_out_and_what_can_be_done_with_it(tmp_path: Path) -> None:
    told = a2c_says("train", "-", "--seeds", "0-1", "--out", tmp_path / "out", fields=SMALL).stdout.splitlines()
    assert re.fullmatch(rf"{tmp_path}/out: 2 seeds of CartPole-v1, 4,000 agent steps each, in [\d.]+ s", told[0])
    assert re.fullmatch(r"final return: mean [\d.]+, seeds from [\d.]+ to [\d.]+", told[1])
    assert told[3] == "solved: 0 of 2 seeds"
    assert told[4].startswith(f"next: a2c doctor {tmp_path}/out looks for faults")
    again = a2c_says("train", "-", "--seeds", "0-1", "--out", tmp_path / "out", "--json", fields=SMALL)
    numbers = json.loads(again.stdout)
    assert (numbers["finished"], numbers["diverged"], numbers["solved"]) == ([0, 1], [], 0)
    episodes = a2c.episodes(tmp_path / "out").query("step > 3600").groupby("seed")["return"].mean()
    expected = {"mean": episodes.mean(), "lowest": episodes.min(), "highest": episodes.max()}
    assert numbers["final_return"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("command", "n"),
    [
        (["plan", "config/smoke.yaml"], 3),
        (["plan", "--effect", "50", "--pilot", "results/published/paper/studies/gamma_article/runs.csv"], 12),
        (["audit"], 1),
        (["verify"], 1),
    ],
)
def test_programs_get_json(command: list[str], n: int, trained: Path) -> None:
    folder = [str(trained)] if len(command) == 1 else []
    done = a2c_says(*command, *folder, *(["--seeds", "0"] if command == ["verify"] else []), "--json")
    content = json.loads(done.stdout)
    assert done.returncode == 0
    assert len(content["rows"] if isinstance(content, dict) else content) == n


def test_audit_counts_what_passed(trained: Path) -> None:
    assert a2c_says("audit", trained).stdout.splitlines()[-1] == "1 result: passed"


@pytest.mark.parametrize("wanted", ["", "1"])
def test_an_error_that_nobody_expected_is_one_line_and_a_traceback_on_demand(
    wanted: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise KeyError("gamma")

    monkeypatch.setattr("a2c.cli.schema.json_schema", fail)
    monkeypatch.setenv("A2C_TRACEBACK", wanted)
    with pytest.raises(SystemExit) as ended:
        a2c.cli.main(["schema"])
    told = capsys.readouterr().err.splitlines()
    assert ended.value.code == 3
    assert told[-1].startswith("a2c: KeyError: 'gamma'; an error of the program, or a file")
    assert told[0].startswith("Traceback" if wanted else "a2c: ")


def test_a_step_of_the_pipeline_leaves_garbage_collection_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        a2c.cli.main(["page", str(tmp_path)])  # there is no paper
    capsys.readouterr()
    assert gc.isenabled()


def test_what_a_terminal_would_obey_in_the_name_of_a_folder_is_not_printed(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "red\x1b[31m\x07"
    shutil.copytree(trained, folder)
    for command in (["audit", folder], ["audit", folder / "none"], ["tensorboard", folder, "--out", folder]):
        done = a2c_says(*command)
        assert "red?[31m?" in done.stdout + done.stderr
        assert not {"\x1b", "\x07"} & {*done.stdout, *done.stderr}
