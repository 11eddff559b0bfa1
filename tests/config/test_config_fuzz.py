"""Any YAML gives a configuration, a paper or a ConfigError with one line, never a traceback."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from a2c.config import ConfigError, Configuration, configuration, expand, parse_mapping
from a2c.config.paper import PaperFile, StudyFile

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_subnormal=False)
    | st.text(max_size=8)
    | st.sampled_from(["1e-3", "0-9", "adam", "gae", "CartPole-v1", "log", "1e999", "9" * 30, "\0", "a\nb"])
    | st.just(datetime.date(2026, 11, 1))
    | st.binary(max_size=3)
)
anything: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | scalars, inner, max_size=4),
    max_leaves=12,
)


def mappings(known: list[str], values: st.SearchStrategy[Any] = anything) -> st.SearchStrategy[dict[Any, Any]]:
    """Mappings with mostly known keys."""
    return st.dictionaries(st.sampled_from(known) | st.text(max_size=6), values, max_size=5)


fields = mappings(list(Configuration.model_fields))
seeds = st.sampled_from(["0-9", "0-1", [3, 4], 7]) | anything
studies = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b"]) | anything, "seeds": seeds},
    optional={
        "base": fields | anything,
        "grid": mappings(list(Configuration.model_fields), st.lists(anything, max_size=3)) | anything,
        "settings": st.dictionaries(st.text(max_size=4), fields, max_size=2) | anything,
        "points": st.lists(mappings([*Configuration.model_fields, "label"]), max_size=3) | anything,
        "baseline": fields | anything,
        "scales": mappings(list(Configuration.model_fields)) | anything,
        "tuning_seeds": seeds,
        **dict.fromkeys(set(StudyFile.model_fields) & {"title", "description"}, anything),
    },
)
papers = st.fixed_dictionaries(
    {
        "title": st.just("t") | anything,
        "results": st.just("out") | anything,
        "studies": st.lists(studies, max_size=3) | anything,
    },
    optional={key: anything for key in PaperFile.model_fields if key not in ("title", "results", "studies")},
)


def answer(ask: Callable[[], Any]) -> Any:
    """The result, or None if a mistake was reported in one line."""
    try:
        return ask()
    except ConfigError as error:
        told = str(error)
    assert told.splitlines() == [told]
    assert told.startswith("x.yaml: ") or "cannot be read" in told  # a file of claims
    return None


@settings(max_examples=120)
@given(fields | anything)
def test_any_fields(data: Any) -> None:
    made = answer(lambda: configuration(data, "x.yaml"))
    assert made is None or configuration(made.model_dump(mode="json"), "x.yaml").name == made.name


@settings(max_examples=120)
@given(papers | anything)
def test_any_paper(data: Any) -> None:
    paper = answer(lambda: expand(data, "x.yaml", Path("/nowhere")))
    assert paper is None or paper.required_runs()


@settings(max_examples=150)
@given(st.text(alphabet=st.sampled_from(list("ab:- \n[]{}&*!|>'\"#%@?,0.e~<=\0")), max_size=40))
def test_any_text(text: str) -> None:
    assert isinstance(answer(lambda: parse_mapping(text, "x.yaml")), dict | None)
