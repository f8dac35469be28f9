"""What is kept: messages, cases, their events, and the accounts of every mailbox."""
