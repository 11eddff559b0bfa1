"""a2c-bench: seeded A2C runs, honest intervals, and a verdict on what is said about A2C."""

__version__ = "0.1.0"
