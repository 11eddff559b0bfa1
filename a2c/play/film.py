"""Films of a trained policy, as GIF or MP4.

The same episodes give the same bytes of a GIF; those of an MP4 vary by a few.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from a2c import streams
from a2c.config import ConfigError
from a2c.envs import closing
from a2c.play.episodes import Episode, OnStep, play_episodes
from a2c.play.player import Player
from a2c.play.renderer import Renderer, open_renderer
from a2c.runs.files import DamagedError, write_whole

WIDTHS = (16, 1920)  # pixels, from and to
RATES = (1, 50)  # images a second: browsers show no GIF faster
DURATIONS = (0.1, 600)  # seconds
HOLD_SECONDS = 1.0  # the last image stays so long
COLORS = 64  # of a GIF: no visible loss, at half the bytes of 256
PALETTE_IMAGES = 16  # images that a GIF's palette is made from


@dataclass(frozen=True)
class Format:
    """The largest size, image rate and length of a film. ConfigError if one is out of bounds."""

    width: int = 320  # pixels, at most
    fps: float = 25  # images a second, at most; the film runs at the environment's own speed all the same
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
    """The images of one or several episodes."""

    env_id: str
    seed: int
    mode: str
    episodes: list[Episode]
    recorded: list[float]  # the returns of these episodes in the recorded evaluation
    images: list[Image.Image]
    fps: float  # images a second
    seconds: float  # of play that are shown
    of_seconds: float  # of play in all


@closing()
def make_film(player: Player, mode: str, count: int, form: Format, on_step: OnStep) -> Film:
    """Play the first `count` episodes of the recorded evaluation and film them, one after the other.

    The film is as long as `form` allows. `on_step` is called after each agent step, of the play and of the drawing.
    Raises the errors of `play_episodes`, `open_renderer` and `episode_images`.
    """
    renderer = open_renderer(player.configuration)
    every = math.ceil(renderer.fps / form.fps)
    episodes = play_episodes(player, mode, count, on_step)
    n_steps = sum(len(episode.actions) for episode in episodes)
    n_shown = left = min(n_steps, max(1, int(form.seconds * renderer.fps)))
    images: list[Image.Image] = []
    for episode in episodes:
        shown = episode._replace(actions=episode.actions[:left], rewards=episode.rewards[:left])
        left -= len(shown.actions)
        if shown.actions:
            images += [_resized(image, form.width) for image in episode_images(player, shown, renderer, every, on_step)]
    renderer.close()
    return Film(
        env_id=player.configuration.env_id,
        seed=player.seed,
        mode=mode,
        episodes=episodes,
        recorded=[player.recorded[mode, episode.number] for episode in episodes],
        images=images,
        fps=renderer.fps / every,
        seconds=n_shown / renderer.fps,
        of_seconds=n_steps / renderer.fps,
    )


def episode_images(
    player: Player, episode: Episode, renderer: Renderer, every: int, on_step: OnStep
) -> Iterator[NDArray[np.uint8]]:
    """The first image of an episode, that of each `every`-th agent step, and its last.

    The episode's actions are taken again in an environment that is drawn. DamagedError if it gives other rewards.
    """
    renderer.reset(streams.environment_seed(player.seed, "evaluation", episode.number))
    yield renderer.image()
    last = len(episode.actions)
    space = player.facts.action_space
    for step, (action, reward) in enumerate(zip(episode.actions, episode.rewards, strict=True), 1):
        if (drawn := renderer.step(space.to_environment(action))) != reward:
            raise DamagedError(
                f"{player.configuration.env_id}: the reward of agent step {step} is {drawn} when it is drawn, and was "
                f"{reward}: it cannot be filmed"
            )
        if step % every == 0 or step == last:
            yield renderer.image()
        on_step()


def describe(film: Film) -> str:
    """A line about the film: its episodes, their returns, and whether these are the recorded ones."""
    returns = [episode.total_reward for episode in film.episodes]
    episodes = "episode 0" if len(returns) == 1 else f"episodes 0 to {len(returns) - 1}"
    same = (
        "as recorded" if returns == film.recorded else f"where {_format_returns(film.recorded)} was recorded elsewhere"
    )
    length = f"{film.of_seconds:.1f} s of play"
    if film.seconds < film.of_seconds:
        length = f"the first {film.seconds:.1f} s of {length}"
    return (
        f"{film.env_id}, seed {film.seed}, {film.mode}, {episodes}: return {_format_returns(returns)}, {same}; {length}"
    )


def _format_returns(returns: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in returns)


def _resized(image: NDArray[np.uint8], max_width: int) -> Image.Image:
    """The image scaled down to `max_width`, or up by a whole number. Both sides are even, as H.264 needs them."""
    height, width, _ = image.shape
    full = Image.fromarray(image)
    widest = max_width // 2 * 2  # the film is never wider than was asked for
    if width > widest:
        return full.resize((widest, _even(height * widest / width)), Image.Resampling.BOX)
    factor = widest // width
    return full.resize((_even(width * factor), _even(height * factor)), Image.Resampling.NEAREST)


def _even(pixels: float) -> int:
    return max(2, 2 * round(pixels / 2))


def film_writer(path: Path, option: str) -> Callable[[Film], None]:
    """A function that writes a film to `path`, as its suffix says. ConfigError, about `option`, at another suffix."""
    kinds = {".gif": _write_gif, ".mp4": _write_mp4}
    if (write := kinds.get(path.suffix.lower())) is None:
        raise ConfigError(f"{option}: '{path}' is not allowed; allowed: a file that ends in {' or '.join(kinds)}")
    return lambda film: write_whole(path, lambda part: write(part, film))


def _write_gif(path: Path, film: Film) -> None:
    palette = _palette(film.images)
    first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in film.images]
    ends = [round(100 * number / film.fps) for number in range(len(film.images) + 1)]  # in 1/100 s, as GIFs have them
    milliseconds = [10 * (end - start) for start, end in pairwise(ends)]
    milliseconds[-1] = round(1000 * HOLD_SECONDS)
    first.save(path, "GIF", save_all=True, append_images=others, duration=milliseconds, loop=0, optimize=False)


def _palette(images: Sequence[Image.Image]) -> Image.Image:
    """A palette for all images, made from some of them. With one for each, colours flicker and files are large."""
    chosen = [images[i] for i in np.linspace(0, len(images) - 1, PALETTE_IMAGES).round().astype(int)]
    together = Image.fromarray(np.concatenate([np.asarray(image) for image in chosen]))
    return together.quantize(COLORS, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)


def _write_mp4(path: Path, film: Film) -> None:
    import av  # imported here, as GIFs do not need it

    hold = [film.images[-1]] * round(HOLD_SECONDS * film.fps)
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(film.fps).limit_denominator(1000), options={"crf": "20"})
        stream.width, stream.height = film.images[0].size
        stream.pix_fmt = "yuv420p"  # every video player supports it
        for image in [*film.images, *hold]:
            container.mux(stream.encode(av.VideoFrame.from_image(image)))
        container.mux(stream.encode())
