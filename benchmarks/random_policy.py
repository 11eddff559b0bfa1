"""Measure the mean return of a uniformly random policy, the 0 of normalised scores (a2c/analysis/references.py).

python -m benchmarks.random_policy [--episodes 1000] [ENV_ID ...]
"""

import argparse

import gymnasium
import numpy as np

ENVIRONMENTS = ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "LunarLander-v3"]


def random_returns(env_id: str, episodes: int) -> np.ndarray:
    """Undiscounted returns of seeded episodes with uniformly drawn actions."""
    env = gymnasium.make(env_id)
    env.action_space.seed(0)
    returns = np.zeros(episodes)
    for episode in range(episodes):
        env.reset(seed=episode)
        done = False
        while not done:
            _, reward, terminated, truncated, _ = env.step(env.action_space.sample())
            returns[episode] += float(reward)
            done = terminated or truncated
    return returns


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("env_id", nargs="*", default=ENVIRONMENTS)
    parser.add_argument("--episodes", type=int, default=1_000)
    arguments = parser.parse_args()
    for env_id in arguments.env_id:
        returns = random_returns(env_id, arguments.episodes)
        error = returns.std(ddof=1) / np.sqrt(returns.size)
        print(f'    "{env_id}": {returns.mean():.1f},  # standard error {error:.1f}')


if __name__ == "__main__":
    main()
