# Everything a person does here, by one word each. `make help` lists them; nothing is installed outside this folder.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

PYTHON ?= python3.13
VENV := .venv
UV := $(VENV)/bin/uv
RUN := $(VENV)/bin/python
EDGES ?= 1
LOCKS := layers/dependencies/requirements edge/requirements requirements/dev requirements/sam requirements/emulator \
  requirements/checkov

# A virtual environment is as it should be when its stamp names the digest of what was installed.
digest = $(shell cat $(1) | sha256sum | cut -c1-16)
DEV_STAMP := $(VENV)/.installed-$(call digest,requirements/dev.txt)
SAM_STAMP := .venv-sam/.installed-$(call digest,requirements/sam.txt)
EMULATOR_STAMP := .venv-emulator/.installed-$(call digest,requirements/emulator.txt)
CHECKOV_STAMP := .venv-checkov/.installed-$(call digest,requirements/checkov.txt)
LOCAL := $(DEV_STAMP) $(SAM_STAMP) $(EMULATOR_STAMP)

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: $(DEV_STAMP) $(SAM_STAMP) $(EMULATOR_STAMP) $(CHECKOV_STAMP) ## install what everything else needs, into virtual environments here

.PHONY: run
run: $(LOCAL) ## the whole product on this machine until Ctrl-C (EDGES=2: two edges; AD=1: with an Active Directory)
	@exec $(RUN) -m local run --edges $(EDGES) --controllers $(or $(AD),0)

.PHONY: demo
demo: $(LOCAL) ## one right and one wrong code over RADIUS, then stop
	@exec $(RUN) -m local demo --edges $(EDGES)

.PHONY: test
test: setup ## all tests, with reduced rounds (ROUNDS=20), by two workers (WORKERS=0: by none)
	$(RUN) -m pytest -n $(or $(WORKERS),2) --no-loadscope-reorder

.PHONY: unit
unit: $(DEV_STAMP) ## only the tests that need nothing but Python, with few rounds (ROUNDS=5): in seconds
	ROUNDS=$(or $(ROUNDS),5) PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(VENV)/bytecode $(RUN) -m pytest tests/unit -p no:schemathesis

.PHONY: check
check: $(DEV_STAMP) $(SAM_STAMP) ## style, types, floors, template
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	PYTHONPATH=edge:layers/core:functions:cli:. $(VENV)/bin/lint-imports --no-cache
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 .venv-sam/bin/sam validate --lint
	.venv-sam/bin/cfn-lint --regions eu-central-1 --template templates/*.yaml edge/deploy/*.yaml

.PHONY: build
build: $(SAM_STAMP) ## sam build, for a deployment to AWS (BUILD='--parameter-overrides Architecture=x86_64')
	PATH="$(CURDIR)/.venv-sam/bin:$$PATH" .venv-sam/bin/sam build $(BUILD)

.PHONY: edge-image
edge-image: $(DEV_STAMP) ## build the edge's image for a deployed stack and push it (STACK=gatehouse, ENGINE=docker, BUILD=…)
	@exec $(RUN) edge/make_image.py --stack $(or $(STACK),gatehouse) $(if $(ENGINE),--engine $(ENGINE)) $(BUILD)

.PHONY: soak
soak: setup ## all tests with full counts: 1,000 rounds, 200,000 mutants, 100,000 packets beside pyrad; takes long
	ROUNDS=1000 FLOOD_PACKETS=200000 ORACLE_PACKETS=100000 HELD_PUSHES=2000 $(RUN) -m pytest

.PHONY: soak-edge
soak-edge: $(DEV_STAMP) ## one edge under a mixed load with faults and reloads (MINUTES=20, RATE=100 a second)
	$(RUN) -m tests.soak --minutes $(or $(MINUTES),20) --rate $(or $(RATE),100)

.PHONY: fuzz
fuzz: $(DEV_STAMP) ## random octets into the edge's readers (N=200000; by coverage: see tests/fuzz)
	$(RUN) -m tests.fuzz.edge_packets --random $(or $(N),200000)

.PHONY: coverage
coverage: setup ## all tests, with a report of lines and branches that none reaches
	$(RUN) -m pytest --cov --cov-report=term --cov-report=html

.PHONY: bench
bench: $(DEV_STAMP) $(SAM_STAMP) ## CPU per login of the edge, cold start and warm CPU of the functions: two minutes
	$(RUN) -m bench

.PHONY: bench-peers
bench-peers: $(DEV_STAMP) ## the edge beside FreeRADIUS + rlm_rest (QUICK=1: two minutes)
	$(RUN) -m bench.edge_peers $(if $(QUICK),--quick)

.PHONY: bench-directory
bench-directory: $(DEV_STAMP) ## what asking a domain controller takes, beside FreeRADIUS + rlm_ldap (needs Samba): a minute
	@PYTHONPATH=edge:layers/core:functions:cli:. $(RUN) -W ignore -m bench.directory

.PHONY: lock
lock: $(DEV_STAMP) ## write all requirements.txt anew from the .in files (UPGRADE=1 takes newer versions)
	for list in $(LOCKS); do \
	  $(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.13 $(if $(UPGRADE),--upgrade) \
	    $$(case $$list in edge*) echo -c layers/dependencies/requirements.txt ;; \
	       *dev) echo -c layers/dependencies/requirements.txt -c edge/requirements.txt ;; esac) \
	    $$list.in -o $$list.txt; \
	done

.PHONY: clean
clean: ## remove everything that was made here, virtual environments included
	rm -rf .venv .venv-sam .venv-emulator .venv-checkov .aws-sam .local .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- virtual environments. uv is in requirements/dev.txt as well, so it is pinned from the first run on.

$(UV):
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv

$(DEV_STAMP): $(UV)
	@echo "installing the tools into $(VENV)"
	$(UV) pip sync --quiet --require-hashes -p $(VENV)/bin/python requirements/dev.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation -p $(VENV)/bin/python --editable .
	rm -f $(VENV)/.installed-* && touch $@

$(SAM_STAMP): $(UV)
	@echo "installing the SAM CLI into .venv-sam"
	$(UV) venv --quiet --allow-existing --seed --python $(VENV)/bin/python .venv-sam
	$(UV) pip sync --quiet --require-hashes -p .venv-sam/bin/python requirements/sam.txt
	rm -f .venv-sam/.installed-* && touch $@

$(EMULATOR_STAMP): $(UV)
	@echo "installing the emulator into .venv-emulator"
	$(UV) venv --quiet --allow-existing --python $(VENV)/bin/python .venv-emulator
	$(UV) pip sync --quiet --require-hashes -p .venv-emulator/bin/python requirements/emulator.txt
	rm -f .venv-emulator/.installed-* && touch $@

$(CHECKOV_STAMP): $(UV)
	@echo "installing checkov into .venv-checkov"
	$(UV) venv --quiet --allow-existing --python $(VENV)/bin/python .venv-checkov
	$(UV) pip sync --quiet --require-hashes -p .venv-checkov/bin/python requirements/checkov.txt
	rm -f .venv-checkov/.installed-* && touch $@
