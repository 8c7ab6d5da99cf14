# Verbs: run, test, lint, bench, report. `make run PYTHON=/path/to/python3` chooses another interpreter, `make test ARGS="-k plan"` some tests,
# `make bench ARGS=--quick` a first look at the table, `make report ARGS=V.npz` reports of your vectors beside the demo's.

VENV   ?= .venv
BIN    := $(VENV)/bin
ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
NAMES  := python3 python3.14 python3.13 python3.12 python3.11 python
PYTHON ?= $(shell for p in $(NAMES); do $$p -c "$(ENOUGH)" 2>/dev/null && echo $$p && break; done)

.PHONY: run test lint bench report
.DELETE_ON_ERROR:

run: $(VENV)/installed
	$(BIN)/streamlit run app.py

test: lint
	$(BIN)/pytest $(ARGS)

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/libraries
	$(BIN)/python -m tests.bench.table $(ARGS)

report: $(VENV)/installed
	$(BIN)/python -m core report demo $(ARGS) --gallery reports

$(VENV)/libraries: $(VENV)/installed pyproject.toml
	$(BIN)/python -m pip install --constraint requirements.txt --editable ".[bench]"
	@touch $@

$(VENV)/installed: requirements.txt
	@$(if $(PYTHON),$(PYTHON),false) -c "$(ENOUGH)" || \
		{ echo "Thinvec needs Python 3.11 or newer, and '$(or $(PYTHON),python3)' is not. Install one, or name one: make run PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --requirement requirements.txt
	$(BIN)/python -m pip install --no-deps --editable .
	@touch $@
