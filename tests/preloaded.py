"""What the server of `tests/commands.py` imports and computes once, for all commands that it forks."""

# ruff: noqa: F401
import snakemake.cli

import a2c.analysis.doctor.checkup
import a2c.analysis.study
import a2c.analysis.trained
import a2c.cli
import a2c.display.training
import a2c.envs.atari
import a2c.exchange.tensorboard
import a2c.learn.native
import a2c.planning.ready
import a2c.play.film
import a2c.report.draw
import a2c.report.page.page
import a2c.report.verdicts
import a2c.runs.audit
import a2c.runs.training
import a2c.tuning.job
import a2c.verify.again
import a2c.verify.verdicts
from a2c.core.choose import load
from a2c.runs.sources import sources_hash

load()  # the core of this machine, checked
sources_hash()  # parses all sources
