"""Read, decide, record and acknowledge the mail of a public consultation.

Data flows one way: mailbox -> message -> verdict -> record -> letter -> outbox. The folders ``mail``, ``judgement``,
``records``, ``letters`` and ``delivery`` are these stages; ``worker.py`` and ``commands`` stand above them.
"""

__version__ = "0.1.0"
