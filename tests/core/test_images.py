"""Images of screens: by hand, and the same bytes from every build. ALE's own images: tests/envs/test_games.py."""

import numpy as np
import pytest
from numpy.typing import NDArray

from a2c.core.choose import FORCE, available
from a2c.core.images import Shrinker

Bytes = NDArray[np.uint8]


def shrunk(frame: list[list[int]], image: tuple[int, int], before: list[list[int]] | None = None) -> list[list[int]]:
    screen = np.array(frame, dtype=np.uint8)
    other = np.zeros_like(screen) if before is None else np.array(before, dtype=np.uint8)
    made = np.full(image, 99, dtype=np.uint8)
    Shrinker(screen.shape, image)(screen, other, made)
    return made.tolist()


def test_a_cell_is_the_mean_of_the_pixels_it_covers_in_part() -> None:
    """Cells of 2.5 pixels: 0.4 of each whole pixel, 0.2 of half a pixel."""
    row = [10, 20, 30, 40, 50]
    assert shrunk([row], (1, 2)) == [[18, 42]]
    assert shrunk([[x] for x in row], (2, 1)) == [[18], [42]]


def test_each_pixel_is_the_brighter_one_of_two_frames() -> None:
    assert shrunk([[1, 200], [7, 0]], (2, 2), before=[[100, 2], [7, 1]]) == [[100, 200], [7, 1]]


def test_rows_that_equal_the_row_above_in_one_frame_only_count_as_different() -> None:
    assert shrunk([[5], [5], [9]], (3, 1), before=[[0], [6], [0]]) == [[5], [6], [9]]


def test_halves_are_rounded_to_even_but_up_in_squares_of_four() -> None:
    assert shrunk([[0, 1, 1, 2, 2, 3, 3, 4]], (1, 4)) == [[0, 2, 2, 4]]
    assert shrunk([[0, 1, 1, 2], [1, 0, 3, 4]], (1, 2)) == [[1, 3]]


@pytest.mark.parametrize("image", [(84, 84), (36, 160), (105, 80), (70, 80), (209, 159)])
def test_every_build_gives_the_same_bytes(image: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    frames: Bytes = np.random.default_rng(0).integers(0, 256, (2, 210, 160), dtype=np.uint8)
    made = []
    for name in available():
        monkeypatch.setenv(FORCE, name)
        made.append(np.empty(image, dtype=np.uint8))
        Shrinker((210, 160), image)(*frames, made[-1])
    assert len(made) == len(available()) >= 1
    for other in made[1:]:
        np.testing.assert_array_equal(other, made[0])
    expected = np.maximum(*frames).astype(float)
    assert abs(made[0].mean() - expected.mean()) < 1
