"""Bit-by-bit comparison of a published result with the same seeds trained again."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.analysis.numbers import check_numbers
from a2c.analysis.summary import thin_runs
from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.trainer import bits_of, determinism_of, uses_gpu
from a2c.runs import manifest
from a2c.runs.content import content_of
from a2c.runs.environment import sources_of
from a2c.runs.names import THIN_FILE, WEIGHTS_FILE
from a2c.runs.result import Result
from a2c.runs.thin import ThinRun


def differing_files(published: Result, retrained: Result) -> dict[int, list[str]]:
    """The files whose content differs in any bit, for each seed of `retrained`.

    `manifest.json` is listed if a run's status differs. Of thin runs the checksums of all content are compared, and if
    these are the same, the published numbers. Weights that were not published are compared by the checksum of their
    content or, in copies that lack it, by that of their file if the same block was trained again.
    """
    differing = {}
    for seed in retrained.seeds:
        metrics = published_metrics(published)  # an older version recorded fewer
        old, new = content_of(published, seed, metrics), content_of(retrained, seed, metrics)
        differing[seed] = [name for name in new if name in old and old[name] != new[name]]
    if weights_by_file(published, retrained) and not _same_weights_file(published, retrained):
        differing = {seed: [*files, WEIGHTS_FILE] for seed, files in differing.items()}
    if published.is_thin:
        check_numbers(published.folder / THIN_FILE, published.configuration.algorithm, published.thin.values())
        facts = check(retrained.configuration, str(retrained.manifest_path))
        numbers = thin_runs(retrained, facts.reward_threshold)
        for seed, files in differing.items():
            if not files and not same_numbers(published.thin[seed], numbers[seed]):
                files.append(THIN_FILE)
    return differing


def published_metrics(published: Result) -> list[str]:
    """Names of the metrics that a result has."""
    if published.is_thin:
        return list(next(iter(published.thin.values())).metrics)
    return published.metrics.column_names[2:]


def lacks_weights(published: Result) -> bool:
    """Whether a published copy has neither the weights nor a checksum of the weights of each run."""
    return not published.is_thin and WEIGHTS_FILE not in content_of(published, published.seeds[0])


def weights_by_file(published: Result, retrained: Result) -> bool:
    """Whether weights can only be compared by the checksum of the whole block's file, and it was trained again."""
    return lacks_weights(published) and published.seeds == retrained.seeds


def _same_weights_file(published: Result, retrained: Result) -> bool:
    """The file is not compressed, so that its bytes follow from its content."""
    old, new = (result.manifest["files"][WEIGHTS_FILE]["sha256"] for result in (published, retrained))
    return bool(old == new)


def same_numbers(one: ThinRun, other: ThinRun) -> bool:
    """Whether two thin runs, which have numbers of the same names, have the same bits."""
    return _bits(one, one) == _bits(other, one)


def _bits(run: ThinRun, like: ThinRun) -> list[bytes]:
    measures = np.array([run.measures[name] for name in like.measures])
    metrics = [run.metrics[name] for name in like.metrics]
    arrays: list[NDArray[Any]] = [measures, *metrics, run.curve, run.evaluation_return, run.evaluation_length]
    return [array.tobytes() for array in arrays]


def equal_action_steps(published: Result, retrained: Result, seed: int) -> int:
    """Agent steps of a run before the first action that differs."""
    old, new = (result.actions[str(seed)] for result in (published, retrained))
    n_rows = min(len(old), len(new))
    numbers = tuple(range(1, old.ndim))  # an action may be several numbers
    differing = np.flatnonzero((old[:n_rows] != new[:n_rows]).any(axis=numbers))
    return int(differing[0] if differing.size else n_rows) * published.configuration.n_envs


def same_bits_expected(published: Result, retrained: Result) -> bool:
    """Whether both were trained by the same code, and where bits depend on it, on the same platform.

    On a GPU only if each lane had kernels of its own: elsewhere bits depend on the lanes beside.
    """
    same_origin = manifest.origin(published.manifest) == manifest.origin(retrained.manifest)
    return same_origin and are_promised(published.configuration)


def are_promised(configuration: Configuration) -> bool:
    """Whether the bits of a configuration are promised on the same platform."""
    return configuration.device == "cpu" or uses_gpu(configuration)


def manifest_differences(published: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """The differences between two manifests in code, platform, flags and container.

    As `cpu: AMD EPYC, published: Intel Xeon`. What is published is what its manifest declares: nobody can check it.
    """
    old, new = _origin_fields(published), _origin_fields(here)
    return [
        f"{key}: {_format(new.get(key), old.get(key))}, published: {_format(old.get(key), new.get(key))}"
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _origin_fields(content: Mapping[str, Any]) -> dict[str, Any]:
    groups = (content["code"], content["platform"], content["determinism"])
    return {
        "container": content["container"],
        "bits": content.get("bits", 1),
        "environment's sources": sources_of(content),
        **{key: value for group in groups for key, value in group.items()},
    }


def _format(value: Any, other: Any) -> str:
    """A value as text. Of a hash the first digits; of a long list in a text only the items that `other` lacks."""
    if isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):
        return value[:12]
    if isinstance(value, str) and isinstance(other, str) and len(value) > 100:  # torch's build
        items, other_items = (re.split(r" - |, ", text) for text in (value, other))
        return "; ".join(item for item in items if item not in other_items) or "less"
    return "none" if value is None else str(value)


def origin_here(configuration: Configuration) -> dict[str, Any]:
    """The fields of a manifest that say how this process would train a configuration."""
    return {
        "configuration": configuration.model_dump(mode="json"),
        "bits": bits_of(configuration),
        "determinism": determinism_of(configuration),
        **manifest.where_it_runs(configuration),
    }
