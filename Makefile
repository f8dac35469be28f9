# Two commands set everything up: make demo, make test. Python 3.11 or newer is all that they need at hand.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench lock clean

# The main job, played through real IMAP and SMTP on loopback; nothing leaves this machine.
demo: $(VENV)/demo.stamp
	$(BIN)/intake demo --force -o demo

# Everything: format, lint, strict types, all tests; servers from Debian's packages where they may be installed.
test: lint
	tests/install-servers
	$(BIN)/python -m pytest

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks

# Hashes of every dependency, without a registry's name in it.
lock: $(VENV)/dev.stamp
	$(BIN)/pip-compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host --strip-extras --extra demo --output-file requirements.lock pyproject.toml

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/dev.stamp: $(VENV)/demo.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.lock --group dev
	touch $@

clean:
	rm -rf $(VENV) demo dist build .mypy_cache .ruff_cache .pytest_cache
