# The commands of this project. `make help` lists them.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
IMAGE ?= ingest
export CGO_ENABLED ?= 0

.DEFAULT_GOAL := help
.PHONY: help build deps demo test unit race mutants stack crashtest outagetest soaktest lint bench image imagetest chart chart-update debezium-capture kube-deps kubetest sbom clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/ingest and bin/devstack, static
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ingest ./cmd/ingest
	go build -trimpath -o bin/devstack ./cmd/devstack

deps: ## Check for Java, Maven, Python and Chromium, install them where that needs no question, fetch the servers and libraries
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

test: unit race chart stack ## Everything (20 minutes at most)

lint: ## golangci-lint, with the version this project pins
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.2 run ./...
	cd test/chart && go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.2 run ./...

bench: deps ## Measure the worker against the limit of the driver, see docs/performance.md
	go run ./cmd/ingestbench

image: ## Build the container image: IMAGE=ingest VERSION= BUILD_IMAGE= RUN_IMAGE=
	docker build --tag '$(IMAGE):$(VERSION)' --build-arg 'VERSION=$(VERSION)' --build-arg "REVISION=$$(git rev-parse HEAD)" \
		--build-arg "CREATED=$$(git log -1 --format=%cI)" $(foreach arg,BUILD_IMAGE RUN_IMAGE,$(if $($(arg)),--build-arg '$(arg)=$($(arg))')) .

imagetest: ## Build and run the image without a network; starts a Docker daemon where none answers
	go vet -tags image ./test/image
	go test -tags image -count=1 -v -timeout 20m ./test/image

chart: ## Tests of the Helm chart (minutes the first time: it builds Helm 3 and 4, and promtool)
	cd test/chart && go vet ./... && go test -count=1 ./...

chart-update: ## Write the chart's README, golden files and list of settings anew
	cd test/chart && go test -count=1 ./... -update

debezium-capture: deps ## Capture anew what Debezium's connectors emit (needs postgresql and mariadb-server), see test/capture/debezium
	go run ./test/capture/debezium

kube-deps: ## Build a Kubernetes control plane, kubectl and Helm into .local/kube (10 minutes the first time)
	@mkdir -p .local/kube
	cd test/kube/servers && nice go build -p 1 -trimpath -ldflags '-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2' -o ../../../.local/kube/ \
		k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kube-controller-manager k8s.io/kubernetes/cmd/kubectl ./etcd ./node
	cd test/chart && nice go build -p 1 -o ../../.local/kube/helm3 helm.sh/helm/v3/cmd/helm && nice go build -p 1 -o ../../.local/kube/helm4 helm.sh/helm/v4/cmd/helm

kubetest: deps kube-deps ## Install the chart on a real API server, and run the commands of the pages on Kubernetes
	go vet -tags 'stack kube' ./test ./test/kube && cd test/kube/servers && CGO_ENABLED=0 go vet -trimpath ./node ./etcd
	go test -tags 'stack kube' -p 1 -count=1 -v -timeout 30m -run '^Test(Kubernetes|ClusterRunsAPod)$$' ./test/kube ./test

sbom: build ## List what bin/ingest is made of in bin/ingest.cdx.json (CycloneDX)
	go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0 bin -json -noserial -licenses -std \
		-version '$(VERSION)' -output bin/ingest.cdx.json bin/ingest
	@sed -i "s/\"timestamp\": \"[^\"]*\"/\"timestamp\": \"$$(git log -1 --format=%cI)\"/" bin/ingest.cdx.json # the same commit, the same file

clean: ## Remove what was built and the local stack's data and downloads
	rm -rf bin .local
