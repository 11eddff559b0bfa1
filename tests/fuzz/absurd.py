"""Absurd values, and changes of values and bytes at random places."""

import copy
import datetime
import random
from typing import Any

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 2**31, 2**63, 2**64, 10**30),
    *(-0.0, 0.1, 0.5, 1.0, 1e-320, 1e-10, 1e308, -1e308, float("nan"), float("inf"), float("-inf")),
    *("", " ", "\0", "a\nb", "é", "\ud800", "\u202e", "../../x", "/etc/passwd", "~", "{x}", "{x.y}", "%s", "`id`"),
    *("a" * 300, "9" * 5000, "0-9", "0-99999999999", "9-0", "1000-1099", "1e999", "0x10", "nan", "null", "yes"),
    *("CartPole-v1", "ALE/Pong-v5", "os:Id", "a2c:Id", "LunarLander-v3", "adam", "cnn", "mlp", "gae", "cuda", "all"),
    *([], {}, [[]], {"": None}, [None, None], {"from": "x"}, {"env_id": 1}, [0, 0], [1, 2, 3], [0.1, 1.0], {"a": {}}),
    *(datetime.date(2026, 11, 26), datetime.datetime(2026, 11, 26, 1, 2, 3), b"\xff\x00"),
]  # fmt: skip


def absurd(choice: random.Random) -> Any:
    """A value that does not belong where it is put."""
    kind = choice.random()
    if kind < 0.9:
        return copy.deepcopy(choice.choice(VALUES))
    if kind < 0.94:
        return choice.choice([choice.uniform(-10, 10), choice.randrange(-1000, 10**6), 10 ** choice.uniform(-300, 300)])
    if kind < 0.97:
        return "".join(chr(choice.randrange(1, 0xD7FF)) for _ in range(choice.randrange(1, 40)))
    if kind < 0.98:
        return nested(choice.choice([10, 100, 200]))
    return [choice.choice(VALUES) for _ in range(choice.randrange(1, 30))]


def text(choice: random.Random) -> str:
    """An absurd text."""
    return str(absurd(choice))[:400]


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place in mappings and lists: the container and the key."""
    found = []
    if isinstance(tree, dict | list):
        for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
            found += [(tree, key), *places(tree[key])]
    return found


def changed(tree: Any, choice: random.Random, most: int = 3) -> Any:
    """A copy of a mapping with some of its parts replaced, removed, renamed, repeated or exchanged."""
    tree = copy.deepcopy(tree)
    for _ in range(choice.randint(1, most)):
        if not (all_places := places(tree)):
            return tree
        container, key = choice.choice(all_places)
        what = choice.random()
        if what < 0.6:
            container[key] = absurd(choice)
        elif what < 0.7:
            del container[key]
        elif what < 0.8 and isinstance(container, dict):
            container[choice.choice([text(choice), "name", "env_id", "seeds", "from", 0, None])] = container[key]
        elif what < 0.9:
            other, there = choice.choice(all_places)
            if (isinstance(other, dict) and there not in other) or (isinstance(other, list) and there >= len(other)):
                continue
            container[key] = copy.deepcopy(other[there])
        elif isinstance(container, list):
            container.extend([copy.deepcopy(container[key])] * choice.choice([1, 2, 50]))
    return tree


def damaged(data: bytes, choice: random.Random) -> bytes:
    """A copy of some bytes with bits turned, parts cut, repeated or overwritten."""
    for _ in range(choice.randint(1, 3)):
        place, length = choice.randrange(len(data) + 1), choice.choice([1, 4, 40, 512])
        before, after = data[:place], data[place:]
        data = choice.choice(
            [
                before + bytes(byte ^ (1 << choice.randrange(8)) for byte in after[:1]) + after[1:],
                before,
                after,
                before + bytes(len(after[:length])) + after[length:],
                before + b"\xff" * len(after[:length]) + after[length:],
                before + choice.randbytes(length) + after,
                before + after[:length] * choice.choice([2, 100]) + after,
                choice.randbytes(length),
                b"",
            ]
        )
    return data
