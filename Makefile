# Everything runs in .venv, made from the locked versions; `make help` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
EXTRAS := --extra confluence --extra google --extra jira --extra postgresql
SOAK_MINUTES ?= 60
SOAK_TESTS ?= tests
SOAK_SEED ?= $(shell date +%s)
SOAK_SEED := $(SOAK_SEED)
.DEFAULT_GOAL := help
.PHONY: help setup run test check soak pictures bench bench-long bench-peers release lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

.venv/installed: requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "peerloop needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

setup: .venv/installed ## install the locked versions into .venv

run: setup ## run the example team's programme; Ctrl-C ends it
	$(BIN)/peerloop run config/example/platform.yaml

check: setup ## formatting, lint, types, layers and what is unsafe
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -r -c pyproject.toml config daemon integrations

test: check ## everything `check` does, then the tests
	$(BIN)/pytest -n auto --dist worksteal

soak: setup ## try far more for SOAK_MINUTES, from SOAK_SEED: whole years, every kill, many examples
	@echo "soak: $(SOAK_MINUTES) minutes; once more: make soak SOAK_SEED=$(SOAK_SEED)"
	PEERLOOP_SOAK_SEED=$(SOAK_SEED) PEERLOOP_SOAK_UNTIL=$$(( $$(date +%s) + 60 * $(SOAK_MINUTES) )) \
		$(BIN)/pytest -n auto --dist worksteal -m "soak or hypothesis" -rs --hypothesis-seed=$(SOAK_SEED) --timeout=1800 $(SOAK_TESTS)

pictures: setup ## take the README's pictures of the web page and of the demo anew (needs chromium)
	PEERLOOP_PICTURES=tests/pictures $(BIN)/pytest tests/scenarios/test_web_browser.py tests/scenarios/test_demo.py -k readme

bench: setup ## print what peerloop costs on this machine
	$(BIN)/python -m tests.bench

bench-long: setup ## the same of a thousand teams, and of a daemon for three days, alone and with workers
	$(BIN)/python -m tests.bench --long

build/peers/installed: tests/bench/peers.txt
	rm -rf build/peers
	$(PYTHON) -m venv build/peers
	build/peers/bin/pip install --quiet --disable-pip-version-check -r tests/bench/peers.txt
	touch $@

bench-peers: setup build/peers/installed ## print what peerloop costs beside octoDNS and vdirsyncer
	$(BIN)/python -m tests.bench.peers build/peers

release: setup ## build what is released into dist/: wheel, source, bill of materials, audit, checksums
	git diff --quiet HEAD || { echo "release: commit or put away what has changed first" >&2; exit 1; }
	rm -rf dist
	$(BIN)/hatchling build -d dist
	deploy/release.sh dist

lock: ## bring requirements*.txt up to date (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml $(EXTRAS) -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml --all-extras --group dev -c requirements.txt -o requirements-dev.txt

clean: ## remove what the targets made
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
