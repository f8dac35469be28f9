# Two commands set everything up: make demo, make test. Python 3.11 or newer and make are all that they need at hand.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

.PHONY: demo test fuzz lint bench chaos lock clean

# The main job, played through real IMAP and SMTP on loopback; nothing leaves this machine.
demo: $(VENV)/demo.stamp
	$(BIN)/intake demo --force -o demo

# Everything: format, lint, strict types, all tests; servers from Debian's packages where they may be installed. The tests
# wait more than they reckon, so three processes share them on two cores; TESTS="-n 0 -k replies" runs them otherwise.
TESTS ?= -n 3 --dist loadfile

test: lint
	tests/install-servers
	$(BIN)/python -m pytest $(TESTS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# The fuzzer over the message reader at length; what it finds is kept in tests/fuzz/ and read by every later test.
fuzz: $(VENV)/dev.stamp
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-20000} $(BIN)/python -m pytest tests/test_fuzz.py --timeout=86400

# What everything costs, beside mbsync and django-helpdesk, in about five minutes; BENCH=--full takes mailboxes of up to
# 100,000 letters, BENCH="end-to-end --write" one part, and puts its table into docs/performance.md.
bench: $(VENV)/dev.stamp
	tests/install-servers
	benchmarks/install-tools
	$(BIN)/python -m benchmarks $(BENCH)

# Real processes killed at random between servers that misbehave, then everything counted; a promise broken exits 1.
# CHAOS="--seconds 600 --seed 7" plays longer, or the same again.
chaos: $(VENV)/dev.stamp
	tests/install-servers
	$(BIN)/python -m tests.chaos $(CHAOS)

# Hashes of every dependency, without a registry's name in it. Needs uv.
lock:
	$(COMPILE) --extra demo --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra demo --group dev --output-file requirements-dev.lock pyproject.toml

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml requirements.lock | $(BIN)/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --editable .
	touch $@

$(VENV)/dev.stamp: pyproject.toml requirements-dev.lock | $(BIN)/python
	$(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --no-deps --editable .
	touch $@ $(VENV)/demo.stamp

clean:
	rm -rf $(VENV) demo dist build .mypy_cache .ruff_cache .pytest_cache
