# Everything starts here; only Python 3.11 or newer is needed on the machine.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
DEMO_HOME ?= .nambuoc

.PHONY: help setup setup-dev demo test test-all check lock clean

help:
	@echo "make demo     set up and run the main job on real records (embedded mode)"
	@echo "make test     set up and run the tests against the real parts"
	@echo "make check    format, lint, types, import contracts"
	@echo "make test-all the long tests too"
	@echo "make lock     renew the locks"

$(BIN)/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "nambuoc needs Python 3.11 or newer: make PYTHON=python3.11 demo"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)

.venv/.run: requirements.lock pyproject.toml | $(BIN)/uv
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.run
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

setup: .venv/.run

setup-dev: .venv/.dev

demo: setup
	NAMBUOC_HOME=$(abspath $(DEMO_HOME)) $(BIN)/nambuoc demo run

# The real parts are fetched and built beside the first tests; fixtures wait for them.
test: setup-dev
	$(BIN)/python -m tests.support.real_parts & $(BIN)/pytest -m "not long"

test-all: setup-dev
	$(BIN)/python -m tests.support.real_parts & $(BIN)/pytest

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: | $(BIN)/uv
	week=$$(date -u -d '7 days ago' +%Y-%m-%dT00:00:00Z); \
	compile="$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --exclude-newer $$week --custom-compile-command 'make lock' pyproject.toml"; \
	eval "$$compile -o requirements.lock" && \
	eval "$$compile --group dev -c requirements.lock -o requirements-dev.lock"

clean:
	rm -rf .venv .nambuoc
