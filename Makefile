# Everything that a user or a contributor runs. Each target sets up exactly what it needs, once.
PYTHON ?= python3
DIR ?= tests/fixtures/recordings
OUT ?= out
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
CATALOGUE := pipeline/messages/locale/zh_CN/LC_MESSAGES/messages
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev

.DEFAULT_GOAL := help
.PHONY: help score test test-quick lint messages bench bench-accuracy bench-batch bench-fairness bench-faults bench-privacy bench-report bench-scale bench-serve bench-speech fixtures lock clean

help:
	@echo "make score DIR=folder   transcribe and score a folder of recordings into $(OUT)/"
	@echo "make test               run the whole test suite"
	@echo "make test-quick         all of it but what needs a browser, a server, a cluster or the speech model"
	@echo "make lint               ruff, mypy, import-linter"
	@echo "make messages           bring the Chinese catalogue up to date with the code, and compile it"
	@echo "make bench              measure this machine: time, memory, errors against the truth"
	@echo "make bench-accuracy     how right each rule is on the labelled calls (about 4 minutes)"
	@echo "make bench-batch        what scoring kept transcripts costs, beside a plain script (about 15 minutes)"
	@echo "make bench-fairness     whether verdicts hang on names, genders, regional words (about 3 minutes)"
	@echo "make bench-faults       what becomes of a night that is killed, or fails, at every place (about an hour)"
	@echo "make bench-privacy      how much personal data is masked, written, said and heard (about 25 minutes)"
	@echo "make bench-report       what the pages of a month cost and weigh (about 5 minutes)"
	@echo "make bench-scale        a province's night, simulated from costs measured (about 30 seconds)"
	@echo "make bench-serve        fifty people at once in the web application, and one inspector (about 4 minutes)"
	@echo "make bench-speech       what the speech side costs and how right it is (about 8 minutes)"
	@echo "make fixtures           speak the fixture recordings again (about an hour)"
	@echo "make lock               resolve the locked dependencies anew"
	@echo "make clean              remove everything that these targets made"

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("callqa needs Python 3.11 or later") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(READY): $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "第一次运行：安装依赖（约 320 MB，只此一次）……  First run: installing dependencies (about 320 MB, once)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -m compileall -q pipeline
	touch $@

$(READY_DEV): $(READY) requirements-dev.lock
	@echo "安装开发用的依赖……  Installing what the tests and linters need"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# Exit 3 means that the night is done and some recordings could not be used: they are listed.
score: $(READY)
	$(BIN)/callqa score "$(DIR)" --out "$(OUT)" $(ARGS)

test: $(READY_DEV)
	$(BIN)/python -m pytest $(ARGS)

test-quick: $(READY_DEV)
	$(BIN)/python -m pytest -m "not service" $(ARGS)

lint: $(READY_DEV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# What is new stands in the catalogue without a translation; write it there and run this again.
messages: $(READY_DEV)
	mkdir -p .cache
	$(BIN)/pybabel --quiet extract -k tr -k marked -k cause --no-location --omit-header --sort-output -o .cache/messages.pot pipeline
	$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 0 \
	    -i .cache/messages.pot -o $(CATALOGUE).po -l zh_CN
	$(BIN)/pybabel --quiet compile -i $(CATALOGUE).po -o $(CATALOGUE).mo -l zh_CN

bench: $(READY_DEV)
	$(BIN)/python -m bench.night $(ARGS)

bench-accuracy: $(READY_DEV)
	$(BIN)/python -m bench.accuracy $(ARGS)

bench-batch: $(READY_DEV)
	$(BIN)/python -m bench.batch $(ARGS)

bench-fairness: $(READY_DEV)
	$(BIN)/python -m bench.fairness $(ARGS)

bench-faults: $(READY_DEV)
	$(BIN)/python -m bench.faults $(ARGS)

bench-privacy: $(READY_DEV)
	$(BIN)/python -m bench.privacy $(ARGS)
	$(BIN)/python -m bench.privacy.strangers
	$(BIN)/python -m bench.privacy.spoken

bench-report: $(READY_DEV)
	$(BIN)/python -m bench.report $(ARGS)

bench-scale: $(READY_DEV)
	$(BIN)/python -m bench.scale $(ARGS)

bench-serve: $(READY_DEV)
	$(BIN)/python -m bench.serve $(ARGS)
	$(BIN)/python -m bench.serve.inspector

bench-speech: $(READY_DEV)
	$(BIN)/python -m bench.speech $(ARGS)

fixtures: $(READY_DEV)
	$(BIN)/python -m tests.fixtures.make_recordings

lock:
	$(PYTHON) -m venv .cache/lock
	.cache/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	.cache/lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	    --quiet pyproject.toml --output-file requirements.lock
	.cache/lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	    --quiet pyproject.toml --group dev --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist $(OUT)
