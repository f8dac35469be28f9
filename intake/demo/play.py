"""The player: July 2023 on a simulated clock, day by day, each message delivered at the second of its arrival.

It only brings the mail and turns the clock. What is done with the mail is done by ``intake poll``, called as anybody
would call it: after every minute in which something arrived, and at the hour of each digest. A play is a series of
steps, so that whoever shows it decides how; between two steps nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from intake.config import Config
from intake.demo import filling
from intake.demo.office import Cabinet
from intake.demo.servers import Postman, Sink
from intake.demo.timeline import Arriving

Poll = Callable[[datetime], int]  # runs `intake poll` with that clock, and returns its exit status
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Step:
    """What happened at one turn of the clock."""

    at: datetime
    delivered: int
    letters: int  # acknowledgements that reached the sink
    digests: int
    status: int  # exit status of the poll


@dataclass(slots=True)
class Play:
    """A play under way, and what it came to."""

    mail: Sequence[Arriving]
    config: Config
    postman: Postman
    sink: Sink
    cabinet: Cabinet
    poll: Poll
    delivered: dict[str, str] = field(default_factory=dict)  # file: Message-ID, or ""
    undelivered: list[str] = field(default_factory=list)  # files of replies to letters that never came
    answers: dict[str, bytes] = field(default_factory=dict)  # Message-ID of a message: the letter that answers it

    @property
    def days(self) -> int:
        """Return how many days have a step."""
        return len({moment.date() for moment in moments(self._waiting(), self.config)})

    def steps(self) -> Iterator[Step]:
        """Play it."""
        waiting = self._waiting()
        for moment in moments(waiting, self.config):
            now = [mail for arrival, mail in waiting if arrival < moment]
            waiting = waiting[len(now) :]
            count = sum(self._deliver(mail) for mail in now)
            status = self.poll(moment)
            letters, digests = self._collect(moment)
            yield Step(moment, count, letters, digests, status)

    def _waiting(self) -> list[tuple[datetime, Arriving]]:
        return [(mail.arrives.replace(tzinfo=self.config.zone), mail) for mail in self.mail]

    def _deliver(self, mail: Arriving) -> bool:
        raw = mail.raw
        if mail.answers is not None:
            letter = self.answers.get(self.delivered.get(mail.answers, ""))
            if letter is None:
                self.undelivered.append(mail.file)
                return False
            raw = filling.filled(raw, letter)
        self.delivered[mail.file] = filling.message_id(raw)
        self.postman.deliver(mail.mailbox, raw, mail.arrives.replace(tzinfo=self.config.zone))
        return True

    def _collect(self, moment: datetime) -> tuple[int, int]:
        """File what reached the sink; return how many acknowledgements and digests that were."""
        letters, digests = len(self.cabinet.letters), len(self.cabinet.digests)
        for received in self.sink.take():
            self.cabinet.file(received.raw, moment)
            answered = filling.answers(received.raw)
            if answered:
                self.answers[answered] = received.raw
        return len(self.cabinet.letters) - letters, len(self.cabinet.digests) - digests


def moments(waiting: Sequence[tuple[datetime, Arriving]], config: Config) -> list[datetime]:
    """Return when the clock stops: at the start of the minute after each arrival, and at the hour of each digest."""
    polls = {arrival.replace(second=0, microsecond=0) + _MINUTE for arrival, mail in waiting if not mail.left_alone}
    first, last = min(polls), max(polls)
    digests = set[datetime]()
    for days in range((last.date() - first.date()).days + 1):
        day = first.date() + timedelta(days=days)
        if day.weekday() in config.schedule.weekdays:
            digests.add(datetime.combine(day, config.schedule.digest_time, config.zone))
    return sorted(polls | digests)
