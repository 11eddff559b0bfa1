"""Many Atari games of one kind, stepped together. Their states can be saved."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.core.images import Shrinker
from a2c.envs.atari import PROTOCOLS, Screen, game_of, rom_of
from a2c.envs.emulator import Emulator, Play, Saved

LIFE_LOST = "life_lost"  # the key in a step's infos
# Games whose state ALE 0.12.1 does not save whole: of numbers that describe the course, whether they are 0; fractions
# of a clock, rounded down.
FORGETFUL = {"miniature_golf", "pitfall2"}

Images = NDArray[np.uint8]
Flags = NDArray[np.bool_]


class Games:
    """`number` games of one kind. Rewards are the game's own; each game's random stream comes from its seed alone.

    An agent step is `frameskip` frames of the emulator; an observation is the last `stack_num` images. The protocol
    "machado" repeats the previous action with probability 0.25 in each frame and plays whole games. "classic" starts a
    game with up to 30 no-ops and FIRE, and tells of a lost life, which the learner takes for the end; the game goes on.
    """

    def __init__(self, env_id: str, protocol: str, kwargs: dict[str, Any], number: int) -> None:
        screen = Screen(**kwargs)
        play = Play(**PROTOCOLS[protocol], **screen.model_dump(include=set(Play._fields)))
        self._games = [Emulator(rom_of(env_id), play) for _ in range(number)]
        self._shape = (number, screen.stack_num, screen.img_height, screen.img_width)
        self._tells_lives = protocol == "classic"
        self._forgets = game_of(env_id) in FORGETFUL
        self._resting = np.zeros(number, dtype=bool)

    def rest(self, numbers: Iterable[int]) -> None:
        """Step these games no more: from now on they stand still, without reward and end."""
        self._resting[list(numbers)] = True

    def reset(self, seed: Sequence[int]) -> tuple[Images, dict[str, Any]]:
        """First observations, [number, frames, height, width]; `seed` has one seed per game."""
        self._load(seed)
        self._images = np.zeros(self._shape, dtype=np.uint8)
        for game, image in zip(self._games, self._images, strict=True):
            game.reset()
            self._shrink(game.frame, game.before, image[-1])
        return self._images, {}

    def step(self, actions: NDArray[np.int64]) -> tuple[Images, NDArray[np.float64], Flags, Flags, dict[str, Any]]:
        """As Gymnasium's vector environments; in the infos, under the classic protocol, who lost a life."""
        number = len(self._games)
        images, rewards = np.empty(self._shape, dtype=np.uint8), np.zeros(number)
        terminated, truncated, lost = (np.zeros(number, dtype=bool) for _ in range(3))
        images[:, :-1] = self._images[:, 1:]
        images[self._resting] = self._images[self._resting]
        for i in np.flatnonzero(~self._resting):
            game = self._games[i]
            if game.over:
                game.reset()
                images[i] = 0
            else:
                lives = game.lives
                rewards[i] = game.step(int(actions[i]))
                terminated[i], truncated[i] = game.over and not game.truncated, game.truncated
                lost[i] = game.lives < lives
            self._shrink(game.frame, game.before, images[i, -1])
        self._images = images
        return images, rewards, terminated, truncated, {LIFE_LOST: lost} if self._tells_lives else {}

    def state(self) -> dict[str, NDArray[Any]]:
        """Arrays from which `restore` goes on; none with a game whose state ALE does not save."""
        if self._forgets:
            return {}
        pieces: dict[str, NDArray[Any]] = {}
        saved = [game.save() for game in self._games]
        for i, (_, *parts) in enumerate(saved):
            named = zip(Saved._fields[1:], parts, strict=True)
            pieces |= {f"{name}.{i}": np.frombuffer(part, dtype=np.uint8) for name, part in named}
        return {"games": np.array([one.games for one in saved]), "images": self._images, **pieces}

    def restore(self, seed: Sequence[int], state: Mapping[str, NDArray[Any]]) -> Images | None:
        """Go on from what `state` gave, with the same seeds; the latest observations.

        None if an emulator comes to another state than it had. Then only `reset` helps.
        """
        self._load(seed)
        self._images = state["images"]
        for i, game in enumerate(self._games):
            parts = (state[f"{name}.{i}"].tobytes() for name in Saved._fields[1:])
            if not game.restore(Saved(int(state["games"][i]), *parts)):
                return None
        return self._images

    def close(self) -> None:
        """Nothing to do: the emulators' memory goes with the object."""

    def _load(self, seed: Sequence[int]) -> None:
        for game, one in zip(self._games, seed, strict=True):
            game.seed(one)
        self._shrink = Shrinker(self._games[0].frame.shape, self._shape[2:])


def can_be_state(state: Mapping[str, NDArray[Any]], n_rows: int, n_actions: int) -> bool:
    """Whether games that took `n_rows` rows can have left arrays with the names of `Games.state`.

    Else `restore` would play for longer than a replay of the log, or without end. True of no arrays.
    """
    games = state.get("games", np.ones(1))
    taken = [array for name, array in state.items() if name.startswith("actions.")]
    begun = bool(((games >= 1) & (games <= 1 + n_rows)).all())
    return begun and all(len(one) <= n_rows and bool((one < n_actions).all()) for one in taken)
