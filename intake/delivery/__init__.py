"""How letters leave: the outbox and its SMTP courier."""
