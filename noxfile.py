"""Checks in environments of their own: `nox` runs lint, types and tests; `nox -s NAME` any one of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.error_on_external_run = True

CONSTRAINTS = ("-c", "constraints.txt")


@nox.session
def lint(session: nox.Session) -> None:
    """Style and the direction of imports."""
    session.install(*CONSTRAINTS, "-e", ".[dev]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    session.install(*CONSTRAINTS, "-e", ".[dev]")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests that take seconds; arguments after `--` go to pytest."""
    session.install(*CONSTRAINTS, "-e", ".[test]")
    session.run("python", "-m", "pytest", "-n", "2", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """The tests that take minutes."""
    session.install(*CONSTRAINTS, "-e", ".[test]")
    session.run("python", "-m", "pytest", "-n", "2", "-m", "slow", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The pages of docs/ into build/docs, warnings being errors."""
    session.install(*CONSTRAINTS, "-e", ".[docs]")
    session.run("python", "-m", "sphinx", "-W", "--keep-going", "-b", "html", "docs", "build/docs")


@nox.session
def bench(session: nox.Session) -> None:
    """Speed, memory and start-up beside other simulators, into benchmarks/RESULTS.md; arguments after `--` go there."""
    session.install(*CONSTRAINTS, "-e", ".", "-r", "benchmarks/requirements.txt")
    session.run("python", "-m", "benchmarks.run", *session.posargs)


@nox.session
def verify(session: nox.Session) -> None:
    """The simulation against exact values, into benchmarks/VERIFICATION.md; arguments after `--` go there."""
    session.install(*CONSTRAINTS, "-e", ".")
    session.run("python", "-m", "benchmarks.verify", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """The tests against the built wheel, away from the sources."""
    session.install(*CONSTRAINTS, "build")
    with tempfile.TemporaryDirectory() as folder:
        session.run("python", "-m", "build", "--outdir", folder)
        (built,) = Path(folder).glob("*.whl")
        session.install(*CONSTRAINTS, f"{built}[test]")
        # Not `python -m pytest`, which would find the sources in the current folder.
        session.run("pytest", "-n", "2", *session.posargs)
