"""Audit of any result, and training it again to compare every byte of content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from a2c.analysis.summary import check_thin
from a2c.config import ConfigError
from a2c.config.errors import EnvironmentFaultError
from a2c.envs import Facts, check
from a2c.learn.trainer import TORCH_BITS, same_bits_anywhere
from a2c.planning.memory import check_memory, check_replay
from a2c.runs import manifest
from a2c.runs.audit import audit, other_environment
from a2c.runs.consistency import check_bits, check_ends, check_place
from a2c.runs.files import DamagedError
from a2c.runs.result import Result, read_result
from a2c.runs.training import train
from a2c.temporary import temporary_folder
from a2c.verify.bitwise import are_promised, differing_files, manifest_differences, origin_here


class NotMadeAgainError(Exception):
    """Training a result again here would not prove anything. The message says why."""


def audit_line(folder: Path, max_steps: int | None, retrain: bool) -> tuple[str, bool]:
    """The line to print about the audit of `folder`, and whether it passed.

    `max_steps`: of each run that are replayed, all if None. `retrain`: train the result again and compare it.
    """
    part = "" if max_steps is None else f" of the first {max_steps} agent steps"
    try:
        result = read_result(folder)
        if result.is_thin:
            audit_thin(result)
            line = f"{folder}: {len(result.seeds)} thin runs: whole, and their numbers fit each other"
            proof = "; training them again (--retrain) proves them"
        else:
            source, at = str(result.manifest_path), "configuration"
            check_replay(result.configuration, len(result.seeds), _facts(result), source, at)
            n_episodes = audit(folder, max_steps)
            line, proof = f"{folder}: {n_episodes} episodes{part} came out as recorded{other_environment(result)}", ""
        if not retrain:
            return line + proof, True
        made_again(result)
        return f"{line}; trained again: every byte of content is the same", True
    except (DamagedError, ConfigError, EnvironmentFaultError, NotMadeAgainError) as error:
        # ConfigError: an environment that is not here
        return str(error), False


def audit_thin(result: Result) -> None:
    """DamagedError unless the files of thin runs are whole and what they say fits together and to the configuration."""
    result.check_files()
    check_place(result)
    check_bits(result)
    check_ends(result)
    check_thin(result)


def made_again(result: Result) -> None:
    """Train all seeds of a result again and compare content with content, of thin runs their numbers too.

    Raises NotMadeAgainError where its bits are not promised here, DamagedError, naming the files, where they differ.
    """
    _check_promised(result)
    config, facts = result.configuration, _facts(result)
    try:
        check_memory(config, len(result.seeds), facts, str(result.manifest_path), "configuration")
    except ConfigError as error:
        raise NotMadeAgainError(f"{result.folder}: cannot be made again here: {error}") from None
    with temporary_folder("again") as folder:
        train(config, result.seeds, facts, folder, checkpoint_every=3600, say=lambda line: None)
        again = read_result(folder)
        for seed, files in differing_files(result, again).items():
            if files:
                raise DamagedError(
                    f"{result.folder}: training seed {seed} again gives other {', '.join(files)}"
                    f"{_declared(result, again.manifest)}"
                )
        _check_bits(result, again)


def _facts(result: Result) -> Facts:
    """What is known of a result's environment."""
    return check(result.configuration, str(result.manifest_path), "configuration")


def _check_bits(result: Result, again: Result) -> None:
    """DamagedError if the same content was made by another arithmetic than the manifest declares."""
    declared, made_by = (one.manifest.get("bits", TORCH_BITS) for one in (result, again))
    if declared != made_by:
        raise DamagedError(
            f"{result.manifest_path}: bits: {declared} is not allowed; allowed: {made_by}, of this content"
        )


def _check_promised(result: Result) -> None:
    """NotMadeAgainError unless training a result here has to give its bits."""
    config = result.configuration
    if not are_promised(config):
        raise NotMadeAgainError(f"{result.folder}: cannot be made again: on a GPU no bits of it are promised")
    here = origin_here(config)
    if not same_bits_anywhere(config) and manifest.origin(result.manifest) != manifest.origin(here):
        raise NotMadeAgainError(f"{result.folder}: cannot be made again here{_declared(result, here)}")


def _declared(result: Result, here: Mapping[str, Any]) -> str:
    """What the manifest of a result declares otherwise than is the case here, if that decides bits."""
    if manifest.origin(result.manifest) == manifest.origin(here):
        return ""
    return f"; its manifest declares (nobody can check this) {'; '.join(manifest_differences(result.manifest, here))}"
