"""The configuration model, its hash; papers and studies expand to configurations."""

from a2c.config.configuration import Configuration, configuration, slug
from a2c.config.errors import ConfigError
from a2c.config.files import parse_mapping, read_mapping
from a2c.config.paper import Paper, Point, Study, expand, load_paper
from a2c.config.seeds import blocks, parse_seeds

__all__ = [
    "ConfigError",
    "Configuration",
    "Paper",
    "Point",
    "Study",
    "blocks",
    "configuration",
    "expand",
    "load_paper",
    "parse_mapping",
    "parse_seeds",
    "read_mapping",
    "slug",
]
