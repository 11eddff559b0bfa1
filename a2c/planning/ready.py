"""What is checked before a training begins."""

from a2c.config import Configuration
from a2c.envs import Facts, check
from a2c.envs.probe import probe
from a2c.learn.trainer import same_bits_anywhere
from a2c.planning.memory import check_memory


def check_ready(configuration: Configuration, n_seeds: int, source: str) -> Facts:
    """Facts of the environment, which has been tried, once memory suffices and the device is there.

    ConfigError if something does not fit, EnvironmentFaultError if the environment raised. `source` names where the
    configuration is from, in the message.
    """
    facts = check(configuration, source)
    if configuration.device == "cuda":
        from a2c.learn.determinism import check_device

        check_device(configuration, source)
    check_memory(configuration, n_seeds, facts, source)
    if not same_bits_anywhere(configuration):
        probe(configuration, facts, source)
    return facts
