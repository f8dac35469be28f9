"""Keep what people decide: numbered items, instructions and their links, corrections of cases, filing, campaigns.

What is added to tables that stand holds no foreign key: SQLite would make the whole table anew for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables of both sides of the conversation, and the columns that they change."""
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("consultation", sa.String(length=64), nullable=False),
        sa.Column("first_record", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_consultation"), ["consultation"], unique=False)

    op.create_table(
        "signature",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_signature_record_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_signature")),
    )
    op.create_table(
        "band",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_band_record_id")),
        sa.PrimaryKeyConstraint("name", "record_id", name=op.f("pk_band")),
    )
    op.create_table(
        "item",
        sa.Column("consultation", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("record_ids", sa.JSON(), nullable=False),
        sa.Column("case_ids", sa.JSON(), nullable=False),
        sa.Column("letter_ids", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("consultation", "day", "number", name=op.f("pk_item")),
    )
    op.create_table(
        "used_token",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_token")),
    )
    op.create_table(
        "filing",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mailbox", sa.String(length=64), nullable=False),
        sa.Column("folder", sa.Text(), nullable=True),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("uid", sa.BigInteger(), nullable=True),
        sa.Column("wanted", sa.Text(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_filing_record_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_filing")),
    )
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_filing_mailbox"), ["mailbox"], unique=False)

    op.create_table(
        "instruction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=320), nullable=True),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("undone_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["affair.id"], name=op.f("fk_instruction_case_id")),
        sa.ForeignKeyConstraint(["message_id"], ["record.id"], name=op.f("fk_instruction_message_id")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_instruction_record_id")),
        sa.ForeignKeyConstraint(["undone_by"], ["instruction.id"], name=op.f("fk_instruction_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
    )
    with op.batch_alter_table("instruction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instruction_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_instruction_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_instruction_record_id"), ["record_id"], unique=False)

    op.create_table(
        "silenced",
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("instruction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["instruction_id"], ["instruction.id"], name=op.f("fk_silenced_instruction_id")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_silenced")),
    )
    with op.batch_alter_table("affair", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topics", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("needs", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("names", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("channel", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("admitted", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("invited", sa.Integer(), nullable=True))

    with op.batch_alter_table("outgoing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("occasion", sa.String(length=128), nullable=True))
        batch_op.create_index(batch_op.f("ix_outgoing_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outgoing_occasion"), ["occasion"], unique=True)

    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("forwarded_by", sa.String(length=320), nullable=True))
        batch_op.add_column(sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("corrected", sa.String(length=16), nullable=True))
        batch_op.create_index(batch_op.f("ix_record_campaign_id"), ["campaign_id"], unique=False)
