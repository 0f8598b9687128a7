# The commands a person needs. `make` alone prints this help.
PYTHON ?= python3
BIN := .venv/bin
DATA ?=
JSON ?=
TRANSPORT ?= soap
BROKER ?=
LEDGER ?=
KEEP ?=
OPPORTUNITIES ?= 2000

.DEFAULT_GOAL := help
.PHONY: help demo year down test clients check bench up clean lock lock-clients

##@ Try it
demo: .venv/ready ## run everything on this machine; DATA=folder JSON=file TRANSPORT=soap|rest BROKER=url LEDGER=url KEEP=1
	@$(BIN)/isthmus demo $(if $(DATA),--data "$(DATA)") $(if $(JSON),--json "$(JSON)") $(if $(KEEP),--keep) \
	  --transport "$(TRANSPORT)" --opportunities "$(OPPORTUNITIES)" $(if $(BROKER),--broker "$(BROKER)") $(if $(LEDGER),--ledger "$(LEDGER)")

year: .venv/ready ## live a year in both twins and compare them; OPPORTUNITIES=20000 JSON=file TRANSPORT= BROKER= LEDGER= KEEP=1
	@$(BIN)/isthmus year $(if $(JSON),--json "$(JSON)") $(if $(KEEP),--keep) \
	  --transport "$(TRANSPORT)" --opportunities "$(OPPORTUNITIES)" $(if $(BROKER),--broker "$(BROKER)") $(if $(LEDGER),--ledger "$(LEDGER)")

down: .venv/ready ## stop a demo that was left running
	@$(BIN)/isthmus down

##@ Work on it
test: .venv/ready-dev ## run every test, from pure rules to real processes
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --ignore tests/e2e
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/e2e

clients: .venv/ready-dev ## run real clients from PyPI and npm against the twins; they are installed on the way
	$(BIN)/python -m pytest tests/contract/clients

check: .venv/ready-dev ## lint, format, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-cache

bench: .venv/ready ## measure the main job over both transports; DATA=folder JSON=file
	$(BIN)/python bench/main_job.py $(if $(DATA),--data "$(DATA)") $(if $(JSON),--json "$(JSON)")

##@ Run it
up: ## start it with containers (needs Docker); settings come from .env
	docker compose up --build

##@ Keep it
lock: .venv/ready-dev ## write the lock files anew from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --extra dev --constraint requirements.txt --output-file requirements-dev.txt

lock-clients: .venv/ready-dev ## write the lock files of the real clients anew
	$(BIN)/python -m pip install --quiet uv
	for one in tests/contract/clients/environments/*.in; do \
	  $(BIN)/uv pip compile $(subst --universal,,$(LOCK)) $$one --output-file $${one%.in}.txt || exit 1; done

clean: ## remove the environment and everything a run left behind
	rm -rf .venv .isthmus .mypy_cache .ruff_cache .pytest_cache .hypothesis

help:
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Isthmus needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

.venv/ready: requirements.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-dev: requirements-dev.txt .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@touch $@
