# Every target makes what it needs first. OMS_HOME (default .oms) is where a copy keeps its state; PORT, FIX_PORT
# and HOST say where it listens. DATABASE_URL and REDIS_URL, when set, are used, and no server is started for them.

.DEFAULT_GOAL := help
.PHONY: help demo test bench conformance lint check-books replay journey vendor lock clean

RUN = .venv/bin/python -m oms.stack run
MANAGE = .venv/bin/python manage.py
COMPILE = .venv/bin/uv pip compile -q --universal --generate-hashes --no-header pyproject.toml
TEST_HOME ?= .oms-test
BENCH_HOME ?= .oms-bench
# Compiled modules are kept in one place, whatever the surroundings say: without them every process that starts
# compiles half a million lines again, which doubles the time of a restart.
export PYTHONDONTWRITEBYTECODE =
export PYTHONPYCACHEPREFIX = $(CURDIR)/.venv/pycache

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{printf "make %-13s %s\n", $$1, $$2}'

demo: ## the whole system in the foreground, with live prices and simulated venues; FLOW=0 without order flow
	@bin/bootstrap demo
	@.venv/bin/python bin/vendor.py
	@exec .venv/bin/python -m oms.stack demo

# Three workers on two cores: many tests wait for sessions and processes. tests/sharing.py says who runs when.
test: ## every test, on a database of its own; ARGS="tests/risk -x" for some
	@bin/bootstrap dev --browser
	@.venv/bin/python bin/vendor.py
	@exec env OMS_HOME=$(TEST_HOME) $(RUN) -- .venv/bin/python -m pytest -n 3 --dist loadscope $(ARGS)

bench: ## measure; one JSON object a line; ONLY=name,... for some
	@bin/bootstrap dev
	@.venv/bin/python bin/vendor.py
	@.venv/bin/python bin/vendor.py $(BENCH_HOME)/peers
	@exec env OMS_HOME=$(BENCH_HOME) $(RUN) --migrate -- $(MANAGE) bench $(if $(ONLY),--only $(ONLY))

conformance: ## run every case of FILE=... through the real code
	@bin/bootstrap dev
	@test -n "$(FILE)" || { echo "make conformance FILE=path/to/cases.json"; exit 2; }
	@exec env OMS_HOME=$(TEST_HOME) $(RUN) --migrate -- $(MANAGE) conformance $(FILE)

lint: ## style, types, import contract, migrations in step
	@bin/bootstrap dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy oms orders risk routing settlement
	.venv/bin/lint-imports
	@exec env OMS_HOME=$(TEST_HOME) $(RUN) -- $(MANAGE) makemigrations --check --dry-run

check-books: ## the independent checker, on the demo's database
	@bin/bootstrap demo
	@exec $(RUN) --migrate -- $(MANAGE) check_books

replay: ## rebuild every order from its journal and compare, on the demo's database
	@bin/bootstrap demo
	@exec $(RUN) --migrate -- $(MANAGE) replay

journey: ## the main job on real input: instruments, a tape, an order list, three venues, settlement
	@bin/bootstrap dev
	@.venv/bin/python bin/vendor.py
	@exec env OMS_HOME=$(TEST_HOME) $(RUN) -- .venv/bin/python -m pytest tests/system/test_journey.py -v

vendor: ## the third-party browser files, into static/vendor/
	@bin/bootstrap demo
	@.venv/bin/python bin/vendor.py

lock: ## resolve pyproject.toml anew into the lock files
	@bin/bootstrap dev
	$(COMPILE) -o requirements.lock
	$(COMPILE) -c requirements.lock --extra embedded --extra dev -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock --extra embedded -o requirements-demo.lock

clean: ## delete the data of the demo, the tests and the benchmarks
	@for home in "$${OMS_HOME:-.oms}" $(TEST_HOME) $(BENCH_HOME); do OMS_HOME=$$home .venv/bin/python -m oms.stack clean || exit 1; done
