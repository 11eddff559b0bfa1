"""Print the README's table of results, in plain words, from the published studies: python -m docs.headline."""

from pathlib import Path

import pandas as pd

from a2c.runs.study import StudyRecord, read_study_record
from a2c.runs.study_tables import read_table

STUDIES = Path(__file__).parent.parent / "results" / "published" / "paper" / "studies"
# Study, environment, the point, and how a reader would say it.
ROWS: tuple[tuple[str, str, dict[str, object], str], ...] = (
    ("columns", "CartPole-v1", {"settings": "article"}, "the article's settings"),
    ("max_grad_norm_article", "CartPole-v1", {"max_grad_norm": None}, "the same without gradient clipping"),
    ("columns", "CartPole-v1", {"settings": "stable-baselines3"}, "Stable-Baselines3's defaults"),
    ("columns", "CartPole-v1", {"settings": "tuned"}, "settings that a search found for CartPole-v1"),
    ("columns", "Acrobot-v1", {"settings": "article"}, "the article's settings"),
    ("columns", "Acrobot-v1", {"settings": "stable-baselines3"}, "Stable-Baselines3's defaults"),
    ("columns", "Acrobot-v1", {"settings": "tuned"}, "settings that a search found for CartPole-v1"),
)


def row_of(study: StudyRecord, summary: pd.DataFrame, environment: str, point: dict[str, object], words: str) -> str:
    """A line of the table: the mean final return of a point and how many of its seeds solved the task."""
    (one,) = [
        one
        for one in study.configurations
        if one.env_id == environment and all(one.point[axis] == value for axis, value in point.items())
    ]
    run = summary.set_index("configuration").to_dict("index")[one.name]
    n = int(run["n_seeds"])
    solved = f"{round(run['solved_rate'] * n)} of {n}"
    return f"| {environment} | {words} | {run['final_return_mean']:.0f} | {one.reward_threshold:.0f} | {solved} |"


def main() -> None:
    lines = ["| environment | settings | return at the end, mean | solved from | seeds that solved it |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for name, environment, point, words in ROWS:
        folder = STUDIES / name
        lines.append(row_of(read_study_record(folder), read_table(folder, "summary"), environment, point, words))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
