"""Companions whom no list names, known by how the word ends: "z puzonistą", "ja, choreografka i radca".

Polish says whom one comes with by "z" and the instrumental, and what somebody does by a handful of endings. What is
brought or felt rather than accompanied ("z przyjemnością", "z laptopem") is left out by its ending or by name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from intake.judgement.clues import Clues

_WITH = frozenset({"z", "ze", "wraz", "razem", "towarzystwie", "asyscie"})
_INSTRUMENTAL = re.compile(r"[^\W\d_]{2,}(?:ą|em)")
_AND = frozenset({"i", "oraz"})
_PREPOSITIONS = frozenset(
    {"na", "w", "we", "do", "od", "przy", "po", "o", "u", "dla", "pod", "nad", "za", "bez", "przez"}
)
_MODIFIES = re.compile(
    r"(?:jej|jego|ich|nasz|moj|mój|swoj|swój)\w{0,3}|[^\W\d_]{2,}(?:ym|im|ą|ej)|jednym|jedną|panem|panią|p"
)
_FELT = re.compile(  # abstract nouns: "z radością", "z delegacją", "z opóźnieniem"
    r"(?:osci|cj|sj|zj|ni|ci|izm|yzm|tor|stw|dztw|ctw|zj|ji|ni|ieni|sk|unk|ek|ink|otk|adk|atk|usz|tw|lg|wag|ul|ur|og|ag|eg|ig|ic)"
    r"(?:a|em)$|(?:trojk|czworkk?|piatk|dwojk|ktor|nazwiski|petl|lodowk|termos|balkoniki|kulami|przyczep|mikrofon|dyktafon|kamer|statyw|skrzyn|paczk|gazet|teczk|bander|tablet|kronik)(?:a|em)$"
)
_AGENT = re.compile(
    r"[^\W\d_]{2,}(?:(?:ist|yst)(?:a|e|y|ka|ke|ki)|(?:arz|mistrz|log|graf|or|ciel|ant|ent|wiec)(?:a|em|owi)?|"
    r"(?:ark|lozk|grafk|ork|elk|antk|entk|nik|nic|wc|dc)(?:a|e|ki)|nik|czyni)"
)
_NO_AGENTS = frozenset(
    (
        *(
            "wieczor",
            "wybor",
            "wieczora",
            "pobor",
            "dozor",
            "opor",
            "autor",
            "monitor",
            "projektor",
            "procent",
            "moment",
        ),
        *("dokument", "argument", "segment", "prezent", "kontynent", "fragment", "instrument", "element", "wariant"),
        *(
            "zalacznik",
            "wynik",
            "czynnik",
            "pomnik",
            "dziennik",
            "wskaznik",
            "piknik",
            "cennik",
            "podrecznik",
            "wtorek",
        ),
        *("kalendarz", "komentarz", "cmentarz", "formularz", "egzemplarz", "korytarz", "inwentarz", "scenariusz"),
        *("katalog", "dialog", "prolog", "epilog", "hotel", "lista", "listy", "liste", "dworzec", "koniec", "marzec"),
        *("lipiec", "czerwiec", "grudzien", "rower", "honor", "tabor", "sektor", "traktor", "kontakt", "komputer"),
        *(
            "ulica",
            "ulice",
            "tablica",
            "tablice",
            "dzielnica",
            "dzielnice",
            "swietlica",
            "swietlice",
            "stolica",
            "granica",
        ),
        *("granice", "roznica", "roznice", "obietnica", "okolica", "okolice", "spoldzielnia", "technika", "technike"),
        *("polityka", "polityke", "komunikat", "rynek", "polka", "szkolka", "kolejka", "kultura", "wlasnie", "obecnie"),
        *("pomylka", "pomylke", "pilka", "polka", "butelka", "szkatulka", "belka", "modelka", "karuzelka", "emerytura"),
        *("dziewiec", "ktora", "ktore", "ktory", "ktorej", "zaloga", "zaloge", "lodowce", "notatnik", "mnostwo"),
        *("wiec", "albo", "tylko", "chwilka", "chwilke", "tabelka", "tabelke", "wielka", "wszelka", "kilka", "butelka"),
        *("pracownica", "rocznica", "rocznice", "tajemnica", "rocznik", "porzadek", "przystanek", "przyczepka"),
        *("poczta", "praktyka", "statystyka", "turystyka", "logistyka", "muzyka", "fabryka", "przedstawiciel"),
    )
)
_NOT_WITH = frozenset(
    (
        *("gory", "psem", "kotem", "wozkiem", "laptopem", "sernikiem", "ciastem", "plackiem", "kolaczem", "chlebem"),
        *("cukrem", "mlekiem"),
        *("tematem", "programem", "problemem", "terminem", "wnioskiem", "postulatem", "projektem", "apelem", "planem"),
        *("powodem", "dniem", "czasem", "rokiem", "poczatkiem", "koncem", "usmiechem", "szacunkiem", "respektem"),
        *("bogiem", "urzedem", "miastem", "biurem", "bagazem", "plecakiem", "rowerem", "autem", "samochodem", "busem"),
        *("sprzetem", "aparatem", "namiotem", "sztandarem", "bagazem", "adresem", "numerem", "mailem", "telefonem"),
        *(
            "puzonem",
            "akordeonem",
            "instrumentem",
            "tata",
            "gora",
            "prosba",
            "uwaga",
            "mysla",
            "mowa",
            "karta",
            "lista",
        ),
        *("laska", "kawa", "herbata", "woda", "duma", "checia", "nadzieja", "tresc", "trescia", "grupa", "ekipa"),
        *("rada", "sprawa", "oferta", "umowa", "faktura", "ulotka", "mapa", "strona", "kasa", "tym", "czym", "kim"),
        *("przyczepa", "winda", "rampa", "droga", "praca", "firma", "data", "godzina", "gmina", "kropka", "zgoda"),
        *("obawa", "rezerwa", "pompa", "pieczatka", "legitymacja", "uchwala", "zasada", "glowa", "reka", "noga"),
        *(
            "calym",
            "panem",
            "pania",
            "soba",
            "toba",
            "ktora",
            "swoja",
            "moja",
            "nasza",
            "jedna",
            "druga",
            "taka",
            "cala",
        ),
        *(
            "wlasna",
            "pewnoscia",
            "wzajemnoscia",
            "mna",
            "nia",
            "nim",
            "nami",
            "wami",
            "nimi",
            "sentymentem",
            "spokojem",
        ),
        *("apetytem", "przekonaniem", "bolem", "sercem", "zalem", "rozpedem", "humorem", "entuzjazmem", "honorem"),
    )
)


def guesses(told: Sequence[str], folded: Sequence[str], parted: Collection[int], clues: Clues) -> Iterator[int]:
    """Return the places of words that by their ending are companions.

    *told* are the words as written, *parted* the places before which a comma or a colon stands.
    """
    for place, word in enumerate(told):
        if _accompanies(told, folded, place, clues) or (word.islower() and _works(told, folded, parted, place, clues)):
            yield place


def _accompanies(told: Sequence[str], folded: Sequence[str], place: int, clues: Clues) -> bool:
    word = told[place].lower()
    if (
        not word.endswith(("ą", "em"))
        or not _INSTRUMENTAL.fullmatch(word)
        or folded[place] in _NOT_WITH
        or _FELT.search(folded[place])
    ):
        return False
    if clues.heads.fullmatch(folded[place]):
        return False
    after = told[place + 1].lower() if place + 1 < len(told) else ""
    if word.endswith("ą") and _INSTRUMENTAL.fullmatch(after) and after.endswith("ą") and told[place + 1].islower():
        return False  # an adjective before its noun
    if place and _INSTRUMENTAL.fullmatch(told[place - 1].lower()) and _FELT.search(folded[place - 1]):
        return False  # "z komisją rewizyjną"
    if _before(told, place) in _WITH:
        return True
    linked = _before(told, place) in _AND  # "z córką i jej chłopem"
    return linked and bool(_WITH & set(folded[max(0, place - 6) : place]))


def _before(told: Sequence[str], place: int) -> str:
    """Return the word before the one at *place* and before what describes it."""
    at = place - 1
    while at >= 0 and place - at <= 2 and _MODIFIES.fullmatch(told[at].lower()):
        at -= 1
    return told[at].lower() if at >= 0 else ""


def _works(told: Sequence[str], folded: Sequence[str], parted: Collection[int], place: int, clues: Clues) -> bool:
    word = folded[place]
    if len(word) < _SHORTEST or not _is_introduced(told, folded, parted, place, clues):
        return False
    return _AGENT.fullmatch(word) is not None and word not in _NO_AGENTS and not clues.heads.fullmatch(word)


def _is_introduced(
    told: Sequence[str], folded: Sequence[str], parted: Collection[int], place: int, clues: Clues
) -> bool:
    """Tell whether a comma, a link or a verb of bringing leads to the word at *place*."""
    if place and folded[place - 1] in _PREPOSITIONS:
        return False
    if place in parted or (place - 1 in parted and _MODIFIES.fullmatch(told[place - 1].lower())):
        return True
    before = folded[max(0, place - 2) : place]
    linked = bool(clues.links & set(before))
    if clues.writer & set(before) and not linked:
        return False  # "ja, stary hodowca"
    return linked or any(clues.bringing.find(before))


_SHORTEST = 4  # letters
