"""Fixtures: real servers, started once; empty mailboxes and fresh sinks for each test."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from intake.__main__ import main
from intake.judgement import rules as office_rules
from intake.letters import templates as office_templates
from intake.records import schema
from intake.records.store import Store
from tests.office import Intake
from tests.servers.dovecot import BINARY, Dovecot
from tests.servers.postgresql import PostgreSQL, binaries
from tests.servers.smtp import Sink


@pytest.fixture(scope="session", autouse=True)
def _office_files_are_read_once() -> Iterator[None]:
    """Keep what was read of rules and templates that did not change: hundreds of offices open on the same ones."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (office_rules, office_templates):
            patch.setattr(module, "load", _remembered(module.load))
        yield


def _remembered(load: Callable[..., object]) -> Callable[..., object]:
    """Return *load*, whose answer for a folder is kept as long as none of its files changes."""
    kept: dict[object, object] = {}

    def loaded(directory: Path, *more: object) -> object:
        files = sorted(path for path in directory.rglob("*") if path.is_file())
        state = tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)
        key = (directory, state, more)
        if key not in kept:
            kept[key] = load(directory, *more)
        return kept[key]

    return loaded


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Give a certificate authority that nobody else trusts."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the file of the authority's certificate."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session")
def certificate(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a certificate for localhost, with its key."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(path))
    return path


def lacking(server: str) -> None:
    """Skip the test for want of a *server*; in CI that is a failure."""
    reason = f"{server} is not installed (tests/install-servers installs it where it may)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Give a running PostgreSQL."""
    programs = binaries()
    if programs is None:
        lacking("PostgreSQL")
    assert programs is not None
    server = PostgreSQL(programs)
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give an empty database, once of either kind."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path}/intake.db")
    else:
        store = Store(request.getfixturevalue("postgresql").new_database())
    schema.upgrade(store)
    yield store
    store.close()


@pytest.fixture(scope="session")
def dovecot(certificate: Path) -> Iterator[Dovecot]:
    """Give a running Dovecot."""
    if not Path(BINARY).exists():
        lacking("Dovecot")
    server = Dovecot(certificate)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """Give an SMTP server that asks for nothing."""
    server = Sink().start()
    yield server
    server.stop()


@pytest.fixture
def tls_sink(certificate: Path) -> Iterator[Sink]:
    """Give an SMTP server that asks for STARTTLS and a login."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Sink(user=("konsultacje", "tajne"), tls=context).start()
    yield server
    server.stop()


@pytest.fixture
def intake(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Intake:
    """Give a way to call the program: status, output and error output."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["intake", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call
