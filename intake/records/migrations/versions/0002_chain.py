"""Chain the events, and let a record be erased.

The table ``link`` is only ever appended to: triggers refuse what a mistake in the program would do to it. They are no
defence against whoever owns the database; the head of the chain, printed in every digest, is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SQLITE = """
CREATE TRIGGER link_no_{verb} BEFORE {verb} ON link
BEGIN SELECT RAISE(ABORT, 'the chain is only ever appended to'); END
"""
_FUNCTION = """
CREATE FUNCTION link_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the chain is only ever appended to'; END $$
"""
_POSTGRESQL = """
CREATE TRIGGER link_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON link
FOR EACH STATEMENT EXECUTE FUNCTION link_unchanged()
"""


def upgrade() -> None:
    """Create the chain, its salts and its counter."""
    op.create_table(
        "link",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_link_event_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_link")),
        sa.UniqueConstraint("event_id", name=op.f("uq_link_event_id")),
    )
    op.create_table(
        "salt",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["position"], ["link.position"], name=op.f("fk_salt_position")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_salt")),
    )
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("INSERT INTO counter (name, value) VALUES ('chain of events', 0)")
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(verb=verb))
    else:
        op.execute(_FUNCTION)
        op.execute(_POSTGRESQL)
