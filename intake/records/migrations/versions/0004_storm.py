"""Find what is asked for again and again without a look at all that ever came: letters of an hour, UIDs withheld."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the indexes."""
    op.create_index("ix_outgoing_claimed_at", "outgoing", ["claimed_at"])
    op.create_index("ix_sighting_mailbox_fate", "sighting", ["mailbox", "fate"])
