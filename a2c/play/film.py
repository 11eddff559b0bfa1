"""Films of a policy at play, as GIF or MP4. The same play gives the same bytes of a GIF; H.264's vary by a few."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from a2c.config import ConfigError
from a2c.play.playing import Episode, Player, Watch, images, play, stage_of
from a2c.runs.files import write_whole

WIDTHS = (16, 1920)  # pixels
RATES = (1, 50)  # images a second: browsers show no GIF faster
DURATIONS = (0.1, 600)  # seconds
HOLD = 1.0  # seconds that the last image stays
COLORS = 64  # of a GIF: as good as all, at half the bytes of 256
SAMPLED = 16  # images that a GIF's palette is made from


@dataclass(frozen=True)
class Format:
    """How large, smooth and long a film may be. ConfigError if it can't be that."""

    width: int = 320  # pixels, at most
    fps: float = 25  # images a second, at most; play keeps its own pace
    seconds: float = 60  # of play, at most

    def __post_init__(self) -> None:
        for option, value, least, most in (
            ("width", self.width, *WIDTHS),
            ("fps", self.fps, *RATES),
            ("seconds", self.seconds, *DURATIONS),
        ):
            if not least <= value <= most:
                raise ConfigError(f"--{option}: {value} is not allowed; allowed: {least} to {most}")


class Film(NamedTuple):
    """Images of one or several episodes at the pace of play."""

    env_id: str
    seed: int
    mode: str
    episodes: list[Episode]
    recorded: list[float]  # what the evaluation recorded of them: their returns
    images: list[Image.Image]
    fps: float  # images a second
    seconds: float  # of play that is shown
    of_seconds: float  # of play that there is


def film_of(player: Player, mode: str, count: int, form: Format, watch: Watch) -> Film:
    """Play the first `count` episodes of the recorded evaluation and film them, one after the other.

    Shows as much as `form` allows. Errors as in `play`, `stage` and `images`.
    """
    stage = stage_of(player.configuration)
    every = math.ceil(stage.fps / form.fps)
    episodes = play(player, mode, count, watch)
    steps = sum(len(episode.actions) for episode in episodes)
    shown = left = min(steps, max(1, int(form.seconds * stage.fps)))
    seen = []
    for episode in episodes:
        cut = episode._replace(actions=episode.actions[:left], rewards=episode.rewards[:left])
        left -= len(cut.actions)
        if cut.actions:
            seen += [_sized(image, form.width) for image in images(player, cut, stage, every, watch)]
    stage.close()
    recorded = [player.recorded[mode, episode.number] for episode in episodes]
    return Film(
        player.configuration.env_id, player.seed, mode, episodes, recorded,
        seen, stage.fps / every, shown / stage.fps, steps / stage.fps,
    )  # fmt: skip


def told(film: Film) -> str:
    """What is to be seen, in a line, and whether it is what the evaluation recorded."""
    returns = [episode.total_reward for episode in film.episodes]
    which = "episode 0" if len(returns) == 1 else f"episodes 0 to {len(returns) - 1}"
    same = "as recorded" if returns == film.recorded else f"where {_numbers(film.recorded)} was recorded elsewhere"
    length = f"{film.of_seconds:.1f} s of play"
    if film.seconds < film.of_seconds:
        length = f"the first {film.seconds:.1f} s of {length}"
    return f"{film.env_id}, seed {film.seed}, {film.mode}, {which}: return {_numbers(returns)}, {same}; {length}"


def _numbers(returns: Sequence[float]) -> str:
    return ", ".join(f"{one:g}" for one in returns)


def _sized(image: NDArray[np.uint8], widest: int) -> Image.Image:
    """Scaled down to `widest`, or up by a whole number; sides are even, as H.264 wants them."""
    height, width, _ = image.shape
    full = Image.fromarray(image)
    if width > widest:
        return full.resize((_even(widest), _even(height * widest / width)), Image.Resampling.BOX)
    times = widest // width
    return full.resize((_even(width * times), _even(height * times)), Image.Resampling.NEAREST)


def _even(pixels: float) -> int:
    return max(2, 2 * round(pixels / 2))


def writer(path: Path, option: str) -> Callable[[Film], None]:
    """What writes a film to `path`, by its suffix. ConfigError, about `option`, if there is no such kind of film."""
    kinds = {".gif": _write_gif, ".mp4": _write_mp4}
    if (write := kinds.get(path.suffix.lower())) is None:
        raise ConfigError(f"{option}: '{path}' is not allowed; allowed: a file that ends in {' or '.join(kinds)}")
    return lambda film: write_whole(path, lambda beside: write(beside, film))


def _write_gif(path: Path, film: Film) -> None:
    palette = _palette(film.images)
    first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in film.images]
    ends = [round(100 * number / film.fps) for number in range(len(film.images) + 1)]  # a GIF counts in 1/100 s
    milliseconds = [10 * (end - start) for start, end in pairwise(ends)]
    milliseconds[-1] = round(1000 * HOLD)
    first.save(path, "GIF", save_all=True, append_images=others, duration=milliseconds, loop=0, optimize=False)


def _palette(frames: Sequence[Image.Image]) -> Image.Image:
    """One palette for all images, from a few of them: one each would make colours flicker and files large."""
    chosen = [frames[i] for i in np.linspace(0, len(frames) - 1, SAMPLED).round().astype(int)]
    together = Image.fromarray(np.concatenate([np.asarray(image) for image in chosen]))
    return together.quantize(COLORS, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)


def _write_mp4(path: Path, film: Film) -> None:
    import av  # here, as GIFs need no codecs

    held = [film.images[-1]] * round(HOLD * film.fps)
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(film.fps).limit_denominator(1000), options={"crf": "20"})
        stream.width, stream.height = film.images[0].size
        stream.pix_fmt = "yuv420p"  # what every player takes
        for image in [*film.images, *held]:
            container.mux(stream.encode(av.VideoFrame.from_image(image)))
        container.mux(stream.encode())
