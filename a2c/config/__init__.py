"""Configurations, and the papers and studies that expand to them."""

from a2c.config.configuration import Configuration, configuration, slug
from a2c.config.errors import ConfigError
from a2c.config.expansion import expand, load_paper
from a2c.config.files import parse_mapping, read_mapping
from a2c.config.paper import Paper, Point, Study
from a2c.config.seeds import parse_seeds, seed_blocks

__all__ = [
    "ConfigError",
    "Configuration",
    "Paper",
    "Point",
    "Study",
    "configuration",
    "expand",
    "load_paper",
    "parse_mapping",
    "parse_seeds",
    "read_mapping",
    "seed_blocks",
    "slug",
]
