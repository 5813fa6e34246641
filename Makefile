# The commands of this project. `make help` lists them.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
export CGO_ENABLED ?= 0

.DEFAULT_GOAL := help
.PHONY: help build deps demo test unit race mutants stack crashtest outagetest soaktest lint bench clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/ingest and bin/devstack, static
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ingest ./cmd/ingest
	go build -trimpath -o bin/devstack ./cmd/devstack

deps: ## Check for Java, Maven and Python, install them where that needs no question, fetch the servers and libraries
	@./test/deps.sh
	go run ./cmd/devstack fetch

demo: deps build ## Start real servers, move sample records, show the rows
	@go build -trimpath -o bin/demo ./cmd/demo
	@bin/demo

unit: ## Unit and property tests, no servers (under a minute)
	go vet ./...
	go test ./...

race: ## Unit and property tests under the race detector
	CGO_ENABLED=1 go test -race ./...

mutants: ## Break the code on purpose and see the tests fail, no servers (a few minutes), see docs/mutants.md
	go run ./test/mutants

stack: deps ## Tests against real servers
	go vet -tags 'stack crash' ./...
	go test -tags stack -p 1 -parallel 8 -count=1 -timeout 18m ./test/... ./sink/...

crashtest: deps ## Crash workers and servers under load: SEED= KILLS= FAULTS=all|kills, see docs/crash-tests.md
	INGEST_TEST_SEED='$(SEED)' INGEST_TEST_KILLS='$(KILLS)' INGEST_TEST_FAULTS='$(FAULTS)' \
		go test -tags 'stack crash' -count=1 -v -timeout 3h -run '^TestManyCrashes$$' ./test/crash

outagetest: deps ## Take Cassandra, Kafka and the registry away for minutes under load: SEED= SECONDS= OUTAGE=
	INGEST_TEST_SEED='$(SEED)' INGEST_TEST_OUTAGE_SECONDS='$(SECONDS)' INGEST_TEST_OUTAGE='$(OUTAGE)' \
		go test -tags 'stack crash' -count=1 -v -timeout 1h -run '^TestOutages$$' ./test/crash

soaktest: deps ## Hold memory and goroutines to a flat trend under load: SEED= MINUTES=
	INGEST_TEST_SEED='$(SEED)' INGEST_TEST_MINUTES='$(MINUTES)' \
		go test -tags 'stack crash' -count=1 -v -timeout 12h -run '^Test(Growth|Soak)$$' ./test/crash

test: unit race stack ## Everything (20 minutes at most)

lint: ## golangci-lint, with the version this project pins
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.2 run ./...

bench: deps ## Measure the worker against the limit of the driver, see docs/performance.md
	go run ./cmd/ingestbench

clean: ## Remove what was built and the local stack's data and downloads
	rm -rf bin .local
