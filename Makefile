PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test test-long lint

demo: .venv
	$(BIN)/kpi demo

test: .venv
	$(BIN)/pytest -n auto -m "not long"

test-long: .venv
	$(BIN)/pytest -n auto

lint: .venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.venv: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[embedded,google,dev]"
	touch .venv
