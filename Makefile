# make help lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash

GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.PHONY: help setup test check lint bench soak fuzz eval build

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## install what the tests need and a fresh machine lacks (Debian: PostgreSQL, Node.js)
	@scripts/setup

test: setup check ## bring what is missing, then run every check and test on both databases
	go test -race -timeout 30m ./...
	@scripts/setup report

check: ## vet and formatting, without installing anything
	go vet ./...
	go vet -C store/storetest/mongoserver .
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }

lint: ## run golangci-lint
	go run $(GOLANGCI) run ./...
	cd store/storetest/mongoserver && go run $(GOLANGCI) run --config ../../../.golangci.yml ./...

bench: ## run the benchmarks, each ratio in one run
	go test -run '^$$' -bench . -benchtime 3x -timeout 60m ./...

soak: ## run the long tests in full: 500 crash schedules, 50,000 turns, 200 histories
	ROLLCALL_SOAK=1 go test -count=1 -timeout 3h -run 'Random' ./proposal
	ROLLCALL_SOAK=1 go test -count=1 -timeout 3h -run 'Crashes|Strange|Memory|Pause|InOrder|Away' -v ./cmd/rollcall

fuzz: ## fuzz each parser for a minute
	@scripts/fuzz

eval: ## score the offline interpreter, or the configured model, on the evaluation questions
	go run ./cmd/rollcall eval

build: ## build bin/rollcall
	go build -trimpath -o bin/rollcall ./cmd/rollcall
