"""One Atari game in an emulator of its own. It plays as in ALE's vector environment, and its state can be saved."""

from typing import Any, NamedTuple

import numpy as np

NOOP, FIRE = 0, 1  # ALE's actions
WORDS = 2**32


class Play(NamedTuple):
    """How a game is played."""

    repeat_action_probability: float  # of the previous action, in each frame
    noop_max: int  # a game starts with fewer no-ops
    use_fire_reset: bool  # press FIRE at the start if the game has it
    frameskip: int
    maxpool: bool  # show the brighter one of the last two frames
    full_action_space: bool
    max_num_frames_per_episode: int


class Saved(NamedTuple):
    """A game in progress."""

    games: int  # how many have begun, this one included
    start: bytes  # ALE's state at its beginning
    actions: bytes  # taken since, a byte each
    now: bytes  # ALE's state


def actions_of(rom: str, full: bool) -> list[int]:
    """ALE's numbers of the actions that a game knows, or of all actions if `full`."""
    ale = _emulator()
    ale.loadROM(rom)
    return _codes(ale, full)


class Emulator:
    """A game. `frame` and `before` are what the screen shows, grey levels [height, width]: the brighter one of both."""

    def __init__(self, rom: str, play: Play) -> None:
        self._rom, self._play, self._ale = rom, play, _emulator()
        self._ale.setFloat("repeat_action_probability", play.repeat_action_probability)

    def seed(self, seed: int) -> None:
        """Load the game. All that follows is decided by the seed and the actions."""
        ale, play = self._ale, self._play
        ale.setInt("random_seed", seed)
        ale.loadROM(self._rom)
        self._codes = _codes(ale, play.full_action_space)
        self._fires = play.use_fire_reset and FIRE in self._codes
        self._random = np.random.RandomState(seed)  # MT19937, seeded as C++'s library seeds it
        self._games = 0
        self.frame, self.before, self._next = (np.zeros(ale.getScreenDims(), dtype=np.uint8) for _ in range(3))

    def reset(self) -> None:
        """Start a game."""
        self._ale.reset_game()
        self._begin(self._draw_noops())

    def step(self, action: int) -> int:
        """Take an action, a number in the game's set, for `frameskip` frames; the reward."""
        ale, play, code, reward = self._ale, self._play, self._codes[action], 0
        self._taken.append(action)
        for left in range(play.frameskip, 0, -1):
            reward += ale.act(code)
            self._frames += 1
            terminated = ale.game_over()
            self.truncated = self._frames >= play.max_num_frames_per_episode and not terminated
            self.over = terminated or self.truncated
            if self.over:
                break
            if left == 1:
                ale.getScreenGrayscale(self.frame)
            elif left == 2 and play.maxpool:
                ale.getScreenGrayscale(self._next)
        if left == 1:
            if self.over:  # ALE does not take the last frame: it shows the one before it and those of the last step
                np.maximum(self.frame, self.before, out=self.frame)
            self.before, self._next = self._next, self.before
        self.lives = ale.lives()
        return int(reward)

    def save(self) -> Saved:
        """The game as it stands."""
        return Saved(self._games, self._start.serialize(), bytes(self._taken), self._state())

    def restore(self, saved: Saved) -> bool:
        """Go on from what `save` gave, after `seed` with the same seed. Whether ALE comes to the same state.

        False, too, if ALE cannot read the state at the beginning.

        The game is played again from its beginning: ALE's states lack the previous action, which may be repeated, and
        with some games more. At the beginning all that they lack is as in a game just loaded.
        """
        from ale_py import ALEState

        for _ in range(saved.games):
            noops = self._draw_noops()
        try:
            self._ale.restoreState(ALEState(saved.start))
        except Exception:  # other bytes raise several types, of C++ and nanobind
            return False
        self._begin(noops)
        for action in saved.actions:
            self.step(action)
        return self._state() == saved.now

    def _begin(self, noops: int) -> None:
        """From a reset emulator to the first observation."""
        ale = self._ale
        self._start, self._taken = ale.cloneState(include_rng=True), bytearray()
        if self._fires:
            ale.act(FIRE)
        for _ in range(noops - self._fires):
            ale.act(NOOP)
            if ale.game_over():
                ale.reset_game()
        ale.getScreenGrayscale(self.frame)
        self.before[:] = 0
        self._frames, self.over, self.truncated = 0, False, False
        self.lives = ale.lives()

    def _state(self) -> bytes:
        """ALE's state, with its random numbers."""
        return bytes(self._ale.cloneState(include_rng=True).serialize())

    def _draw_noops(self) -> int:
        """A number below `noop_max`, as libstdc++'s `uniform_int_distribution` draws it (Lemire 2019)."""
        self._games += 1
        n = self._play.noop_max
        while n:
            product = int(self._random.randint(WORDS, dtype=np.uint32)) * n
            if product % WORDS >= WORDS % n:
                return product // WORDS
        return 0


def _emulator() -> Any:
    """An emulator that only tells of errors."""
    from ale_py import ALEInterface, LoggerMode  # here, as CartPole needs no emulator

    ALEInterface.setLoggerMode(LoggerMode.Error)
    return ALEInterface()


def _codes(ale: Any, full: bool) -> list[int]:
    return [action.value for action in (ale.getLegalActionSet() if full else ale.getMinimalActionSet())]
