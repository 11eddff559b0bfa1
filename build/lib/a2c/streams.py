"""Named random streams: every draw comes from a stream derived from (seed, purpose), never from a global generator."""

import hashlib

import numpy as np


def sequence(seed: int, purpose: str, *index: int) -> np.random.SeedSequence:
    """The seed sequence of one purpose ("weights", "actions", ...) of one seed, and of one index below it.

    Streams of different purposes, indices or seeds are independent; the same arguments always give the same stream.
    """
    name = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:4], "big")
    return np.random.SeedSequence(entropy=seed, spawn_key=(name, *index))


def generator(seed: int, purpose: str, *index: int) -> np.random.Generator:
    """A NumPy generator (PCG64, which can be advanced) on the stream of `sequence`."""
    return np.random.Generator(np.random.PCG64(sequence(seed, purpose, *index)))


def environment_seed(seed: int, purpose: str, index: int) -> int:
    """A seed below 2**31 (Atari's bound) for environment `index` of one run."""
    return int(sequence(seed, purpose, index).generate_state(1)[0]) >> 1
