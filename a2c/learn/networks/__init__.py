"""Policy and value networks: an MLP for flat observations, a CNN for images."""

from a2c.config import Configuration
from a2c.envs import Facts
from a2c.learn.networks.cnn import CNN
from a2c.learn.networks.mlp import MLP
from a2c.learn.networks.network import Kept, Network, Output, join

__all__ = ["CNN", "MLP", "Kept", "Network", "Output", "build", "join"]


def build(configuration: Configuration, facts: Facts) -> Network:
    """The configured network for the observations and actions of an environment."""
    if configuration.network == "cnn":
        return CNN(configuration, facts)
    return MLP(configuration, facts.observation_shape[0], facts.action_space)
