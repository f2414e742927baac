# `make demo` and `make test` set up everything they need in .venv (Python 3.11 or newer).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench latency gallery drills fuzz clean

# PORT is that of the UI, PICTURES_PORT that of the map files (the one after it by default).
demo: $(VENV)/.installed
	$(BIN)/radar-assets demo $(if $(PORT),--port $(PORT)) $(if $(PICTURES_PORT),--pictures-port $(PICTURES_PORT))

test: $(VENV)/.installed check
	$(BIN)/pytest -n 3 --dist loadfile --durations=25 --cov --cov-report=term:skip-covered

check: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/dg check defs

bench: $(VENV)/.installed
	mkdir -p build
	$(BIN)/pytest --benchmark-only radar_assets_tests/benchmarks --benchmark-json build/bench.json
	$(BIN)/python -m radar_assets_tests.benchmarks.report build/bench.json docs/performance.md

gallery: $(VENV)/.installed
	$(BIN)/radar-assets gallery "$${RADAR_SAMPLES:?names no folder of real BUFR files}" -o docs/gallery

# An hour in which 18 simulated radars are live.
latency: $(VENV)/.installed
	$(BIN)/python -m radar_assets_tests.drills.latency --report docs/performance.md

# Minutes each, the faults half an hour: kills of a run again and again, days of 18 radars against a
# clock of their own and through the assets, and a bad night and faults of real processes, which must
# be allowed to mount disks.
drills: $(VENV)/.installed
	$(BIN)/python -m radar_assets_tests.drills.kill --seed 1 --times 50
	$(BIN)/python -m radar_assets_tests.drills.day --radars 18 --hours 24
	$(BIN)/python -m radar_assets_tests.drills.night --minutes 12
	$(BIN)/python -m radar_assets_tests.drills.soak --radars 18 --hours 24
	$(BIN)/python -m radar_assets_tests.drills.faults --seed 1 --times 200
	$(BIN)/python -m radar_assets_tests.drills.growth --radars 18 --days 1 30

# Random inputs for each reader, RUNS times.
RUNS := 250000
fuzz: $(VENV)/.installed
	$(BIN)/pip install --quiet --editable '.[fuzz]'
	for target in message edited values volumes members names listings; do \
		$(BIN)/python -m radar_assets_tests.fuzz $$target -runs=$(RUNS) || exit 1; \
	done

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[test]'
	touch $@
