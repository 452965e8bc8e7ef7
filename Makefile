.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help run test check format bench schema page clean

help: ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

run: $(STAMP) ## play every scenario against the bundled application
	@$(BIN)/jambonz-sim run scenarios

test: $(STAMP) ## run the tests
	$(BIN)/python -m pytest -q -n logical

check: $(STAMP) ## ruff, mypy --strict, the layer test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py

format: $(STAMP) ## let ruff lay the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## print the benchmarks
	@$(BIN)/python -m tests.bench

schema: $(STAMP) ## write the JSON Schema of the scenario language, and its steps as methods
	$(BIN)/python -m simulator.scenario.schema > simulator/scenario/scenario.schema.json.new
	@mv simulator/scenario/scenario.schema.json.new simulator/scenario/scenario.schema.json
	$(BIN)/python -m simulator.modes.simulate.generate > simulator/modes/simulate/steps.py.new
	@mv simulator/modes/simulate/steps.py.new simulator/modes/simulate/steps.py

page: ## build the page that shows calls (needs Node.js)
	cd web && npm ci --ignore-scripts --no-audit --no-fund && npm run check && npm run build

clean: ## remove what was made
	rm -rf $(VENV) build dist web/build web/node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
