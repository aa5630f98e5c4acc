# make demo   the whole thing on a real Prosody, in about half a minute
# make test   every check and every test, live ones too
PYTHON ?= python3
DATA ?= ../shared/data
DURATION ?= 600
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPILED := $(VENV)/.compiled

HEADERS := import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))

.PHONY: demo test quick check format bench soak accuracy docs clean

demo: $(READY)
	tests/live/packages.sh prosody
	$(BIN)/python -m tests.live.demo

test: check
	tests/live/packages.sh prosody lua-unbound lua-check ejabberd erlang-dev
	luacheck --no-color --quiet --config deploy/prosody/.luacheckrc deploy/prosody
	$(BIN)/python -m pytest -n auto -m "not live"
	XMPPFILTER_PURE=1 $(BIN)/python -m pytest -n auto -m "not live" tests/xmpp/test_wire.py tests/kernels/test_kernels.py
	$(BIN)/python -m pytest -m live

quick: $(COMPILED)
	$(BIN)/python -m pytest -q -n auto -m "not live"

check: $(COMPILED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# make bench QUICK=1   shorter, and rough
bench: $(COMPILED)
	tests/live/packages.sh prosody lua-unbound prosody-modules ejabberd ejabberd-mod-spam-filter
	$(BIN)/python -m tests.bench

# make soak DURATION=seconds
soak: $(READY)
	$(BIN)/python -m tests.bench.soak --seconds $(DURATION)

# make accuracy DATA=folder-with-corpora
accuracy: $(READY)
	$(BIN)/python -m tests.bench.accuracy --data $(DATA)

docs: $(READY)
	$(BIN)/xmppfilter example > config.example.yaml

$(READY): pyproject.toml
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "make: $(PYTHON) cannot make virtual environments: install Debian's python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --editable . --group dev
	@touch $@

# the kernels in C, which are built in place: the product and the demo do without, tests and benchmarks do not
$(COMPILED): $(READY) hatch_build.py $(wildcard xmppfilter/kernels/*.[ch] xmppfilter/kernels/*/*.[ch])
	@command -v cc >/dev/null || tests/live/packages.sh gcc libc6-dev
	@$(BIN)/python -c '$(HEADERS)' || test "$$($(BIN)/python -c 'import sys; print(sys.base_prefix)')" != /usr || tests/live/packages.sh python3-dev
	@$(BIN)/python -c '$(HEADERS)' || { echo "make: no Python.h, the C header of $(PYTHON), is there: install what it comes in, or make clean and set PYTHON to another" >&2; exit 1; }
	$(BIN)/pip install --quiet --no-deps --editable .
	@for source in xmppfilter/kernels/*.c; do $(BIN)/python -c "import xmppfilter.kernels._$$(basename $$source .c)" || exit 1; done
	@touch $@

clean:
	rm -rf $(VENV) build dist xmppfilter/kernels/*.so bench.json .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
