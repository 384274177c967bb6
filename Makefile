PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test test-long lint

demo: .venv
	$(BIN)/kpi demo

test: .venv
	$(BIN)/pytest -n auto --dist worksteal -m "not long and not engines"

test-long: .engines
	$(BIN)/pytest -n auto --dist worksteal -m "not engines"
	$(BIN)/pytest -m engines

lint: .venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.venv: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[embedded,google,dev]"
	touch .venv

# Drivers for the tests of other engines, and a double of Snowflake in an environment of its own: it pins what we use.
.engines: .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[snowflake,spark,trino,bigquery]"
	$(PYTHON) -m venv .engines
	.engines/bin/python -m pip install --quiet --disable-pip-version-check "fakesnow[server]==0.12.1"
	touch .engines
