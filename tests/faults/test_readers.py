"""For any bytes of a file, its reader returns its content or reports it in one line; nothing is executed."""

import csv
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a2c.config import ConfigError, load_paper, read_mapping
from a2c.config.claims import read_claims
from a2c.config.metrics import metrics_of
from a2c.config.published_scores import PublishedScore, read_published_scores
from a2c.display.trainings import Job
from a2c.planning.pilot import seeds_needed
from a2c.play.player import read_player
from a2c.runs import checkpoint, manifest
from a2c.runs.checkpoint import Checkpoint
from a2c.runs.files import DamagedError, read_arrays, read_sealed, sealed, write_arrays
from a2c.runs.names import WHOLE_FILES
from a2c.runs.records import read_table, write_table
from a2c.runs.result import read_result
from a2c.runs.study import ConfigurationRecord, StudyRecord, read_study_record
from a2c.runs.thin import read_thin, write_thin
from tests.runs.test_thin import RUNS as THIN_RUNS

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_subnormal=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)
MANIFEST = {
    "name": "a", "configuration": {"gamma": 0.9}, "seeds": [0, 1], "container": None, "determinism": {},
    "code": {"version": "1", "sources_sha256": "0" * 64}, "platform": {"cpu": "c"},
    "timings": {"sessions": [{"started": "2026-11-27T08:00:00+00:00", "seconds": 1.5}], "training_seconds": 1.5,
                "evaluation_seconds": 0.5, "agent_steps_per_second": 9.0},
    "runs": {"0": {"status": "finished"}, "1": {"status": "diverged", "step": 8, "reason": "loss is nan"}},
    "files": {name: {"sha256": "0" * 64, "bytes": 8} for name in WHOLE_FILES},
}  # fmt: skip
RUNS = "configuration,gamma,seed,final_return,auc,eval_return\n" + "".join(
    f"{name},0.9,{seed},{10.5 + seed},{seed},{2 * seed}\n" for name in "ab" for seed in range(5)
)
CLAIM = """claims:
  - {id: best, says: Nothing., where: Here, study: rates, why: To see., measure: final_return,
     subject: {learning_rate: 7e-4}, test: higher, reference: others, margin: 1}
"""
SCORE = {
    "source": "s", "algorithm": "a2c", "env_id": "ALE/Pong-v5", "score": "1.5", "spread": "", "spread_is": "",
    "seeds": "3", "agent_steps": "100", "sticky_actions": "0.25", "scored": "training", "protocol": "p", "where": "w",
}  # fmt: skip


CONFIGURATION = ConfigurationRecord("a", "CartPole-v1", {"gamma": 0.9}, 475.0, {"gamma": 0.9}, ["a/seeds-0-4"])
STUDY = StudyRecord("s", "S", "", {}, {"gamma": [0.9]}, {"gamma": 0.9}, {}, 1000, [0, 1], [], [CONFIGURATION], [])


def a_paper(path: Path) -> None:
    path.write_text(
        "title: t\nresults: out\nstudies:\n  - {name: a, base: {gamma: 0.9}, grid: {n_steps: [5, 8]}, seeds: 0-4}\n",
        encoding="utf-8",
    )


def some_scores(path: Path) -> None:
    assert SCORE.keys() == PublishedScore.model_fields.keys()
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, list(SCORE))
        rows.writeheader()
        rows.writerow(SCORE)


def a_checkpoint(path: Path) -> None:
    header = {"identity": {}, "diverged": {1: (8, "loss is nan")}, "stopped": {}, "sessions": []}
    state = {"parameters": np.ones((2, 8), dtype=np.float32)}
    metrics = np.ones((3, 2 + len(metrics_of("a2c"))))
    actions, rows, ended = np.ones((2, 5, 4), dtype=np.uint8), np.full((2, 4), 5), np.zeros((1, 5))
    checkpoint.save(path.parent, Checkpoint(header, state, actions, rows, metrics, ended))


# For each file name: how to write a valid file, and how to read it.
FILES: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "manifest.json": (
        lambda path: path.write_text(sealed(MANIFEST, sort_keys=True)),
        lambda path: manifest.read(path.parent),
    ),
    "study.json": (lambda path: path.write_text(STUDY.text), lambda path: read_study_record(path.parent)),
    "actions.npz": (lambda path: write_arrays(path, {"0": np.arange(60).reshape(5, 12)}, compress=True), read_arrays),
    "checkpoint.npz": (a_checkpoint, lambda path: checkpoint.load(path.parent, 1 << 20)),
    "episodes.parquet": (lambda path: write_table(path, [(0, 1, 20, 9.0, 5), (1, 0, 30, 8.0, 6)], "a2c"), read_table),
    "evaluation.parquet": (lambda path: write_table(path, [(0, "greedy", 1, 9.0, 5)], "a2c"), read_table),
    "thin.parquet": (lambda path: write_thin(path, THIN_RUNS), lambda path: read_thin(path, [3, 4])),
    "runs.csv": (lambda path: path.write_text(RUNS), lambda path: seeds_needed(path, 50, 0.8)),
    "claims.yaml": (lambda path: path.write_text(CLAIM), read_claims),
    "scores.csv": (some_scores, read_published_scores),
    "paper.yaml": (a_paper, load_paper),
}
mutations = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "zeros", "insert"]), st.floats(0, 1), st.binary(min_size=1, max_size=6)),
    min_size=1,
    max_size=3,
)


def mutated(data: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    for kind, where, more in changes:
        place = int(where * max(len(data) - 1, 0))
        before, after = data[:place], data[place:]
        data = {
            "flip": before + bytes(byte ^ (1 << more[0] % 8) for byte in after[:1]) + after[1:],
            "cut": before,
            "zeros": before + bytes(len(after[:40])) + after[40:],
            "insert": before + more + after,
        }[kind]
    return data


def answer(read: Callable[[Path], object], path: Path) -> object:
    """What is read, or None if a mistake or damage was reported in one line that begins with the file."""
    try:
        return read(path)
    except (DamagedError, ConfigError) as error:
        told = str(error)
    assert told.splitlines() == [told]
    assert told.startswith(str(path))
    return None


@pytest.mark.parametrize("name", FILES)
def test_a_valid_file_is_read(name: str, tmp_path: Path) -> None:
    write, read = FILES[name]
    write(tmp_path / name)
    assert answer(read, tmp_path / name) is not None


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_read_or_reported(name: str, tmp_path: Path) -> None:
    write, read = FILES[name]
    write(tmp_path / name)
    sound = (tmp_path / name).read_bytes()

    @settings(max_examples=50)
    @given(mutations.map(lambda changes: mutated(sound, changes)) | st.binary(max_size=60))
    def try_one(data: bytes) -> None:
        (tmp_path / name).write_bytes(data)
        answer(read, tmp_path / name)

    try_one()


def test_every_changed_byte_of_a_sealed_file_is_detected(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    sound = sealed({"name": "s", "axes": {"gamma": [0.9, None]}}).encode()
    for place in range(len(sound)):
        path.write_bytes(mutated(sound, [("flip", (place + 0.5) / (len(sound) - 1), bytes([place % 8]))]))
        assert answer(read_sealed, path) is None


def test_every_changed_byte_of_an_array_is_detected(tmp_path: Path) -> None:
    """Bytes that are not read, such as zip's dates, may differ; the arrays may not."""
    path, held = tmp_path / "a.npz", {"0": np.arange(80, dtype=np.uint8).reshape(8, 10)}
    write_arrays(path, held, compress=False)
    sound = path.read_bytes()
    for place in range(len(sound)):
        path.write_bytes(mutated(sound, [("flip", (place + 0.5) / (len(sound) - 1), bytes([place % 8]))]))
        found = answer(read_arrays, path)
        assert found is None or [array.tobytes() for array in found.values()] == [held["0"].tobytes()]


def test_a_sealed_manifest_with_any_content_is_read_or_reported(tmp_path: Path) -> None:
    @settings(max_examples=100)
    @given(st.sampled_from([*MANIFEST]), json_values)
    def try_one(key: str, value: Any) -> None:
        (tmp_path / "manifest.json").write_text(sealed({**MANIFEST, key: value}, sort_keys=True))
        answer(FILES["manifest.json"][1], tmp_path / "manifest.json")

    try_one()


def test_a_progress_file_with_any_content_gives_a_number_of_steps(tmp_path: Path) -> None:
    @settings(max_examples=100)
    @given(json_values | st.fixed_dictionaries({"steps": json_values | st.just(1e999)}))
    def try_one(content: Any) -> None:
        (tmp_path / "progress.json").write_text(json.dumps(content))
        assert 0 <= Job(tmp_path, 3, 100).steps() <= 300

    try_one()


@pytest.mark.parametrize(
    ("descr", "shape"),
    [("|u1", "(8,)"), ("|u1", "(12, 1)"), ("|u1", "(99999999999999,)"), ("|u1", "(-1,)"), ("<f8", "(1,)"),
     ("|O", "(9,)"), ("|V0", "(9,)"), ("|u1", "(" * 200 + ")" * 200), ("<U99999999", "(9,)"),
     ("|u1", f"({'9' * 50},)")],
)  # fmt: skip
def test_an_array_whose_header_does_not_fit_its_data_is_reported(descr: str, shape: str, tmp_path: Path) -> None:
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    npy = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + bytes(9)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("0.npy", npy)
    assert answer(read_arrays, tmp_path / "a.npz") is None


def test_a_table_with_other_columns_is_reported(tmp_path: Path) -> None:
    pq.write_table(pa.table({"seed": [0]}), tmp_path / "episodes.parquet")
    assert answer(read_table, tmp_path / "episodes.parquet") is None


def test_a_table_with_empty_cells_is_reported(tmp_path: Path) -> None:
    write_table(tmp_path / "episodes.parquet", [(0, 1, 20, None, 5)], "a2c")
    with pytest.raises(DamagedError, match=r"episodes\.parquet: return: empty cells"):
        read_table(tmp_path / "episodes.parquet")


@pytest.mark.parametrize(
    "change",
    [
        lambda weights: weights.popitem(),
        lambda weights: weights.update({name: array[:-1] for name, array in weights.items()}),
        lambda weights: weights.update({name: array.astype(np.float64) for name, array in weights.items()}),
        lambda weights: weights.update({"1/more": np.zeros(3, dtype=np.float32)}),
    ],
)
def test_weights_of_other_networks_are_reported(change: Callable[[Any], object], trained: Path, tmp_path: Path) -> None:
    held = manifest.read(trained)
    for name in held["files"]:
        (tmp_path / name).write_bytes((trained / name).read_bytes())
    weights = {name: array for name, array in read_arrays(trained / "weights.npz").items() if name.startswith("1/")}
    change(weights)
    write_arrays(tmp_path / "weights.npz", weights, compress=False)
    manifest.write(tmp_path, [*held["files"]], {key: value for key, value in held.items() if key != "sha256"})
    with pytest.raises(DamagedError, match=r"weights\.npz: the weights of seed 1 are not those of its network"):
        read_player(read_result(tmp_path), 1)


class Payload:
    """An object whose pickle creates a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["pickle", "array of objects", "YAML tag"])
def test_readers_do_not_execute_a_payload(kind: str, name: str, tmp_path: Path) -> None:
    mark, path = tmp_path / "executed", tmp_path / name
    objects = np.array([Payload(mark)], dtype=object)
    if kind == "pickle":
        path.write_bytes(pickle.dumps(Payload(mark)))
    elif kind == "array of objects":
        with open(path, "wb") as file:
            np.savez(file, header=objects, actions=objects, metrics=objects)
    else:
        path.write_text(f"claims: !!python/object/apply:os.mkdir ['{mark}']\n")
    assert not answer(FILES[name][1], path)  # a text of one line is a table without rows
    assert not mark.exists()


def test_the_payload_works_if_a_pickle_is_loaded(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Payload(tmp_path / "executed")))
    assert (tmp_path / "executed").exists()


def test_yaml_whose_aliases_multiply_is_refused_quickly(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines))
    with pytest.raises(ConfigError, match=r"bomb\.yaml: aliases make it longer than 1,000,000 values"):
        read_mapping(tmp_path / "bomb.yaml")
