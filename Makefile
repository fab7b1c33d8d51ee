# Fairlead: `make run` starts it, `make test` tests it, `make help` lists the rest.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BUILT := ui/static/built
# Three processes, each with a PostgreSQL and a gateway of its own, keep two cores busy; who is done early takes from others.
AT_ONCE := --numprocesses=3 --dist=worksteal
# The migrating connection sets the lock timeout; workspaces and sources are few enough for an int.
SQUAWK_EXCEPT := --exclude=require-lock-timeout,require-statement-timeout,prefer-bigint-over-int

.DEFAULT_GOAL := help
.PHONY: help run demo setup setup-test test test-long test-system lint format bench clean
.DELETE_ON_ERROR:

help: ## List every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## Set up what is missing, migrate, and serve on http://127.0.0.1:8000
	@$(BIN)/fairlead serve

demo: setup ## Add sample callers to a running Fairlead and send it generated leads
	@$(BIN)/fairlead demo

setup: $(VENV)/.installed $(BUILT)/.made ## Install what running needs: Python and front-end packages

setup-test: setup $(VENV)/.installed-test $(VENV)/pgtap.sql ## Install what testing needs beside it
	@which chromium-headless-shell chromium chromium-browser google-chrome 2>/dev/null | grep -q . || \
		echo "Chromium is missing, the tests in tests/browser will fail: apt-get install chromium-headless-shell" >&2

test: setup-test ## Run all tests
	@$(BIN)/pytest $(AT_ONCE) -m 'not long'

test-long: setup-test ## Run the tests that make test leaves out because they take long
	@$(BIN)/pytest $(AT_ONCE) -m 'long and not alone'
	@$(BIN)/pytest -s -m alone

test-system: setup-test ## Run the database tests on this machine's own PostgreSQL
	@FAIRLEAD_TEST_SERVER=system $(BIN)/pytest $(AT_ONCE) --ignore=tests/concurrency/test_large_import.py tests/database tests/concurrency tests/dealing

lint: $(VENV)/.installed-test ## Check style, types and imports of the Python code, and the migrations
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/squawk --pg-version 15 --assume-in-transaction $(SQUAWK_EXCEPT) migrations/*.sql

format: $(VENV)/.installed-test ## Format the Python code
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

bench: setup-test ## Measure, and print one table beside its reference figures
	@$(BIN)/python -m tests.bench

clean: ## Remove what setup made; the data in .fairlead stays
	rm -rf $(VENV) ui/node_modules $(BUILT) *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "Fairlead needs Python 3.11 or later with its venv module:" \
		"install it (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml gateway/constraints.txt | $(BIN)/python
	@echo "Installing Python packages"
	@$(PIP) install --constraint gateway/constraints.txt --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@echo "Installing Python packages for the tests"
	@$(PIP) install --constraint gateway/constraints.txt --editable '.[test]'
	@touch $@

ui/node_modules/.installed: ui/package-lock.json ui/.npmrc
	@command -v npm >/dev/null || { echo "Fairlead needs npm for its pages: install Node.js (Debian: apt-get install npm)" >&2; exit 1; }
	@echo "Installing front-end packages"
	@cd ui && npm ci --no-progress
	@touch $@

# One script and one style sheet, since a browser takes longer to fetch a hundred small files than to run them.
$(BUILT)/.made: ui/node_modules/.installed ui/package.json $(wildcard ui/*.js ui/*.css ui/*/*.js ui/*/*.css)
	@cd ui && npm run --silent build
	@touch $@

# pgTAP is one SQL file inside a Debian package; unpacking it installs nothing and needs no root.
$(VENV)/pgtap.sql: | $(BIN)/python
	@bash tests/database/get-pgtap $@ || \
		echo "pgTAP could not be had, the tests in tests/database will fail: see the message above" >&2
