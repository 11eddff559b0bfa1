# make         the default paper: environment, training, figures, results/index.html
# make test    the tests (minutes)      make smoke   a tiny paper through every rule
# make setup   only the environment     make lock    the lock files anew, from pyproject.toml
# make check   linters and types        make published   figures from the published runs, training nothing
# make slow    the slow tests           make audit       replay the published runs, long ones in part
# make docs    the site, in site/       make audit-whole replay the published runs from start to end
# make container   containers/a2c.sif, for snakemake --sdm apptainer

PYTHON ?= python3
CORES ?= all
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

.PHONY: all setup test slow smoke check docs audit audit-whole published container lock clean

all: setup
	$(SNAKEMAKE)

setup: .venv/installed
test: .venv/tools-installed
	$(BIN)/python -m pytest
slow: .venv/tools-installed .venv/docs-installed
	$(BIN)/python -m pytest -m slow
smoke: setup
	$(SNAKEMAKE) --configfile config/smoke.yaml
published: setup
	$(SNAKEMAKE) published
container:
	containers/build.sh
check: .venv/tools-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/python -m a2c register --check
docs: .venv/docs-installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
# All checksums (one step replays nothing), CartPole whole, the other classic environments' first steps, and those of a
# seed of each game and configuration.
audit: setup
	$(BIN)/python -m a2c audit results/published --steps 1
	$(BIN)/python -m a2c audit results/published/cartpole/runs/CartPole-v1
	$(BIN)/python -m a2c audit results/published/cartpole --steps 5000
	ls -d results/published/atari/runs/*/*/seeds-0-0 | xargs -P 2 -n 1 $(BIN)/python -m a2c audit --cores 1 --steps 5000
audit-whole: setup
	$(BIN)/python -m a2c audit results/published

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("a2c-bench needs Python 3.11 or later; make PYTHON=python3.12 names one" \
	  if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

.venv/installed: requirements.lock pyproject.toml setup.py $(wildcard a2c/core/*.[ch] a2c/core/environments/*.[ch] a2c/core/build.py) | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --editable .
	touch $@

.venv/tools-installed: requirements-test.lock .venv/installed
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --requirement requirements-test.lock
	touch $@

.venv/docs-installed: requirements-docs.lock .venv/installed
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --requirement requirements-docs.lock
	touch $@

# Resolves pyproject.toml in fresh environments and writes down what came of it.
lock:
	PYTHON=$(PYTHON) workflow/scripts/lock.sh

clean:
	rm -rf .venv .snakemake site results/runs results/studies results/smoke results/films results/logs results/index.html results/paper.json \
	  results/claims.csv results/claims.md results/claims.tex containers/a2c.sif
