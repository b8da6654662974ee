# Two commands: `make book` and `make test`. `make help` lists the rest.
PYTHON ?= python3
PY := .venv/bin/python

# one thread: faster for small matrices than many, and the same digits on every machine
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1
export NUMBA_NUM_THREADS ?= 1
export JUPYTER_PREFER_ENV_PATH := 1
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help book serve serve-shop pdf test quick lab sync exercises check real peers bench slides bundle bundle-proof clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /make \1|/' | awk -F'|' '{printf "  %-16s %s\n", $$1, $$2}'

# two levels: .venv/pages has what builds the pages, .venv/ready all that the library, chapters and tests need
.venv/pages: pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null || { echo "No $(PYTHON) found. Install Python 3.11 or newer, or name yours: make book PYTHON=python3.12"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "The book needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1). Name another: make book PYTHON=python3.12"; exit 1; }
	@$(PY) -c '' 2>/dev/null || { echo "Making the environment in .venv; nothing is installed elsewhere."; "$(PYTHON)" -m venv --clear .venv; }
	@$(PY) -m tools.install book
	@touch .venv/pages

.venv/ready: .venv/pages models.txt
	@$(PY) -m tools.install all
	@touch .venv/ready

book: .venv/pages  ## build the book and say where to open it (a minute; the first time also installs)
	@$(PY) -m tools.build_book

serve: book  ## build the book and show it at http://localhost:8000 (Ctrl-C ends it)
	@cd _build/html && ../../$(PY) -m http.server 8000 --bind 127.0.0.1

serve-shop: .venv/ready  ## serve the shop and its reasons on http://localhost:8000 (Ctrl-C ends it)
	@$(PY) -m recx_lib.serve

pdf: .venv/ready book  ## print the whole book to _build/why-this.pdf (a minute; needs Chromium)
	@$(PY) -m tools.pdf

test: .venv/ready  ## check everything that must hold: style, text, library, notebooks, pages (under 10 minutes)
	@$(PY) -m tools.check

quick: .venv/ready  ## the edit loop: style, text, the library's fast tests (under 2 minutes); says what it left out
	@$(PY) -m tools.check quick

lab: .venv/ready  ## open JupyterLab: chapters in notebooks/, exercises in exercises/student/
	@$(PY) -m jupyterlab --ServerApp.root_dir=. notebooks/00_start_here.ipynb

sync: .venv/ready  ## make text, notebooks and library agree; execute what changed (under 10 minutes)
	@$(PY) -m tools.sync

exercises: .venv/ready  ## make the students' folder from exercises/source; mutants: python -m tools.exercises mutants
	@$(PY) -m tools.exercises build

check: .venv/ready  ## report, and draw, which exercises in exercises/student you have solved (save first)
	@cd exercises/student && ../../$(PY) -m recx_check --picture ../../_build/progress.html

real: .venv/ready  ## run the chapters on other data: make real RECX_DATA=folder, or DATA=file.csv (a few minutes)
	@$(if $(DATA),DATA="$(DATA)" DATA_COLUMNS="$(DATA_COLUMNS)") $(PY) -m tools.real

peers: .venv/ready  ## install the other projects that `make bench` measures beside ours
	@$(PY) -m tools.install peers

bench: .venv/ready  ## measure on public data: make bench RECX_DATA=folder (hours; safe to stop and repeat)
	@$(PY) -m tools.bench

slides: .venv/pages  ## make the slides of every chapter and say where to open them (a few seconds)
	@$(PY) -m tools.slides

bundle: .venv/ready  ## pack all that a class needs into one file; with WHEELS=1 what to install, too, without network
	@$(PY) -m tools.bundle $(if $(WHEELS),--wheels)

bundle-proof: .venv/ready  ## prove that this bundle installs, and runs a chapter, where no network is (Linux; ten minutes, 4 GB)
	@$(PY) -m tools.bundle_proof $(if $(CHAPTER),--chapter $(CHAPTER))

clean:  ## remove what was built (not the environment)
	@rm -rf _build .pytest_cache .ruff_cache .hypothesis
