"""config.toml: what it may say, and what is said of a mistake."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from intake.config import Secret, is_loopback, load, shipped
from intake.errors import ConfigError

SHIPPED = shipped("config.toml").read_text(encoding="utf-8")


def write(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the shipped configuration to *folder* with some *changes*."""
    text = SHIPPED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """Return what is said of the shipped configuration with *changes*, without the folder."""
    path = write(folder, *changes)
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [problem.removeprefix(f"{path}:") for problem in caught.value.problems]


def test_the_shipped_configuration_is_the_one_of_the_interface() -> None:
    """The shipped file reads as the office of 2023: two mailboxes, one of them a person's own."""
    config = load(shipped("config.toml")).config

    assert [("konsultacje", False), ("rsvp", True)] == [(box.id, box.personal) for box in config.mailbox]
    assert time(7, 30) == config.schedule.digest_time
    assert frozenset(range(5)) == config.schedule.weekdays
    assert frozenset({"konsultacje@um.torun.pl", "k.dabrowska@um.torun.pl"}) == config.own_addresses


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('timezone = "Europe/Warsaw"', 'timezone = "Europe/Torun"', "2: timezone: a zone of the IANA"),
        ("personal = true", "persnal = true", "mailbox[2].persnal: unknown key"),
        ("port = 587", 'port = "587"', "smtp.port: input should be a valid integer, not '587'"),
        ("port = 587", "port = 70000", "smtp.port: input should be less than or equal to 65535, not 70000"),
        ('tls = "implicit" ', 'tls = "ssl" ', "mailbox[1].tls: 'implicit', 'starttls' or 'none' is allowed, not 'ssl'"),
        ('poll = "60s"', 'poll = "60"', 'schedule.poll: a number with s, m, h or d is allowed, such as "60s"'),
        ('digest = "07:30"', 'digest = "7.30"', "schedule.digest: an hour is allowed, such as 07:30, not '7.30'"),
        ('digest_days = "mon-fri"', 'digest_days = "1-5"', "schedule.digest_days: days are allowed, such as mon-fri"),
        ("per_hour = 500", "per_hour = -1", "acknowledge.per_hour: input should be greater than or equal to 0"),
        ('id = "rsvp"', 'id = "konsultacje"', "mailbox: each id may stand once"),
        ('url = "sqlite:///var/intake.db"', 'url = "mysql://x"', "database.url: sqlite:///FILE or postgresql"),
        ('sender = "konsultacje@um.torun.pl"', 'sender = "konsultacje"', "smtp.sender: string should match pattern"),
        ('username = "k.dabrowska"', "", "mailbox[2]: username must be given where password or oauth2 is"),
    ],
)
def test_a_mistake_is_one_line_with_line_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Each mistake names its key and what is allowed, and nothing else is wrong then."""
    (line,) = problems(tmp_path, (old, new))

    assert said in line


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """An official mends a file once, not once a mistake."""
    lines = problems(tmp_path, ("port = 587", "port = 0"), ('digest = "07:30"', 'digest = "x"'))

    assert ["smtp.port", "schedule.digest"] == [line.split(": ")[1] for line in lines]


def test_a_line_number_is_that_of_the_key(tmp_path: Path) -> None:
    """The number leads to the line that is wrong, in the right one of several tables."""
    (line,) = problems(tmp_path, ("personal = true", "personal = 1"))
    number = int(line.split(":")[0])

    assert "personal = 1" in (tmp_path / "config.toml").read_text(encoding="utf-8").splitlines()[number - 1]


def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """A password that somebody wrote into config.toml appears in no message."""
    lines = problems(tmp_path, ('password = { env = "INTAKE_SMTP_PASSWORD" }', 'password = "tajne-haslo"'))

    assert "smtp.password" in lines[0]
    assert not any("tajne-haslo" in line for line in lines)


def test_plain_connections_are_refused_off_loopback(tmp_path: Path) -> None:
    """TLS can be left out only where the mail does not leave the machine."""
    (line,) = problems(tmp_path, ('tls = "implicit" ', 'tls = "none" '))

    assert 'tls = "none" is allowed on loopback only' in line


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_is_told_by_address(host: str, loopback: bool) -> None:
    """A name that only looks like loopback is not loopback."""
    assert loopback is is_loopback(host)


def test_no_toml_at_all_is_one_line(tmp_path: Path) -> None:
    """A file that is not TOML says where it breaks."""
    path = tmp_path / "config.toml"
    path.write_text("timezone = \n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"not TOML.*line 1"):
        load(path)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    """The most usual mistake of all is told plainly."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "config.toml")


def test_secrets_come_from_environment_or_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret is what the variable or the file says, without the line end of the file."""
    settings = load(write(tmp_path))
    (tmp_path / "password").write_text("z pliku ąę\n", encoding="utf-8")
    monkeypatch.setenv("INTAKE_TEST", "z otoczenia")

    assert "z otoczenia" == settings.secret(Secret(env="INTAKE_TEST"), "smtp.password")
    assert "z pliku ąę" == settings.secret(Secret(file="password"), "smtp.password")


def test_a_missing_secret_names_key_and_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts the program learns which variable is not set."""
    settings = load(write(tmp_path))
    monkeypatch.delenv("INTAKE_SMTP_PASSWORD", raising=False)

    with pytest.raises(ConfigError, match=r"smtp\.password.*INTAKE_SMTP_PASSWORD must be set"):
        settings.secret(settings.config.smtp.password, "smtp.password")


def test_rules_and_templates_are_looked_up_beside_the_file(tmp_path: Path) -> None:
    """An office's own folder wins over the shipped one, and is not needed."""
    (tmp_path / "rules").mkdir()
    settings = load(write(tmp_path))

    assert tmp_path / "rules" == settings.rules
    assert shipped("templates") == settings.templates


def test_a_folder_that_paths_names_must_be_there(tmp_path: Path) -> None:
    """A wrong path is a mistake of the configuration, not of the rules."""
    path = write(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + '\n[paths]\nrules = "regulamin"\n', encoding="utf-8")

    with pytest.raises(ConfigError, match=r"paths\.rules: regulamin must be a folder"):
        load(path)


def test_a_relative_database_lies_beside_the_file(tmp_path: Path) -> None:
    """Where the program is started from does not decide where the records are."""
    settings = load(write(tmp_path))

    assert f"sqlite:///{tmp_path.resolve()}/var/intake.db" == settings.database_url


@pytest.mark.parametrize(
    ("days", "expected"),
    [("mon-fri", {0, 1, 2, 3, 4}), ("sat-mon", {5, 6, 0}), ("wed", {2}), ("mon,wed-thu", {0, 2, 3})],
)
def test_days_are_read_by_name(tmp_path: Path, days: str, expected: set[int]) -> None:
    """Days go by their names, across the end of the week too."""
    settings = load(write(tmp_path, ('digest_days = "mon-fri"', f'digest_days = "{days}"')))

    assert expected == settings.config.schedule.weekdays
