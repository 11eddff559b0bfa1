# make         the default paper: environment, training of its small part, figures, results/index.html
# make full    the same, all of it trained: what is there already is kept
# make test    the tests (minutes)      make smoke   a tiny paper through every rule
# make setup   only the environment     make lock    the lock files anew, from pyproject.toml
# make check   linters and types        make published   figures from the published runs, training nothing
# make slow    the slow tests           make audit       replay the published runs, long ones in part
# make docs    the site, in site/       make audit-whole replay the published runs from start to end
# make dist    a source distribution and a wheel, in dist/
# make container   containers/a2c.sif, for snakemake --sdm apptainer     make sbom   the list of its packages
# make container-cuda   the tests of containers/a2c-cuda.sif, which has CUDA; builds it first if it is missing
# make vulnerabilities  known ones of the locked packages; needs a network
# make setup TORCH=cuda (or cpu) names PyTorch's build; else it is cuda if nvidia-smi lists a GPU, and cpu if not

PYTHON ?= python3
CORES ?= all
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet
TORCH =
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)

.PHONY: all full setup test dist slow smoke check docs audit audit-whole published container container-cuda sbom vulnerabilities \
  lock clean named

all: setup
	$(SNAKEMAKE)

full: setup
	$(SNAKEMAKE) --config full=true

setup: .venv/installed
test: .venv/tools-installed
	$(BIN)/python -m pytest
slow: .venv/tools-installed .venv/docs-installed .venv/security-installed
	$(BIN)/python -m pytest -m slow
smoke: setup
	$(SNAKEMAKE) --configfile config/smoke.yaml
# File times decide what is drawn again: Snakemake hashes no inputs and keeps no metadata of jobs, which saves time.
published: setup
	$(SNAKEMAKE) published --max-checksum-file-size 0 --drop-metadata
container:
	containers/build.sh
# Not a part of .ci/run: the build downloads gigabytes.
container-cuda: .venv/tools-installed
	$(BIN)/python -m pytest -n 0 -m cuda_image
sbom: .venv/security-installed
	$(BIN)/python containers/sbom.py containers/a2c.sif containers/a2c.sbom.json
vulnerabilities: .venv/security-installed
	$(BIN)/pip-audit --strict --disable-pip --requirement requirements.lock
check: .venv/tools-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/python -m a2c register --check
# dist/: the source distribution, and a wheel for this platform and every Python.
dist: setup
	rm -rf build dist
	$(BIN)/python -c "from setuptools import build_meta as b; b.build_sdist('dist'); b.build_wheel('dist')"
# Not --quiet, which hides warnings from --strict.
docs: .venv/docs-installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
# All checksums (one step replays nothing), CartPole whole, the other classic environments' first steps, and those of a
# seed of each game and configuration.
audit: setup
	$(BIN)/python -m a2c audit results/published --steps 1
	$(BIN)/python -m a2c audit results/published/paper/runs/CartPole-v1
	$(BIN)/python -m a2c audit results/published/paper --steps 5000
	ls -d results/published/atari/runs/*/*/seeds-0-0 results/published/atari_learning/runs/*/*/seeds-1000-1000 | xargs -P 2 -n 1 $(BIN)/python -m a2c audit --cores 1 --steps 5000
audit-whole: setup
	$(BIN)/python -m a2c audit results/published

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("a2c-bench needs Python 3.11 or later; make PYTHON=python3.12 names one" \
	  if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

LOCKED := requirements.lock requirements-cpu.lock requirements-cuda.lock workflow/scripts/install.sh
CORE := $(wildcard a2c/core/*.[ch] a2c/core/environments/*.[ch] a2c/core/build.py)
.venv/installed: $(LOCKED) pyproject.toml setup.py $(CORE) | .venv/bin/python
	workflow/scripts/install.sh $(BIN)/python $(TORCH)
	$(PIP) --no-deps --no-build-isolation --editable .  # built by the locked setuptools
	touch $@

# A build that is named is installed, whatever is there.
ifneq ($(TORCH),)
.venv/installed: named
endif
named:

.venv/tools-installed: requirements-test.lock .venv/installed
	$(PIP) --require-hashes --requirement requirements-test.lock
	touch $@

.venv/docs-installed: requirements-docs.lock .venv/installed
	$(PIP) --require-hashes --requirement requirements-docs.lock
	touch $@

.venv/security-installed: requirements-security.lock .venv/installed
	$(PIP) --require-hashes --requirement requirements-security.lock
	touch $@

# Resolves pyproject.toml in fresh environments and writes down what came of it.
lock:
	PYTHON=$(PYTHON) workflow/scripts/lock.sh

clean:
	rm -rf .venv .snakemake site results/runs results/studies results/gradients results/smoke results/films results/logs results/index.html results/page.js results/answers.txt results/drawn.json results/paper.json results/paper results/paper.pdf results/columns.csv results/preamble.tex results/tables.tex \
	  results/claims.csv results/claims.md results/claims.tex results/verdicts.* containers/a2c.sif containers/a2c.sbom.json
