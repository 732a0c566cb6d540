# `make demo` and `make test` set themselves up: Python 3.11 or newer and make are all they need.
# Three environments, since their tools pin different boto3: the project's, the local cloud's, the SAM CLI's.

PYTHON ?= python3
BIN := .venv/bin
CLOUD := .venvs/cloud/.ready
SAM := .venvs/sam/.ready
BENCH := .venvs/bench/.ready
DEV := .venv/.ready
ARGS ?=
# The environments are made beside each other, in half the time.
MAKEFLAGS += --jobs=3

.PHONY: help demo dev test check fix bench faults contracts lock setup build clean python

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

demo: $(DEV) $(CLOUD)  ## the whole thing on this machine: local cloud, four sandbox providers, orders, events, commands
	@$(BIN)/orderbus demo $(ARGS)

dev: $(DEV) $(CLOUD)  ## run `orderbus dev` with ARGS="...", until Ctrl-C
	@$(BIN)/orderbus dev $(ARGS)

test: $(DEV) $(CLOUD) $(SAM)  ## the whole check: format, lint, types, import direction, template, tests
	@$(BIN)/python -m infra.check

fix: $(DEV)  ## format, and mend what the linter can mend
	@$(BIN)/ruff check --fix --quiet .; $(BIN)/ruff format .

faults: $(DEV) $(CLOUD)  ## every fault test and every broken variant of the kit, the exhaustive ones too: some minutes
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal tests/faults tests/conformance
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal -m exhaustive tests/integration

bench: $(DEV) $(CLOUD) $(BENCH)  ## measure: orders a second beside dlt, memory, AWS calls, imports
	@$(BIN)/python -m tests.benchmarks

contracts: $(DEV)  ## write the JSON Schemas and the AsyncAPI document from the models
	@$(BIN)/python -m infra.contracts

build: $(DEV) $(SAM)  ## sam build, for `sam local invoke` and `sam deploy`
	@SAM_CLI_TELEMETRY=0 .venvs/sam/bin/sam build

lock: $(DEV)  ## write the locked dependencies anew from pyproject.toml
	@$(BIN)/pip install --quiet uv && PATH="$(BIN):$$PATH" infra/requirements/lock.sh

setup: $(DEV) $(CLOUD) $(SAM)  ## only set up

clean:  ## remove what was set up and built
	rm -rf .venv .venvs .aws-sam

python:
	@infra/require_python.sh $(PYTHON)

$(DEV): infra/requirements/dev.txt pyproject.toml | python
	@infra/make_environment.sh $(PYTHON) .venv infra/requirements/dev.txt --editable

$(CLOUD): infra/requirements/cloud.txt | python
	@infra/make_environment.sh $(PYTHON) .venvs/cloud infra/requirements/cloud.txt

$(SAM): infra/requirements/sam.txt | python
	@infra/make_environment.sh $(PYTHON) .venvs/sam infra/requirements/sam.txt

$(BENCH): infra/requirements/bench.txt | python
	@infra/make_environment.sh $(PYTHON) .venvs/bench infra/requirements/bench.txt
