# What developers and CI run. git, make and Python >= 3.11 are all that must be there.
#
#   make demo         move a running container between two real Podman hosts
#   make test         the whole suite; LIVE=0 leaves out what needs real hosts
#   make check        everything else that CI checks: style, types, generated code
#   make api-coverage how much of the libpod API is there, and is tried on real hosts
#   make bench        the table of speeds
#   make bench-migration  how long a container is frozen while it moves, beside other ways
#   make generate     write anew what is written by scripts: podlib/_sync, tests/live/_sync, tables,
#                     docs/reference
#   make faults       300 faults while a container moves: none lost, none doubled
#   make record       run the live tests, and keep new kinds of answers in tests/recorded
#   make clean-hosts  remove the cached root file systems, and what killed runs left

LIVE ?= 1
PYTHON := .venv/bin/python
READY := .venv/ready
OPERATIONS := .venv/operations.json
# Each process has hosts of its own, and waits for them half of the time: so there are four, also
# on two processors.
PARALLEL := -q --numprocesses 4 --dist worksteal

.PHONY: demo test check api-coverage bench bench-migration generate reference record faults clean-hosts

demo: $(READY)
	@$(PYTHON) -m examples.demo

ifeq ($(LIVE),0)
test: $(READY)
	@$(PYTHON) -m pytest $(PARALLEL) --ignore=tests/live; status=$$?; \
	echo "LIVE=0: tests that need real Podman hosts were left out; make test runs them too."; \
	exit $$status
else
test: $(READY)
	@$(PYTHON) -m tests.testbed build || \
	{ echo "make test LIVE=0 runs the tests that need no real hosts."; exit 1; }
	@$(PYTHON) -m pytest $(PARALLEL) --operations $(OPERATIONS)
	@$(PYTHON) -m scripts.api_coverage $(OPERATIONS)
endif

check: $(READY)
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) scripts/unasync.py --check
	$(PYTHON) scripts/model_names.py --check
	$(PYTHON) -m scripts.reference --check
	$(PYTHON) -m mypy
	$(PYTHON) -m pyright

api-coverage: $(READY)
	@$(PYTHON) -m scripts.api_coverage $(OPERATIONS)

bench: $(READY)
	@$(PYTHON) -m benchmarks

bench-migration: $(READY)
	@$(PYTHON) -m tests.testbed build
	@$(PYTHON) -m benchmarks.migration

generate: $(READY)
	@$(PYTHON) scripts/model_names.py
	@$(PYTHON) scripts/unasync.py
	@$(PYTHON) -m scripts.reference

reference: $(READY)
	@$(PYTHON) -m scripts.reference

record: $(READY)
	@$(PYTHON) -m tests.testbed build
	@$(PYTHON) -m pytest -q tests/live --record

faults: $(READY)
	@$(PYTHON) -m tests.testbed build
	@$(PYTHON) -m tests.faults

clean-hosts: $(READY)
	@$(PYTHON) -m tests.testbed clean --all

$(READY): pyproject.toml scripts/setup
	@scripts/setup
	@touch $@
