# Two commands on a fresh Debian 12 with a Swift 6 toolchain and root or sudo:
#   make quickstart   installs what is missing, builds a release and trains EBERT on real data
#   make test         installs what is missing, builds and runs the tests

PACKAGES = git gcc libc6-dev libyaml-dev libsqlite3-dev libopenblas-dev libcurl4-openssl-dev libssl-dev zlib1g-dev libdeflate-dev libhts3 libhdf5-dev pkg-config
FLOW = .build/release/flow

.PHONY: build quickstart test test-browser test-galaxy test-provenance test-slurm lint format install-packages install clean

build: install-packages
	swift build -c release

quickstart: build
	$(FLOW) run Workflows/quickstart.yaml

# Training over ranks is tested under both, kills at every write by strace, where they can be installed.
test: install-packages
	command -v strace >/dev/null || scripts/install-packages.sh strace
	command -v mpirun.openmpi mpiexec.hydra >/dev/null || scripts/install-packages.sh openmpi-bin mpich
	swift test

# Workflows through a real Slurm of one node, which the tests start and end; needs root.
test-slurm: install-packages
	scripts/install-packages.sh slurm-wlm
	swift test --filter SlurmTests

# The report and the pages of `flow ui` in a headless browser; needs a workflow that has run.
test-browser: quickstart
	command -v chromium >/dev/null || scripts/install-packages.sh chromium
	command -v curl >/dev/null || scripts/install-packages.sh curl
	Tests/Browser/check-report.sh results/quickstart/report.html
	Tests/Browser/check-ui.sh $(FLOW)

# The Galaxy tools of all operations, by Galaxy's own linter.
test-galaxy: build
	scripts/lint-galaxy.sh $(FLOW)

# The exports of the history, by the validators of their formats.
test-provenance: build
	scripts/check-provenance.sh $(FLOW)

lint:
	swift format lint --strict -r Package.swift Sources Plugins Tests

format:
	swift format --in-place -r Package.swift Sources Plugins Tests

install-packages:
	@scripts/install-packages.sh $(PACKAGES)

# PREFIX=/usr/local: the command, the plugins beside it, their manifests and the header.
PREFIX ?= /usr/local
install: build
	install -d $(PREFIX)/bin $(PREFIX)/share/flow/Registry $(PREFIX)/include/flow
	install -m 755 $(FLOW) .build/release/flow-ui $(PREFIX)/bin/
	install -m 755 .build/release/lib*.so $(PREFIX)/bin/
	install -m 644 Registry/*.yaml $(PREFIX)/share/flow/Registry/
	install -m 644 Sources/CFlowPlugin/include/flow/plugin.h $(PREFIX)/include/flow/

clean:
	swift package clean
