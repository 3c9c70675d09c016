# What one does here. `make` alone tells.

SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
TOOLS   := $(CURDIR)/.cache/bin
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

# Tools are pinned here and installed into .cache, not into go.mod: they would
# drag hundreds of modules along.
GOLANGCI_LINT := v2.15.0
GOVULNCHECK   := v1.1.4

.PHONY: help run build test bench torture lint generate screenshots verify postgres

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1|/' | column -t -s '|'

run: build postgres ## build and start; nothing has to be configured
	exec bin/quillium

build: ## the program, into bin/
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/quillium .

# Fetches one into .cache where DATABASE_URL is empty and none is found.
postgres:
	@scripts/get-postgres

test: ## every test, with the race detector
	@scripts/get-postgres always
	@scripts/run-tests

# ROW names some of it alone: Chats, Size, Ready, Memory, IdleMemory, Delivery,
# Rooms, Deaf, Streams, Resume, Return, Search, Console.
ROW = .

bench: ## what it must reach, beside bare programs; one ROW alone: make bench ROW=Rooms
	@scripts/get-postgres always
	go test -run '^$$' -bench '(?i)$(ROW)' -benchtime 1x -timeout 15m ./app/server/bench

torture: ## minutes of cut, killed, paused and restarted nodes; says its seed
	@scripts/get-postgres always
	go test ./app/server/story -v -run '^TestTorture' -timeout 15m -torture

lint: $(TOOLS)/golangci-lint-$(GOLANGCI_LINT) ## golangci-lint, all of it
	$< run ./...

generate: ## what is made from something else: templ, the page of the API, licences, golden files
	go tool templ generate -path views
	go test ./routes -run TestTable -update
	go test ./views/reference -run TestPage -update
	go test ./app/licence -run TestWorks -update

screenshots: ## the pictures of the README, of a server furnished for them
	@scripts/get-postgres always
	go test ./app/server/story -run TestPictures -pictures

verify: ## that what is generated is up to date, formatted, tidy and without known holes
	@scripts/verify '$(TOOLS)' '$(GOVULNCHECK)'

$(TOOLS)/golangci-lint-$(GOLANGCI_LINT):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	mv $(TOOLS)/golangci-lint $@
