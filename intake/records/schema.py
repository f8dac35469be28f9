"""The version of the schema, and the way there: migrations from the first day [alembic]."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Select, func, inspect, select, text

from intake.errors import RecordError
from intake.records import chain
from intake.records.store import Event, Link, Store
from intake.records.versions import HEAD

_UPGRADING = 1_229_867_340  # the number of PostgreSQL's advisory lock, beside that of ``accounts``


def version(store: Store) -> str | None:
    """Return the version that the database is at, or None for an empty one."""
    with store.reading() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def upgrade(store: Store) -> None:
    """Bring the database to ``HEAD``; refuse one that a later program has changed."""
    found = version(store)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise RecordError(f"database {store.place}: schema {found} is newer than this program's {HEAD}")
    from alembic import command  # noqa: PLC0415  (0.7 s, and needed once in a database's life)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with store.writing() as session:
        if store.engine.dialect.name == "postgresql":  # workers that start together: one upgrades, the others wait
            session.execute(select(func.pg_advisory_xact_lock(_UPGRADING)))
        config.attributes["connection"] = session.connection()
        command.upgrade(config, HEAD)
        chain.chain(session, list(session.scalars(_unchained())))


def _unchained() -> Select[Event]:
    """Select the events from before there was a chain: they are vouched for as they stand at the upgrade."""
    return select(Event).outerjoin(Link, Link.event_id == Event.id).where(Link.position.is_(None)).order_by(Event.id)
