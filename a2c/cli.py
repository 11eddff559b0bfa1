"""The command line: `python -m a2c COMMAND`. Each command imports what it needs, so that `--help` answers at once."""

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one run, one core: before NumPy or torch start their threads

import a2c
from a2c.config import ConfigError, Configuration, configuration, parse_mapping, parse_seeds, read_mapping
from a2c.config.documentation import fields_help, fields_table, json_schema
from a2c.runs.files import DamagedError

OUT_OF_MEMORY = "out of memory; a checkpoint, if there is one, is kept: run again where there is more, or with less"


def main(arguments: list[str] | None = None) -> None:
    """Run one command. Exit codes: 0 done, 1 a damaged or missing result, 2 a mistake in what was asked."""
    asked = _parser().parse_args(arguments)
    try:
        asked.run(asked)
    except ConfigError as error:
        _end(error, 2)
    except DamagedError as error:
        _end(error, 1)
    except KeyboardInterrupt:
        _end("interrupted", 130)
    except BrokenPipeError:  # whoever read the output has seen enough
        sys.exit(1)
    except OSError as error:  # a full disk, a folder that can't be written
        _end(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), 1)
    except MemoryError as error:
        _end(f"{error}: {OUT_OF_MEMORY}".lstrip(": "), 1)
    except (RuntimeError, ImportError) as error:
        if not re.search("allocate memory|out of memory|bad_alloc|map segment", str(error)):
            raise
        _end(OUT_OF_MEMORY, 1)  # PyTorch's allocator, C++, a library that there was no room for


def _end(error: object, code: int) -> None:
    print(f"a2c: {error}", file=sys.stderr)
    sys.exit(code)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="a2c", description="Train, audit and report seeded A2C runs.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=a2c.__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands)
    _add_audit(commands)
    _add_verify(commands)
    _add_doctor(commands)
    _add_play(commands)
    _add_tensorboard(commands)
    _add_plan(commands)
    _add_publish(commands)
    _add_export(commands)
    _add_schema(commands)
    _add_bench(commands)
    _add_study_commands(commands)
    return parser


def _add_train(commands: Any) -> None:
    train = commands.add_parser(
        "train",
        help="train seeds of one configuration",
        description="Train seeds of one configuration side by side. Run again after a kill, it goes on; "
        "what is finished is reused.",
        epilog="fields of CONFIG:\n" + fields_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.add_argument("config", metavar="CONFIG", help="YAML or JSON file of fields; - for standard input")
    train.add_argument("--seeds", required=True, help="such as 0-9 or 0-4,7")
    train.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the result")
    train.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field; repeatable")
    train.add_argument(
        "--checkpoint-every",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="seconds from checkpoint to checkpoint, at most (30)",
    )
    train.set_defaults(run=_train)


def _train(asked: argparse.Namespace) -> None:
    made = _configuration(asked.config, asked.set)
    seeds = _seeds(asked.seeds)
    from a2c.envs import check
    from a2c.learn.determinism import check_device
    from a2c.runs.memory import refuse_if_too_large
    from a2c.runs.training import TrainingInterruptedError, train

    source = "standard input" if asked.config == "-" else asked.config
    facts = check(made, source)
    check_device(made, source)
    refuse_if_too_large(made, len(seeds), facts, source)
    try:
        train(made, seeds, facts, asked.out, asked.checkpoint_every, _say)
    except TrainingInterruptedError as stopped:
        _end(stopped, stopped.code)


def _seeds(written: str) -> list[int]:
    try:
        return parse_seeds(written)
    except ValueError as error:
        raise ConfigError(f"--seeds: {written!r} is not allowed; allowed: {error}") from None


def _configuration(config: str, changes: list[str]) -> Configuration:
    source = "standard input" if config == "-" else config
    fields = parse_mapping(sys.stdin.read(), source) if config == "-" else read_mapping(Path(config))
    configuration(fields, source)
    for change in changes:
        field, equals, value = change.partition("=")
        if not equals:
            raise ConfigError(f"--set: {change!r} is not allowed; allowed: FIELD=VALUE")
        fields[field] = parse_mapping(f"value: {value}", f"--set {field}")["value"]
    return configuration(fields, f"{source} with --set" if changes else source)


def _add_audit(commands: Any) -> None:
    audit = commands.add_parser(
        "audit",
        help="check results: checksums, and every episode replayed from the logged actions",
        description="Check every result at or below DIR: all checksums, then each episode's step, return and length "
        "from the logged actions. Nothing is trained.",
    )
    audit.add_argument("dir", metavar="DIR", type=Path)
    audit.add_argument("--cores", type=int, default=os.cpu_count(), help="results to check at a time (all cores)")
    audit.add_argument(
        "--steps", type=int, metavar="N", help="replay only the first N agent steps of each run (all of them)"
    )
    audit.set_defaults(run=_audit)


def _audit(asked: argparse.Namespace) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial

    from tqdm import tqdm

    from a2c.runs.audit import finding, results_below

    _check_cores(asked.cores)
    if asked.steps is not None and asked.steps < 1:
        raise ConfigError(f"--steps: {asked.steps} is not allowed; allowed: a whole number of at least 1")
    folders, sound = results_below(asked.dir), True
    with ProcessPoolExecutor(asked.cores) as processes:
        found = processes.map(partial(finding, most_steps=asked.steps), folders)
        for line, is_sound in tqdm(
            found, total=len(folders), unit=" results", leave=False, disable=not sys.stderr.isatty()
        ):
            print(line, flush=True) if is_sound else _say(f"a2c: {line}")
            sound &= is_sound
    if not sound:
        sys.exit(1)


def _check_cores(cores: int) -> None:
    if cores < 1:
        raise ConfigError(f"--cores: {cores} is not allowed; allowed: a whole number of at least 1")


def _add_verify(commands: Any) -> None:
    verify = commands.add_parser(
        "verify",
        help="train published runs again and compare: bit by bit, or by tests where bits may differ",
        description="Train a part of the runs at or below DIR again. Each run is then identical, statistically equal, "
        "of no difference found, untested, or different (docs/provenance.md). Exit code 0: all are one of the first "
        "three.",
    )
    verify.add_argument("dir", metavar="DIR", type=Path, help="a paper's results, such as results/published/cartpole")
    verify.add_argument("--study", metavar="NAME", help="only configurations of this study of the paper")
    verify.add_argument(
        "--configuration",
        metavar="PATTERN",
        default="*",
        help="only those whose ENVIRONMENT/NAME fits, such as 'CartPole-v1/*gamma*'",
    )
    verify.add_argument("--seeds", help="such as 0-9 (the first five of each configuration)")
    verify.add_argument(
        "--sample", type=int, metavar="N", help="configurations to draw of those (all; 2 of a whole paper)"
    )
    verify.add_argument("--margin", type=float, metavar="RETURN", help="largest difference called equal (by the task)")
    verify.add_argument("--out", type=Path, metavar="DIR", help="keep the new runs there, and go on from what is there")
    verify.add_argument("--cores", type=int, default=os.cpu_count(), help="blocks to train at a time (all cores)")
    verify.set_defaults(run=_verify)


def _verify(asked: argparse.Namespace) -> None:
    from tempfile import TemporaryDirectory

    from a2c.analysis.verification import counted, findings, passed
    from a2c.runs.retraining import choose, of_study, train_again
    from a2c.runs.sameness import published_below

    _check_cores(asked.cores)
    if asked.sample is not None and asked.sample < 1:
        raise ConfigError(f"--sample: {asked.sample} is not allowed; allowed: a whole number of at least 1")
    if asked.margin is not None and not 0 < asked.margin < float("inf"):
        raise ConfigError(f"--margin: {asked.margin} is not allowed; allowed: a number above 0")
    seeds = None if asked.seeds is None else _seeds(asked.seeds)
    published = published_below(asked.dir)
    if asked.study is not None:
        published = of_study(published, asked.dir, asked.study)
    is_whole = asked.study is None and asked.configuration == "*"
    chosen = choose(published, asked.configuration, seeds, asked.sample or (2 if is_whole else None))
    verdicts: list[str] = []
    with TemporaryDirectory(prefix="a2c-verify-") as fresh:
        out = asked.out or Path(fresh)
        train_again(chosen, out, asked.cores)
        for finding in findings(published, chosen, out, asked.margin):
            print("\n".join(finding.lines), flush=True)
            verdicts += finding.verdicts.values()
    print(counted(verdicts))
    if not passed(verdicts):
        sys.exit(1)


def _add_doctor(commands: Any) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="the article's debugging checklist on results",
        description="Run the article's debugging checklist on every result at or below DIR: what was found in how many "
        "runs, the numbers that led to it, and the article's remedy.",
    )
    doctor.add_argument("dir", metavar="DIR", type=Path)
    doctor.set_defaults(run=_doctor)


def _doctor(asked: argparse.Namespace) -> None:
    from a2c.analysis.doctor import doctor, render
    from a2c.runs.audit import results_below

    for folder in results_below(asked.dir):
        print(f"{folder}\n{render(doctor(folder))}", flush=True)


def _add_play(commands: Any) -> None:
    play = commands.add_parser(
        "play",
        help="film a trained policy at play: a GIF or an MP4",
        description="Film a trained policy at play. The episodes are those of the recorded evaluation, played again "
        "with the same random numbers, so that their returns can be compared with evaluation.parquet. A film keeps the "
        "pace of play.",
    )
    play.add_argument("dir", metavar="DIR", type=Path, help="a result, as `train --out DIR` leaves it")
    play.add_argument("--seed", type=int, help="one of the result's seeds (the one with the best evaluation)")
    play.add_argument(
        "--mode", choices=("sampled", "greedy"), default="sampled", help="how actions are taken (sampled)"
    )
    play.add_argument(
        "--episodes", type=int, default=1, metavar="N", help="the first N of the evaluation, in a row (1)"
    )
    play.add_argument("--out", type=Path, metavar="FILE", help=".gif or .mp4 (DIR/play-seed-N.gif, or -N-greedy.gif)")
    play.add_argument("--width", type=int, default=320, help="pixels, at most (320)")
    play.add_argument("--fps", type=float, default=25, help="images a second, at most (25)")
    play.add_argument("--seconds", type=float, default=60, help="of play, at most (60)")
    play.set_defaults(run=_play)


def _play(asked: argparse.Namespace) -> None:
    from tqdm import tqdm

    from a2c.runs.film import Format, film_of, told, writer
    from a2c.runs.playing import Result

    form = Format(asked.width, asked.fps, asked.seconds)
    result = Result(asked.dir)
    seed = result.best_seed(asked.mode) if asked.seed is None else asked.seed
    ending = "" if asked.mode == "sampled" else f"-{asked.mode}"
    out = asked.out or asked.dir / f"play-seed-{seed}{ending}.gif"
    write = writer(out, "--out")
    with tqdm(unit=" steps", leave=False, disable=not sys.stderr.isatty()) as bar:
        film = film_of(result.player(seed), asked.mode, asked.episodes, form, bar.update)
    write(film)
    print(f"{out}: {told(film)}")


def _add_tensorboard(commands: Any) -> None:
    board = commands.add_parser(
        "tensorboard",
        help="results as TensorBoard event files",
        description="Write the metrics of every result at or below DIR as TensorBoard event files, under the article's "
        "tag names: reward/mean, loss/policy, loss/value, entropy, advantage/mean, advantage/std, gradient_norm.",
    )
    board.add_argument("dir", metavar="DIR", type=Path)
    board.add_argument("--out", required=True, type=Path, help="folder for the event files; tensorboard --logdir OUT")
    board.set_defaults(run=_tensorboard)


def _tensorboard(asked: argparse.Namespace) -> None:
    from a2c.runs.audit import results_below
    from a2c.runs.tensorboard import export

    for folder in results_below(asked.dir):
        export(folder, asked.out / folder.relative_to(asked.dir))
    print(f"tensorboard --logdir {asked.out}")


def _add_plan(commands: Any) -> None:
    plan = commands.add_parser(
        "plan",
        help="what a paper costs before it is started; seeds needed for an effect",
        description="Runs, jobs, core-hours and megabytes of a paper, less what is trained already. Evaluation "
        "episodes are taken to be as long as their time limit, Atari's 3,000 agent steps at most. Or, with --effect, "
        "the seeds that a study needs to find an effect, from the spread in a pilot's runs.csv.",
    )
    plan.add_argument("config", metavar="CONFIG", type=Path, nargs="?", help="a paper, such as config/cartpole.yaml")
    plan.add_argument("--cores", type=int, default=os.cpu_count(), help="cores to train on (all)")
    plan.add_argument(
        "--measure", action="store_true", help="train a second of each kind here, for this machine's times"
    )
    plan.add_argument("--effect", type=float, help="smallest difference to find, in the measure's unit")
    plan.add_argument("--power", type=float, default=0.8, help="probability of finding it (0.8)")
    plan.add_argument("--pilot", type=Path, metavar="RUNS.CSV", help="a study's runs.csv, for the spread over seeds")
    plan.set_defaults(run=_plan)


def _plan(asked: argparse.Namespace) -> None:
    if asked.effect is not None:
        from a2c.analysis import pilot

        if asked.pilot is None:
            raise ConfigError("--pilot: missing; it has to be given with --effect")
        if asked.config is not None:
            raise ConfigError(f"CONFIG: '{asked.config}' is not allowed; allowed: none beside --effect")
        print(pilot.render(pilot.seeds_needed(asked.pilot, asked.effect, asked.power)))
        return
    if asked.config is None:
        raise ConfigError("plan: CONFIG: missing; it has to be given, or --effect and --pilot")
    _check_cores(asked.cores)
    from a2c.config import load_paper
    from a2c.runs import cost

    paper = load_paper(asked.config)
    table = cost.estimate(paper, Path(paper.results, "runs"), str(asked.config), asked.measure, _say)
    print(cost.render(table, asked.cores, asked.measure))


def _add_publish(commands: Any) -> None:
    publish = commands.add_parser(
        "publish",
        help="copy a paper's runs to results/published",
        description="Copy the runs of a paper, most without their weights, and its films to results/published/PAPER. "
        "After that `snakemake published` draws the paper from them, training nothing.",
    )
    publish.add_argument("config", metavar="CONFIG", type=Path, help="a paper, such as config/cartpole.yaml")
    publish.add_argument("--study", action="append", metavar="NAME", help="only this study; repeatable (all)")
    publish.set_defaults(run=_publish)


def _publish(asked: argparse.Namespace) -> None:
    import shutil

    from tqdm import tqdm

    from a2c.config import load_paper
    from a2c.runs.publish import publish

    paper = load_paper(asked.config)
    names = asked.study or [study.name for study in paper.studies]
    to = Path("results", "published", asked.config.stem)
    blocks = publish(paper, names, Path(paper.results, "runs"), to)
    count = sum(1 for _ in tqdm(blocks, unit=" blocks", leave=False, disable=not sys.stderr.isatty()))
    if (films := Path(paper.results, "films")).exists():  # they can't be made again from runs without weights
        shutil.copytree(films, to / "films", dirs_exist_ok=True)
    print(f"{to}: {count} seed blocks")


def _add_export(commands: Any) -> None:
    export = commands.add_parser(
        "export",
        help="a paper's results as a Workflow Run RO-Crate",
        description="Write a paper's results, with the code, the manifests and what made what, as a Workflow Run "
        "RO-Crate (docs/provenance.md). The same results give the same bytes.",
    )
    export.add_argument("results", metavar="RESULTS", type=Path, help="such as results or results/published/cartpole")
    export.add_argument("--out", required=True, type=Path, help="the crate: a new folder, or a file .zip")
    export.add_argument("--author", metavar="NAME", help="whose results they are (the authors of CITATION.cff)")
    export.set_defaults(run=_export)


def _export(asked: argparse.Namespace) -> None:
    from a2c.runs.crate import export

    print(f"{asked.out}: {export(asked.results, asked.out, asked.author)} files")


def _add_schema(commands: Any) -> None:
    schema = commands.add_parser("schema", help="the configuration's JSON schema, or its table of fields")
    schema.add_argument("--table", action="store_true", help="a Markdown table in place of the JSON schema")
    schema.set_defaults(run=lambda asked: print(fields_table() if asked.table else json.dumps(json_schema(), indent=2)))


def _add_bench(commands: Any) -> None:
    bench = commands.add_parser(
        "bench",
        help="speed, side by side with peers, in one run on one core",
        description="Train with this package, with Stable-Baselines3 and, where it is installed, with a program "
        "compiled by JAX, one after the other on one core; print ratios of speed and where the time goes.",
    )
    bench.add_argument("--atari", action="store_true", help="Pong from pixels in place of CartPole")
    bench.add_argument("--steps", type=int, help="agent steps of each timed training (40000, with --atari 8000)")
    bench.add_argument("--rounds", type=int, default=3, help="rounds; the median ratio is told (3)")
    bench.set_defaults(run=_bench)


def _bench(asked: argparse.Namespace) -> None:
    folder = Path(a2c.__file__).parent.parent / "benchmarks"
    if not (folder / "speed.py").exists():
        raise ConfigError(f"bench: {folder} is not there; allowed: in a checkout of the repository")
    sys.path.insert(0, str(folder))
    if asked.atari:
        import atari

        atari.main(8_000 if asked.steps is None else asked.steps, asked.rounds)
    else:
        import speed

        speed.main(40_000 if asked.steps is None else asked.steps, asked.rounds)


def _add_study_commands(commands: Any) -> None:
    """What the workflow's rules call."""
    aggregate = commands.add_parser("aggregate", help="a study's runs to its tables (called by the pipeline)")
    aggregate.add_argument("study", metavar="STUDY_DIR", type=Path, help="RESULTS/studies/NAME; runs in RESULTS/runs")
    aggregate.set_defaults(run=_aggregate)
    draw = commands.add_parser("draw", help="a study's tables to figures and formatted tables (called by the pipeline)")
    draw.add_argument("study", metavar="STUDY_DIR", type=Path)
    draw.set_defaults(run=_draw)
    films = commands.add_parser("films", help="the best and the median seed at play (called by the pipeline)")
    films.add_argument("study", metavar="STUDY_DIR", type=Path, help="the study whose baseline plays")
    films.add_argument("environment", metavar="ENVIRONMENT", help="as paths have it: ALE-Pong-v5")
    films.set_defaults(run=_films)
    verdicts = commands.add_parser("verdicts", help="all studies' claims to one table (called by the pipeline)")
    verdicts.add_argument("results", metavar="RESULTS", type=Path)
    verdicts.set_defaults(run=_verdicts)
    page = commands.add_parser("page", help="a paper's studies to one page (called by the pipeline)")
    page.add_argument("results", metavar="RESULTS", type=Path)
    page.set_defaults(run=_page)


def _aggregate(asked: argparse.Namespace) -> None:
    from a2c.analysis.study import aggregate
    from a2c.figures.lineage import write_data
    from a2c.runs.files import read_sealed
    from a2c.runs.reading import read_study

    study = read_sealed(asked.study / "study.json")
    runs = asked.study.parent.parent / "runs"
    tables = aggregate(study, *read_study(study, runs))
    write_data(study, {f"{name}.csv": table.to_csv(index=False) for name, table in tables.items()}, asked.study, runs)


def _draw(asked: argparse.Namespace) -> None:
    from a2c.figures.draw import draw

    draw(asked.study)


def _films(asked: argparse.Namespace) -> None:
    from a2c.figures.films import write_films

    write_films(asked.study, asked.environment)


def _verdicts(asked: argparse.Namespace) -> None:
    from a2c.figures.verdicts import write_verdicts

    write_verdicts(asked.results, _paper(asked.results))


def _page(asked: argparse.Namespace) -> None:
    from a2c.figures.page import page

    page(asked.results, _paper(asked.results), asked.results / "index.html")


def _paper(results: Path) -> Any:
    from a2c.runs.files import read_sealed

    return read_sealed(results / "paper.json")
