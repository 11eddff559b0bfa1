# make         the default paper: environment, training, figures, results/index.html
# make test    the tests (minutes)      make smoke   a tiny paper through every rule
# make setup   only the environment     make lock    the lock files anew, from pyproject.toml
# make check   linters and types        make published   figures from the published runs, training nothing
# make container   containers/a2c.sif, for snakemake --sdm apptainer

PYTHON ?= python3
CORES ?= all
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

.PHONY: all setup test smoke check published container lock clean

all: setup
	$(SNAKEMAKE)

setup: .venv/installed
test: .venv/tools-installed
	$(BIN)/python -m pytest
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

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("a2c-bench needs Python 3.11 or later; make PYTHON=python3.12 names one" \
	  if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --editable .
	touch $@

.venv/tools-installed: requirements-test.lock .venv/installed
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --requirement requirements-test.lock
	touch $@

# Resolves pyproject.toml in fresh environments and writes down what came of it.
lock:
	PYTHON=$(PYTHON) workflow/scripts/lock.sh

clean:
	rm -rf .venv .snakemake results/runs results/studies results/smoke results/films results/logs results/index.html results/paper.json \
	  results/claims.csv results/claims.md results/claims.tex containers/a2c.sif
