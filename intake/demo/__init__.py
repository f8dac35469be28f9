"""The demonstration: July 2023 played through real IMAP and SMTP on loopback, by the worker of every other day."""
