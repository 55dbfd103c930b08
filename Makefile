# Each target is one line over the command line or pytest; set-up runs once and again when its inputs change.
PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(if $(shell command -v uv),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check) -c constraints.txt

# The version of Keycloak that the preset was tried with, unpacked where neither git nor pytest looks.
KEYCLOAK := 26.7.3
KEYCLOAK_HOME ?= tests/identity_providers/keycloak/.work/keycloak-$(KEYCLOAK)
HAPI := tests/deployments/keycloak_hapi/.work

.PHONY: demo fast test lint bench prove lawful oracle keycloak deployments clean

demo: .venv/.ready
	$(BIN)/conformance run --reference

test: .venv/.dev-ready
	$(BIN)/python -m pytest

# What a change is tried with first: under 90 s on two cores.
fast: lint
	$(BIN)/python -m pytest -q -m "not browser and not slow and not packages"

lint: .venv/.dev-ready
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

prove: .venv/.dev-ready
	$(BIN)/conformance prove $(ONLY)

# Lawful variations alone, stacked, and in random sets: SEED=n repeats the sets of an earlier run.
lawful: .venv/.dev-ready
	$(BIN)/conformance prove --lawful --subsets 40 $(if $(SEED),--seed $(SEED)) $(ONLY)

bench: .venv/.bench-ready
	for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

# Needs JDK 17, Maven and $FHIR_PACKAGES; no part of `make test`.
oracle: .venv/.dev-ready benchmarks/oracle/.work/classes/Oracle.class
	PYTHONPATH=benchmarks $(BIN)/python -m oracle $(ORACLE)

# Needs JDK 17 and Maven; `make test` skips these.
keycloak: .venv/.dev-ready $(KEYCLOAK_HOME)/bin/kc.sh
	KEYCLOAK_HOME=$(KEYCLOAK_HOME) $(BIN)/python -m pytest tests/identity_providers/keycloak

# Needs Node, JDK 17, Maven and $FHIR_PACKAGES; `make test` runs the one that needs no Java.
deployments: .venv/.dev-ready $(KEYCLOAK_HOME)/bin/kc.sh $(HAPI)/classes/Store.class
	DEPLOYMENTS=1 KEYCLOAK_HOME=$(KEYCLOAK_HOME) $(BIN)/python -m pytest tests/deployments tests/identity_providers/canaille -rs

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.ready: pyproject.toml constraints.txt | .venv/bin/python
	$(INSTALL) -e '.[report]'
	$(BIN)/conformance doctor --install
	@touch $@

.venv/.dev-ready: .venv/.ready pyproject.toml constraints.txt
	$(INSTALL) -e '.[report,dev]'
	@touch $@

.venv/.bench-ready: .venv/.dev-ready
	$(INSTALL) -e '.[report,dev,bench]'
	@touch $@

benchmarks/oracle/.work/classes/Oracle.class: benchmarks/oracle/pom.xml benchmarks/oracle/Oracle.java
	cd benchmarks/oracle && mvn -q -B dependency:copy-dependencies -DoutputDirectory=.work/lib
	cd benchmarks/oracle && javac -nowarn -cp '.work/lib/*' -d .work/classes Oracle.java

tests/identity_providers/keycloak/.work/keycloak-$(KEYCLOAK)/bin/kc.sh:
	mvn -q -B dependency:copy -Dartifact=org.keycloak:keycloak-quarkus-dist:$(KEYCLOAK):tar.gz -DoutputDirectory=$(CURDIR)/tests/identity_providers/keycloak/.work
	tar -xzf tests/identity_providers/keycloak/.work/keycloak-quarkus-dist-$(KEYCLOAK).tar.gz -C tests/identity_providers/keycloak/.work
	rm tests/identity_providers/keycloak/.work/keycloak-quarkus-dist-$(KEYCLOAK).tar.gz

$(HAPI)/classes/Store.class: tests/deployments/keycloak_hapi/pom.xml tests/deployments/keycloak_hapi/Store.java
	cd tests/deployments/keycloak_hapi && mvn -q -B dependency:copy-dependencies -DoutputDirectory=.work/lib
	cd tests/deployments/keycloak_hapi && javac -nowarn -cp '.work/lib/*' -d .work/classes Store.java
