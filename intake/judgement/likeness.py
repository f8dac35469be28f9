"""How alike two letters are: by the runs of words that they share, told from short signatures [rensa].

A campaign's letters are one text under many names, with a sentence added here and there. Each letter is cut into runs
of four words; of these a MinHash signature is kept, whose share of equal numbers estimates the share of equal runs
(Broder, 1997). Equal stretches of signatures, the bands, bring the few candidates together without comparing all pairs.
Pure.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

from rensa import RMinHash

from intake.judgement.sentences import sentences, words

ALIKE = 0.55  # share of equal runs from which two letters are of one campaign
FEWEST = 25  # words; a shorter letter says what many say by themselves
_RUN = 4  # words
_NUMBERS, _BANDS = 128, 32
_ROWS = _NUMBERS // _BANDS
_READ = 20_000  # characters
_SEED = 20230713  # of the signatures on record: never another one


def signature(own: str) -> tuple[int, ...] | None:
    """Return the signature of the sender's *own* words; None where they are too few."""
    said = words(own[:_READ])
    if len(said) < FEWEST:
        return None
    sketch = RMinHash(num_perm=_NUMBERS, seed=_SEED)
    sketch.update([" ".join(said[place : place + _RUN]) for place in range(len(said) - _RUN + 1)])
    return tuple(sketch.digest())


def bands(of: Sequence[int]) -> tuple[str, ...]:
    """Return the names of the bands of a signature: letters that are alike share one of them, nearly surely."""
    return tuple(
        hashlib.blake2b(
            struct.pack(f">{_ROWS + 1}I", band, *of[band * _ROWS : (band + 1) * _ROWS]), digest_size=8
        ).hexdigest()
        for band in range(_BANDS)
    )


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the estimated share of equal runs, from 0 to 1."""
    return sum(first == second for first, second in zip(one, other, strict=True)) / len(one)


def packed(of: Sequence[int]) -> bytes:
    """Return a signature as it is kept."""
    return struct.pack(f">{len(of)}I", *of)


def unpacked(kept: bytes) -> tuple[int, ...]:
    """Return a signature that was kept."""
    return struct.unpack(f">{len(kept) // 4}I", kept)


def added(own: str, template: str) -> str:
    """Return the sentences of *own* that *template* does not hold: what its sender added."""
    known = {sentence.words for sentence in sentences(template[:_READ])}
    return " ".join(sentence.text.strip() for sentence in sentences(own[:_READ]) if sentence.words not in known)
