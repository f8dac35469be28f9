"""What a clerk writes down of a message: the door to the modules that find it."""

from __future__ import annotations

from intake.judgement.contact import needs, phone
from intake.judgement.organisation import organisation
from intake.judgement.people import Counted, People, counted, people
from intake.judgement.topics import topics

__all__ = ["Counted", "People", "counted", "needs", "organisation", "people", "phone", "topics"]
