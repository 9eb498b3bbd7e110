# Every target sets up what it needs, once: .make/ remembers what was installed from which files.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .make
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check format docs bench clean

help: ## Show the targets.
	@grep -E '^[a-z%-]+:.*##' Makefile | sed -E 's/^([a-z%-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 20

demo: $(STAMPS)/demo ## Train and compare the quick ladder and a network on 35k Chinese reviews; ends with a report page.
	$(BIN)/wenmai demo

test: $(STAMPS)/dev ## Run the tests.
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not slow"

test-all: $(STAMPS)/dev ## Run the tests, the slow ones too.
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(STAMPS)/dev ## Format, lint, types, layers, file lengths.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/file_lengths.py

format: $(STAMPS)/dev ## Put the code into its one format.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMPS)/docs ## Build the documentation pages into site/, strictly.
	$(BIN)/mkdocs build --strict

bench: $(STAMPS)/dev ## Measure everything that benchmarks/RESULTS.md reports.
	$(BIN)/python -m benchmarks

bench-%: $(STAMPS)/dev ## Measure one thing (make bench-latency).
	$(BIN)/python -m benchmarks $*

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/demo: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[demo]'
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[dev]'
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/docs: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[docs]'
	@mkdir -p $(STAMPS) && touch $@

clean: ## Remove the environment and everything that was built.
	rm -rf $(VENV) $(STAMPS) build site
