# The commands of a checkout. `make help` lists them; CI runs the same ones.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
LOCALES := tenantry/words/locales
PAGES := tenantry/web/static/dist/manifest.json
# A copied or moved checkout has another sum, so it makes an environment of its own.
HERE := $(shell pwd | cksum | cut -d' ' -f1)
PACKAGES := .venv/packages-$(HERE)
MODULES := frontend/node_modules/.installed-$(HERE)
COMPILE := PIP_CONFIG_FILE=/dev/null $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --no-header --strip-extras --allow-unsafe

.PHONY: help setup run test check where words lock clean

help:  ## list these commands
	@grep -hE '^[a-z]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*  ## /\1\t/' | expand -t 10 | sed 's/^/  make /'

setup: $(PACKAGES) $(PAGES)  ## environment, locked packages, front end

run: setup  ## serve the demo on http://127.0.0.1:8000 (PORT=8001 DATA=var2 for a copy beside it)
	@exec $(BIN)/tenantry serve --demo

test: setup  ## the whole suite (ARGS="-k seats" for a part of it)
	@exec $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup  ## style, types, imports, translations, house rules: what CI asks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tenantry.words.check
	$(BIN)/pytest tests/house

where:  ## the files of a noun, e.g. make where NOUN=licenses
	@$(PYTHON) scripts/where.py "$(NOUN)"

words: $(PACKAGES)  ## collect the strings to translate into the languages' .po files
	$(BIN)/pybabel -q extract -F scripts/babel.cfg -k say -k count:1,2 -k NN_:1,2 --project=Tenantry --no-location --sort-output -o .venv/tenantry.pot .
	for po in $(LOCALES)/*/LC_MESSAGES/tenantry.po; do \
		language=$$(basename $$(dirname $$(dirname $$po))); \
		$(BIN)/pybabel -q update -D tenantry -d $(LOCALES) -l $$language -i .venv/tenantry.pot \
			--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; \
	done

lock: $(PACKAGES)  ## pin the versions anew after a change of pyproject.toml (ARGS=--upgrade for newer ones)
	$(COMPILE) $(ARGS) -o requirements.txt pyproject.toml
	$(COMPILE) $(ARGS) --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml

clean:  ## remove what setup made; the data in var/ stays
	rm -rf .venv frontend/node_modules $(dir $(PAGES))

$(PACKAGES): requirements-dev.txt pyproject.toml scripts/needs.sh
	@scripts/needs.sh python "$(PYTHON)"
	@if ! head -1 $(BIN)/pip 2>/dev/null | grep -qF "$(CURDIR)/" || ! $(BIN)/python -c ''; then \
		echo "Making the environment in .venv"; $(PYTHON) -m venv --clear .venv; fi
	@echo "Installing the locked Python packages (a minute, the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(MODULES): frontend/package-lock.json frontend/package.json
	@scripts/needs.sh node
	@echo "Installing the locked front-end packages"
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGES): $(MODULES) frontend/build.mjs $(shell find frontend/src -type f 2>/dev/null)
	@echo "Building the front end"
	@cd frontend && npm run --silent build
	@touch $@
