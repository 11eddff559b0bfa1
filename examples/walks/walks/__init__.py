"""Importing this package registers its environment, Walks/Corridor-v0."""

import gymnasium as gym

gym.register(
    "Walks/Corridor-v0",
    entry_point="walks.corridor:Corridor",
    max_episode_steps=200,
    reward_threshold=-1.5,
)
