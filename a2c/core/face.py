"""The core's Python face: what the C functions take and give, as NumPy arrays.

core = choose.load()
lane = core.lane(settings, seed)
trained = lane.train(100)
"""

import ctypes
from ctypes import POINTER, Structure, byref, c_double, c_float, c_int64, c_uint64, c_void_p
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c import streams
from a2c.config.configuration import snapshot_rows
from a2c.core import layout
from a2c.core.settings import Settings, config_of

LINE = 64  # bytes: where a lane's memory begins
REASONS = {1: "policy loss", 2: "value loss", 3: "gradient norm"}

ENDED = np.dtype([("env", np.int64), ("step", np.int64), ("total_reward", np.float64), ("length", np.int64)])
METRICS = np.dtype(
    [("step", np.int64)]
    + [
        (name, np.float32)
        for name in (
            "policy_loss", "value_loss", "entropy", "advantage_mean", "advantage_std", "grad_norm",
            "explained_variance", "clip_coefficient", "policy_grad_norm", "value_grad_norm", "grad_cosine",
            "policy_kl", "value_max", "terminal_share", "observation_distance", "clip_fraction",
        )
    ]
)  # fmt: skip

SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "a2c_lane_bytes": (c_int64, [c_void_p]),
    "a2c_lane_start": (c_void_p, [c_void_p] * 6),
    "a2c_train": (c_int64, [c_void_p, c_int64, *[c_void_p] * 5]),
    "a2c_act": (None, [c_void_p, c_void_p, c_int64, c_void_p]),
    "a2c_record": (c_int64, [c_void_p] * 5),
    "a2c_update": (c_int64, [c_void_p] * 3),
    "a2c_rollout_rows": (c_int64, [c_void_p]),
    "a2c_rollout_is_over": (c_int64, [c_void_p]),
    "a2c_replay": (c_int64, [c_void_p, c_int64, c_void_p, c_void_p]),
    "a2c_retake": (None, [c_void_p] * 3),
    "a2c_go_on": (None, [c_void_p, c_void_p]),
    "a2c_evaluate": (None, [c_void_p, c_int64, c_void_p, c_void_p, c_void_p]),
    "a2c_forward": (None, [c_void_p] * 4),
    "a2c_parameters": (c_int64, [c_void_p] * 5),
    "a2c_normalizer": (c_int64, [c_void_p] * 2),
    "a2c_freeze": (None, [c_void_p]),
    "a2c_status": (None, [c_void_p, c_void_p]),
    "a2c_set_updates": (None, [c_void_p, c_int64]),
    "a2c_share": (None, [c_void_p] * 2),
    "a2c_take_turns": (c_int64, [c_void_p, c_int64, *[c_void_p] * 6]),
    "a2c_update_shared": (c_int64, [c_void_p] * 3),
    "a2c_stand": (None, [c_void_p, c_int64]),
    "a2c_past_returns": (POINTER(c_double), [c_void_p]),
    "a2c_image": (None, [c_void_p] * 4),
    "a2c_snapshots": (POINTER(c_int64), [c_void_p] * 3),
    "a2c_sample": (None, [c_void_p, c_int64, c_void_p, c_void_p]),
    "a2c_look": (None, [c_void_p, c_int64, c_void_p]),
    "a2c_policy_gradient": (None, [c_void_p, c_int64, *[c_void_p] * 3]),
    "a2c_inner": (c_double, [c_int64, c_void_p, c_void_p]),
    "a2c_running_norm": (POINTER(c_double), [c_void_p]),
    "a2c_level": (c_int64, []),
    "a2c_multiply_adds": (c_float, [c_int64]),
    "a2c_roots": (c_float, [c_int64]),
    "a2c_sources": (ctypes.c_char_p, []),
}

Floats = NDArray[np.float32]


class _Stream(Structure):
    _fields_ = [(name, c_uint64) for name in ("state_low", "state_high", "increment_low", "increment_high")]


class _Status(Structure):
    _fields_ = [
        *((name, c_int64) for name in ("rows", "updates", "stopped_step", "diverged_step", "diverged_reason")),
        ("diverged_value", c_double),
    ]


class Trained(NamedTuple):
    """What some updates of a lane did."""

    actions: Floats  # [rows, environments, action_size]
    ended: NDArray[Any]  # of type ENDED
    metrics: NDArray[Any]  # of type METRICS


def _stream(generator: np.random.BitGenerator) -> _Stream:
    """Where a PCG64 stands, in halves."""
    held = generator.state["state"]
    low = (1 << 64) - 1
    return _Stream(held["state"] & low, held["state"] >> 64, held["inc"] & low, held["inc"] >> 64)


def _environment_stream(seed: int, purpose: str, index: int) -> _Stream:
    """The stream of environment `index`, as Gymnasium's `reset(seed=...)` makes it."""
    entropy = streams.environment_seed(seed, purpose, index)
    return _stream(np.random.PCG64(np.random.SeedSequence(entropy)))


def pointer(array: NDArray[Any]) -> c_void_p:
    return c_void_p(array.ctypes.data)


class Core:
    """One build of the core, loaded; `c` has its functions, which loops.h declares."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.c = ctypes.CDLL(str(path))
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(self.c, name)
            function.restype, function.argtypes = result, arguments

    @property
    def name(self) -> str:
        """The build: baseline, avx2, avx512 or neon."""
        return self.path.stem.removeprefix("core-")

    @property
    def sources(self) -> str:
        """The hash of the sources that this build was made of."""
        return str(self.c.a2c_sources().decode())

    @property
    def level(self) -> int:
        """What this CPU runs: 1 x86-64 or AArch64, 3 AVX2, 4 AVX-512."""
        return int(self.c.a2c_level())

    def lane(self, settings: Settings, seed: int) -> "Lane":
        """A new lane: a run of `settings` with this seed, before its first step."""
        return Lane(self, settings, seed)

    def lane_bytes(self, settings: Settings) -> int:
        """Memory that a lane takes."""
        return int(self.c.a2c_lane_bytes(byref(config_of(settings))))


class Lane:
    """One run: its weights, optimiser, environments and streams, in one block of memory."""

    def __init__(
        self, core: Core, settings: Settings, seed: int, purpose: str = "environments", first: int = 0
    ) -> None:
        """`first`: the number of its first environment, which its random streams go by."""
        self.core, self.settings, self.seed = core, settings, seed
        config = config_of(settings)
        size = core.lane_bytes(settings)
        held = np.empty(size + LINE, dtype=np.uint8)
        start = -held.ctypes.data % LINE
        self._memory = held[start : start + size]
        actions = "actions" if purpose == "environments" else f"{purpose} actions"
        native = range(settings.n_envs if settings.env_id else 0)
        environments = (_Stream * max(1, len(native)))(*(_environment_stream(seed, purpose, first + i) for i in native))
        drawn = [_stream(streams.generator(seed, name).bit_generator) for name in ("weights", actions, "minibatches")]
        self._lane = c_void_p(
            core.c.a2c_lane_start(pointer(self._memory), byref(config), *(byref(one) for one in drawn), environments)
        )
        pointers = [POINTER(c_float)() for _ in range(4)]
        number = core.c.a2c_parameters(self._lane, *(byref(pointer) for pointer in pointers))
        self._flat = [np.ctypeslib.as_array(pointer, (number,)) for pointer in pointers]
        kept, kept_moments = POINTER(c_float)(), POINTER(c_double)()
        count = core.c.a2c_snapshots(self._lane, byref(kept), byref(kept_moments))
        self._n_kept = np.ctypeslib.as_array(count, (1,))
        self._kept = np.ctypeslib.as_array(kept, (len(settings.snapshots), number))
        n_moments = 2 * settings.n_observation if settings.normalize_observations else 0
        self._kept_moments = np.ctypeslib.as_array(kept_moments, (len(settings.snapshots), n_moments))
        moments = POINTER(c_double)()
        size = core.c.a2c_normalizer(self._lane, byref(moments))
        self._normalizer = np.ctypeslib.as_array(moments, (size,)) if size else np.empty(0)
        self._running_norm = np.ctypeslib.as_array(core.c.a2c_running_norm(self._lane), (1,))
        self._actions = np.empty((settings.n_envs, settings.action_size), dtype=np.float32)
        self._ended = np.empty(settings.n_envs, dtype=ENDED)
        self._metrics = np.empty(1, dtype=METRICS)
        self._is_empty = True  # the rollout that the caller steps
        self._past_returns = np.ctypeslib.as_array(core.c.a2c_past_returns(self._lane), (2,))

    # ------------------------------------------------------------------------------------------- native environments

    def train(self, updates: int) -> Trained:
        """At most `updates` rollouts of n_steps rows, and their updates; fewer where the budget or the lane ends."""
        return self.train_rows(updates * self.settings.n_steps)

    def train_rows(self, rows: int) -> Trained:
        """At most `rows` rows and the updates on the way; the last rollout goes on with the next call."""
        self._check(native=True)
        before, shape = self.rows, self.settings
        rows = max(0, min(rows, shape.total_rows - before))
        actions = np.empty((rows, shape.n_envs, shape.action_size), dtype=np.float32)
        if len(self._ended) < rows * shape.n_envs:  # kept from call to call: the system has to clear new memory
            self._ended = np.empty(rows * shape.n_envs, dtype=ENDED)
        if len(self._metrics) < rows:
            self._metrics = np.empty(rows, dtype=METRICS)
        n_ended, n_metrics = c_int64(), c_int64()
        self.core.c.a2c_train(
            self._lane, rows, pointer(actions), pointer(self._ended), byref(n_ended), pointer(self._metrics),
            byref(n_metrics),
        )  # fmt: skip
        ended, metrics = self._ended[: n_ended.value].copy(), self._metrics[: n_metrics.value].copy()
        return Trained(actions[: self.rows - before], ended, metrics)

    def replay(self, actions: NDArray[Any]) -> NDArray[Any]:
        """Step a new lane's environments by actions [rows, environments, ...]; gives the episodes that ended."""
        self._check(native=True)
        shape = (-1, self.settings.n_envs, self.settings.action_size)
        actions = np.ascontiguousarray(actions, dtype=np.float32).reshape(shape)
        ended = np.empty(len(actions) * self.settings.n_envs, dtype=ENDED)
        return ended[: self.core.c.a2c_replay(self._lane, len(actions), pointer(actions), pointer(ended))].copy()

    def evaluate(self, n_episodes: int, greedy: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Returns and lengths of `n_episodes` fresh episodes, one in each of as many environments."""
        self._check(native=True)
        lane = self.evaluator(n_episodes)
        total_rewards, lengths = np.empty(n_episodes), np.empty(n_episodes, dtype=np.int64)
        self.core.c.a2c_evaluate(lane._lane, greedy, pointer(total_rewards), pointer(lengths), pointer(lane._ended))
        return total_rewards, lengths

    def evaluator(self, n_episodes: int) -> "Lane":
        """A lane with this one's weights and fresh evaluation streams, which acts in `n_episodes` environments.

        Running moments of observations stay as they are here, rounded as `weights` gives them.
        """
        held = {field.name: getattr(self.settings, field.name) for field in fields(Settings)}
        changed = {"n_envs": n_episodes, "n_steps": 1, "total_steps": n_episodes, "init": "torch", "algorithm": "a2c"}
        lane = Lane(self.core, Settings(**{**held, **changed}), self.seed, "evaluation")
        lane._flat[0][:] = self._flat[0]
        if self.settings.normalize_observations:
            lane._observed[:] = self._observed.astype(np.float32)
        self.core.c.a2c_freeze(lane._lane)
        return lane

    # ------------------------------------------------------------------------- environments that the caller steps

    @property
    def rollout_rows(self) -> int:
        """Rows of the rollout that the lane is in: n_steps, or what is left of the budget. With REINFORCE the most."""
        return int(self.core.c.a2c_rollout_rows(self._lane))

    @property
    def rollout_is_over(self) -> bool:
        """Whether the rollout is complete, or the budget used: `learn` comes next."""
        return bool(self.core.c.a2c_rollout_is_over(self._lane))

    def act(self, observations: Floats, greedy: bool = False) -> Floats:
        """Actions [environments, action_size] on observations [environments, numbers].

        The array is used again by the next call.
        """
        self._check(native=False)
        observations = self._rows(observations, np.float32, self.settings.n_observation)
        self.core.c.a2c_act(self._lane, pointer(observations), greedy, pointer(self._actions))
        return self._actions

    def record(
        self, rewards: NDArray[np.float64], terminated: NDArray[np.bool_], truncated: NDArray[np.bool_]
    ) -> NDArray[Any]:
        """Take in what a row of environments gave, [environments] each; gives the episodes that ended."""
        self._check(native=False)
        rewards, terminated, truncated = (
            self._rows(array, dtype)
            for array, dtype in ((rewards, np.float64), (terminated, np.bool_), (truncated, np.bool_))
        )
        if self.rollout_is_over:
            raise ValueError("the rollout is over: `learn` is next")
        self._is_empty = False
        number = self.core.c.a2c_record(
            self._lane, pointer(rewards), pointer(terminated), pointer(truncated), pointer(self._ended)
        )
        return self._ended[:number].copy()

    def learn(self, observations: Floats) -> NDArray[Any]:
        """One update from the rollout, after whose last row stand `observations`; metrics, of one row or none."""
        self._check(native=False)
        observations = self._rows(observations, np.float32, self.settings.n_observation)
        if self._is_empty:
            raise ValueError("the rollout is empty: `act` and `record` come before `learn`")
        self._is_empty = True
        number = self.core.c.a2c_update(self._lane, pointer(observations), pointer(self._metrics))
        return self._metrics[:number].copy()

    def retake(self, observations: Floats, actions: Floats) -> None:
        """Take in a row that was acted before: observations, and actions [environments, ...]. `record` comes next."""
        self._check(native=False)
        observations = self._rows(observations, np.float32, self.settings.n_observation)
        actions = self._rows(actions, np.float32, self.settings.action_size)
        self.core.c.a2c_retake(self._lane, pointer(observations), pointer(actions))

    def go_on(self, observations: Floats) -> None:
        """After the last row that was taken in again: act from there, on these observations."""
        self._check(native=False)
        observations = self._rows(observations, np.float32, self.settings.n_observation)
        self.core.c.a2c_go_on(self._lane, pointer(observations))

    def _check(self, native: bool) -> None:
        if native != (self.settings.env_id is not None):
            raise ValueError(f"only with {'native environments' if native else 'environments that the caller steps'}")

    def _rows(self, array: NDArray[Any], dtype: Any, *columns: int) -> NDArray[Any]:
        """The array as C reads it: one row for each environment. ValueError if it has another size."""
        return np.ascontiguousarray(array, dtype=dtype).reshape(self.settings.n_envs, *columns)

    # ------------------------------------------------------------------------------------------------------- state

    def _status(self) -> _Status:
        status = _Status()
        self.core.c.a2c_status(self._lane, byref(status))
        return status

    @property
    def rows(self) -> int:
        """Rows so far: agent steps of each environment."""
        return int(self._status().rows)

    @property
    def diverged(self) -> tuple[int, str] | None:
        """The step at which the gradient was not finite, and the reason; None if it always was."""
        status = self._status()
        if status.diverged_reason == 0:
            return None
        return int(status.diverged_step), f"{REASONS[status.diverged_reason]} is {float(status.diverged_value)}"

    @property
    def stopped(self) -> int | None:
        """The step at which the run ended on purpose, before its budget; None if it has not."""
        return int(self._status().stopped_step) or None

    def state(self) -> dict[str, NDArray[Any]]:
        """Arrays from which `restore` goes on, as to weights and optimiser; environments are replayed."""
        parameters, _, first, second = (_canonical(flat) for flat in self._flat)
        kept = {
            "snapshots": _canonical(self._kept),
            "snapshots.moments": self._kept_moments.copy(),
            "snapshots.kept": self._n_kept[0].copy(),
        }
        clipping = {"clipping.norm": self._running_norm.copy()} if self.settings.clip_by == "running" else {}
        state: dict[str, NDArray[Any]] = {
            "parameters": parameters,
            "optimizer.first": first,
            "optimizer.second": second,
            "optimizer.updates": np.array(self._status().updates, dtype=np.int64),
            **clipping,
            **(kept if self.settings.snapshots else {}),
        }
        return state | ({"returns": self._past_returns.copy()} if self._has_mean else {})

    @property
    def _has_mean(self) -> bool:
        return self.settings.algorithm == "reinforce" and self.settings.baseline == "mean"

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Weights and optimiser as `state` gave them. Replay the environments afterwards."""
        for flat, name in zip(
            (self._flat[0], *self._flat[2:]), ("parameters", "optimizer.first", "optimizer.second"), strict=True
        ):
            flat[:] = state[name]
        self.core.c.a2c_set_updates(self._lane, int(state["optimizer.updates"]))
        if self._has_mean:
            self._past_returns[:] = state["returns"]
        if self.settings.snapshots:
            self._kept[:] = state["snapshots"]
            self._kept_moments[:] = state["snapshots.moments"]
            self._n_kept[0] = state["snapshots.kept"]
        if "clipping.norm" in state:
            self._running_norm[:] = state["clipping.norm"]

    @property
    def _observed(self) -> NDArray[np.float64]:
        """Means and variances of the observations, [2, numbers], as a view."""
        return self._normalizer[1 : 1 + 2 * self.settings.n_observation].reshape(2, -1)

    @property
    def address(self) -> c_void_p:
        """Of the lane in memory."""
        return self._lane

    def set_parameters(self, flat: Floats) -> None:
        """Put in parameters as `state` gives them."""
        self._flat[0][:] = flat

    def weights(self) -> dict[str, Floats]:
        """Weights [inputs, outputs] and biases [1, outputs] by name: `shared.0.weight`, `policy.2.bias`, ...

        Where observations are normalised, their moments besides, [1, numbers].
        """
        return self._named(self._flat[0], self._observed)

    def _named(self, flat: Floats, moments: NDArray[np.float64]) -> dict[str, Floats]:
        """Parameters, and the moments of observations [2, numbers] where they are normalised, by name."""
        named = layout.unpack(self.settings, _canonical(flat))
        if self.settings.normalize_observations:
            parts = _canonical(moments.reshape(2, -1)).astype(np.float32)
            named |= {name: one[None] for name, one in zip(layout.MOMENTS, parts, strict=True)}
        return named

    def snapshots(self) -> dict[float, dict[str, Floats]]:
        """The weights that were kept, by share of the budget; the last ones for a share that no update followed."""
        shares, n_kept = self.settings.snapshots, int(self._n_kept[0])
        kept = dict(zip(shares, map(self._named, self._kept[:n_kept], self._kept_moments[:n_kept]), strict=False))
        if not self.diverged:
            rows = snapshot_rows(shares, self.settings.total_rows)
            passed = [share for share, row in zip(shares, rows, strict=True) if row <= self.rows]
            kept |= {share: self.weights() for share in passed[n_kept:]}
        return kept

    def gradients(self) -> dict[str, Floats]:
        """The last step's gradient, named as the weights: before it was clipped, where all of it is."""
        return layout.unpack(self.settings, _canonical(self._flat[1]))

    def set_weights(self, weights: dict[str, Floats]) -> None:
        """Put in weights as `weights` gives them."""
        layout.pack(self.settings, weights, self._flat[0])
        if self.settings.normalize_observations:
            self._observed[:] = np.concatenate([weights[name] for name in layout.MOMENTS])

    def forward(self, observations: Floats) -> tuple[Floats, Floats]:
        """Outputs [environments, n_outputs] and values [environments] of observations [environments, numbers].

        The observations are what the network sees: normalised ones, where they are.
        """
        observations = self._rows(observations, np.float32, self.settings.n_observation)
        n_envs, n_outputs = self.settings.n_envs, self.settings.n_outputs
        logits, values = np.empty((n_envs, n_outputs), np.float32), np.empty(n_envs, np.float32)
        self.core.c.a2c_forward(self._lane, pointer(observations), pointer(logits), pointer(values))
        return logits, values


def _canonical(array: NDArray[Any]) -> NDArray[Any]:
    """A copy in which every NaN is the same NaN: machines differ in the one that an operation makes."""
    return np.where(np.isnan(array), array.dtype.type(np.nan), array)
