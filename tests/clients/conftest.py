"""Servers for the tests: one with the defaults, one with the cloud's own throttling, one with free lookups."""

import functools
import os
import subprocess
from pathlib import Path

import pytest
from cairn_server import BINARY, Cairn

# The clients would read the developer's own profile and proxies.
for variable in list(os.environ):
    if variable.upper().startswith("ALIBABA_CLOUD_") or variable.lower().endswith("_proxy"):
        del os.environ[variable]


def pytest_sessionstart(session):
    if not BINARY.exists():
        raise pytest.UsageError(f"{BINARY} is not there: run `cargo build -p cairn`, or set CAIRN_BIN")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what its server logged."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for name, value in getattr(item, "funcargs", {}).items():
        if isinstance(value, Cairn):
            report.sections.append((f"log of the server '{name}'", value.log()[-4000:]))


def run(folder, config=""):
    server = Cairn(folder, config).start()
    try:
        yield server
        if server.process.poll() is not None:
            raise AssertionError(f"server ended during the tests with {server.process.poll()}; log:\n{server.log()}")
        server.stop()
    finally:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture(scope="session")
def cairn(tmp_path_factory):
    yield from run(tmp_path_factory.mktemp("cairn"))


@pytest.fixture(scope="session")
def throttled(tmp_path_factory):
    yield from run(tmp_path_factory.mktemp("throttled"), 'throttling = "vendor"\n')


@pytest.fixture(scope="session")
def free_lookup(tmp_path_factory):
    yield from run(tmp_path_factory.mktemp("free-lookup"), "[lookup]\nany_attributes = true\n")


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory):
    """By the name of a C file of this folder: the library that a server is started with (`LD_PRELOAD`)."""
    folder = tmp_path_factory.mktemp("preloaded")

    @functools.cache
    def compiled(name):
        source, library = Path(__file__).parent / f"{name}.c", folder / f"{name}.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        return library

    return compiled


@pytest.fixture
def own_cairn(tmp_path):
    """A server for a test that restarts it or needs an empty audit."""
    yield from run(tmp_path / "own")
