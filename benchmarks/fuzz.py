"""Give every reader and command absurd input: no traceback, no hang, no large memory, nothing executed.

python -m benchmarks.fuzz FOLDER                                a thousandth of a campaign (a minute)
python -m benchmarks.fuzz FOLDER --inputs 100000 --files 10000  a whole one (hours)

Each input depends on its number alone (tests/fuzz/). FOLDER keeps what was found and where the campaign has come to; a
campaign that is stopped goes on from there.
"""

import argparse
import importlib
import json
import os
import pkgutil
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import a2c.cli
from tests.fuzz.files import change_one, commands_for, copy_paper
from tests.fuzz.inputs import try_input

CPU_SECONDS, WALL_SECONDS = 5, 120
MEMORY = 1 << 30  # bytes beyond those at the start
AT_ONCE = 500  # inputs in one process


class Campaign:
    """What was tried and found so far, in files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._progress, self._findings = folder / "progress.json", folder / "findings.jsonl"
        held = json.loads(self._progress.read_text()) if self._progress.exists() else {}
        self.next: dict[str, int] = held.get("next", {"inputs": 0, "files": 0})
        self.counts: Counter[str] = Counter(held.get("counts", {}))

    def save(self, kind: str, number: int, found: list[Any], counts: dict[str, int]) -> None:
        """All of `kind` below `number` were tried."""
        self.next[kind] = number
        self.counts.update(counts)
        with open(self._findings, "a", encoding="utf-8") as file:
            file.writelines(json.dumps([kind, *one]) + "\n" for one in found)
        self._progress.write_text(json.dumps({"next": self.next, "counts": self.counts}))

    def findings(self) -> list[str]:
        return self._findings.read_text().splitlines() if self._findings.exists() else []


def in_a_child(work: Callable[[], Any], place: Path) -> tuple[Any, str]:
    """What `work` returns in a limited process of its own, and why there is nothing if it ended otherwise."""
    answer = place / "answer.json"
    answer.unlink(missing_ok=True)
    if (child := os.fork()) == 0:
        _limit()
        try:
            answer.write_text(json.dumps(work()))
        except BaseException:
            answer.write_text(json.dumps({"raised": traceback.format_exc()[-3000:]}))
        os._exit(0)
    until = time.monotonic() + WALL_SECONDS
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None, "hangs"
        time.sleep(0.002)
    if os.WIFSIGNALED(ended[1]):
        return None, f"ended by {signal.Signals(os.WTERMSIG(ended[1])).name}"
    told = json.loads(answer.read_text())
    return told, told.get("raised", "") if isinstance(told, dict) else ""


def _limit() -> None:
    at_start = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (at_start + MEMORY, at_start + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def inputs(campaign: Campaign, number: int, place: Path) -> None:
    """Try the next configurations and papers up to `number`."""
    while (first := campaign.next["inputs"]) < number:
        last = min(number, first + AT_ONCE)
        told, why = in_a_child(lambda first=first, last=last: _some_inputs(range(first, last), place), place)  # type: ignore[misc]
        found, counts = ([[first, why]], {}) if why else told
        if (place / "executed").exists():
            found.append([first, "something was executed"])
        campaign.save("inputs", last, found, counts)


def _some_inputs(numbers: range, place: Path) -> tuple[list[Any], dict[str, int]]:
    found, counts = [], Counter[str]()
    os.chdir(place)
    signal.signal(signal.SIGPROF, _too_long)
    for number in numbers:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        try:
            counts[try_input(number, place)] += 1
        except BaseException:
            found.append([number, traceback.format_exc()[-2000:]])
        signal.setitimer(signal.ITIMER_PROF, 0)
    return found, dict(counts)


def _too_long(number: int, frame: Any) -> None:
    raise TimeoutError(f"more than {CPU_SECONDS} seconds")


def files(campaign: Campaign, number: int, paper: Path) -> None:
    """Damage the next files up to `number`, and have the commands read them."""
    while (one := campaign.next["files"]) < number:
        with tempfile.TemporaryDirectory(dir=campaign.folder, ignore_cleanup_errors=True) as folder:
            found, counts = try_file(one, paper, Path(folder))
        campaign.save("files", one + 1, found, counts)


def try_file(number: int, paper: Path, folder: Path) -> tuple[list[Any], dict[str, int]]:
    """Damage file `number`; what was found, and how the commands ended."""
    choice, place, found, counts = random.Random(f"file {number}"), folder / "place", [], Counter[str]()
    copy_paper(paper, place)
    victim = change_one(place, choice)
    for arguments in commands_for(victim, place, choice):
        told, why = in_a_child(lambda arguments=arguments: _command(arguments, place), folder)  # type: ignore[misc]
        counts["found" if why else f"exit {told}"] += 1
        if why:
            found.append([number, f"{victim.relative_to(place)}: {' '.join(arguments)}: {why}"])
    return found, dict(counts)


def _command(arguments: tuple[str, ...], place: Path) -> int:
    """The exit code of a command in `place`. AssertionError if it says anything but a few whole lines."""
    os.chdir(place)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS + int(time.process_time()) + 1,) * 2)
    os.environ[a2c.cli.TRACEBACK] = "1"
    out = os.open("said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    code: Any = 0
    try:
        a2c.cli.main([*arguments])
    except SystemExit as ended:
        code = ended.code
    said = Path("said.txt").read_text(encoding="utf-8", errors="replace")
    assert code in (0, 1, 2), f"exit code {code}: {said[-2000:]}"
    assert "Warning" not in said, said[-2000:]
    assert not Path("executed").exists(), "something was executed"
    return int(code)


def main(folder: Path, n_inputs: int, n_files: int, paper: Path | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    campaign = Campaign(folder.resolve())
    with tempfile.TemporaryDirectory(dir=campaign.folder) as place:
        inputs(campaign, n_inputs, Path(place))
    if n_files > campaign.next["files"]:
        import_everything()
        files(campaign, n_files, paper or a_paper(campaign.folder))
    print("\n".join(campaign.findings()))
    print(f"{campaign.next['inputs']:,} inputs, {campaign.next['files']:,} files, {dict(campaign.counts)}")
    print(f"{len(campaign.findings())} findings")


def import_everything() -> None:
    """Import what commands import when they run, so that the forked ones need not: most of a short command's time."""
    for module in pkgutil.walk_packages(a2c.__path__, "a2c."):
        if module.name != "a2c.__main__":
            importlib.import_module(module.name)


def a_paper(folder: Path) -> Path:
    """A small finished paper with its published part."""
    from tests.faults.kill_trials import make_kill_scene

    paper = make_kill_scene(folder / "scene").paper
    if not (paper / "results" / "published").exists():
        shutil.rmtree(paper / ".snakemake", ignore_errors=True)
        here = os.getcwd()
        os.chdir(paper)
        a2c.cli.main(["publish", "paper.yaml"])
        os.chdir(here)
    return paper


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="keeps what was found")
    parser.add_argument("--inputs", type=int, default=1000, help="configurations and papers (1000)")
    parser.add_argument("--files", type=int, default=10, help="files (10)")
    parser.add_argument("--paper", type=Path, help="folder of a finished paper (a new one)")
    asked = parser.parse_args()
    main(asked.folder, asked.inputs, asked.files, asked.paper)
