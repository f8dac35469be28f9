"""What a line with a person's name looks like: given names of the people here, initials, titles, display names."""

from __future__ import annotations

import re
import unicodedata

_GIVEN = """
    ada adam adela adrian adrianna aga agata agnieszka ala albert aldona aleks aleksander aleksandra alfred
    alicja alina alojzy amelia anastazja andrzej andżelika aneta anetta angelika ania anita anka anna anne antek
    antoni antonina arek arkadiusz artur asia augustyn balbina barbara bartek bartosz bartłomiej basia beata
    benedykt bernadeta bernard blanka bogdan bogna bogumiła bogusia bogusław bogusława bolesław bożena bożenka
    bronisław bronisława bruno brygida błażej cecylia celina cezary czesław czesława dagmara damian daniel danka
    danuta darek daria dariusz david dawid diana dominik dominika donata dorota edmund edward edyta ela eliza
    elwira elżbieta emil emilia emma ernest eryk eugenia eugeniusz ewa ewelina fabian felicja feliks filip
    florian franciszek franek gabriel gabriela genowefa gerard gosia grażyna grzegorz grzesiek gustaw halina
    hania hanka hanna helena henryk henryka honorata hubert iga ignacy igor ilona irek irena ireneusz irmina iwo
    iwona iza izabela jacek jadwiga jagoda jakub james jan janek janina janusz jarek jarosław jasiek jeremi
    jerzy joanna john jola jolanta julia julian julita julka jurek justyna józef józefa jędrzej kacper kaja
    kajetan kalina kamil kamila karina karol karolina kasia kasper katarzyna kazia kazimiera kazimierz kinga
    klara klaudia kleofas konrad kornel krystian krystyna krzysiek krzysztof ksawery kuba laura lech lena
    leokadia leon leonard leszek lidia liliana longina lucjan lucyna ludwik ludwika luiza maciej maciek magda
    magdalena maja maks maksymilian marcel marcin marcjanna marek maria marian marianna mariola mariusz mark
    marlena marta martyna mary maryla marysia marzena mateusz matylda małgorzata małgosia mela melania michael
    michalina michał mieczysław mieczysława mikołaj milena mira mirela mirka mirosław mirosława miłosz monika
    nadia natalia natasza nela nikodem nina norbert oktawia ola olaf olga olgierd oliwia oliwier oskar otylia
    patrycja patryk paul paulina paweł peter piotr piotrek przemek przemysław radek radosław rafał regina
    remigiusz renata robert roksana roman romuald rozalia rysiek ryszard sabina samuel sandra sarah sebastian
    seweryn stanisław stanisława stasia staszek stefan stefania sylwester sylwia szczepan szymon sławek sławomir
    tadek tadeusz tamara tatiana teodor teresa thomas tola tomasz tomek tosia tymon tymoteusz ula urszula wacław
    wacława waldek waldemar walentyna wanda weronika wiesia wiesław wiesława wiktor wiktoria wiola wioletta
    witek witold wojciech wojtek władysław władysława włodek włodzimierz zbigniew zbyszek zdzisław zdzisława
    zenon zofia zosia zuza zuzanna zygmunt łucja łukasz żaneta александр андрій анна богдан василь вікторія
    галина ганна дмитро катерина леся людмила марина марія микола михайло надія наталія оксана олег олександр
    олена ольга петро світлана сергій софія тарас тетяна юлія юрій ірина
"""
_LETTER = "A-ZĄĆĘŁŃÓŚŹŻÄÖÜÉÁÍІЇЄҐА-Я"
_TITLE = (
    r"(?:(?:dr|mgr|inż|prof|ks|lek|hab|s|o|dh|phm|pwd|hm|mec|p|red|płk)\.?\s+|(?:druh|druhna|ksiądz|siostra)\s+){0,3}"
)
_WORD = rf"[{_LETTER}][\w'’]{{0,30}}(?:-[{_LETTER}][\w'’]{{0,30}})?\.?"
_NAME = re.compile(rf"^{_TITLE}{_WORD}(?:\s+(?:i\s+|and\s+|und\s+|та\s+)?{_WORD}){{0,4}}$")
_INITIALS = re.compile(rf"^[/(]?[{_LETTER}]\.\s?(?:[{_LETTER}]\.?)?[/)]?$|^/[{_LETTER}]{{1,3}}/$")
_AFTER_NAME = re.compile(rf"\s*[,/|(–—]\s*|\s+-\s+|\s+(?:z|ze)\s+(?=[{_LETTER}„\"])")
_BODY = re.compile(
    r"\b(fundac|pracowni|inicjatyw|redakcj|teatr|stowarzysz|stow\.|towarzyst|tow\.|klub|ko[łl]o\b|zwi[ąa]z|parafi|zesp[óo][łl]|grupa|uks\b|ngo\b"
    r"|sp[óo][łl]dzieln|ch[óo]r\b|teatr|hufiec|szczep\b|zarz[ąa]d|biuro|sekretariat|dzia[łl]\b|wydzia[łl]|urz[ąa]d"
    r"|dom\b|centrum|o[śs]rodek|rada\b|komitet|federac|porozumien|szko[łl]a|instytut|bractwo|kolektyw|spo[łl]ka"
    r"|orkiestra|ognisko|uniwersytet|caritas|redakcja|фонд|спілка|об'єднання|association|foundation|society"
    r"|club|choir|center|centre)",
    re.IGNORECASE,
)
_ACT = re.compile(
    r"^(dzie[nń]\b|potwierdz|zg[łl]asz|zg[łl]osz|obecn|udzia[łl]|uczest|b[ęe]d[ęz]|przyjd|przyb[ęe]d|rezyg|zapis|pros[zi]|dzi[ęe]k|popier"
    r"|delegac|lista\b|sk[łl]ad\b|reprezent|przedstaw|dopis|wpis|odwo[łl]|tak\b|nie\b|ok\b|zgoda|za\b|plus\b|wniosk"
    r"|propo|postul|szanow|pan[iu]?\b|panowie|drog[ai]|dobry|witam)",
    re.IGNORECASE,
)


def folded(text: str) -> str:
    """Return *text* in lower case without diacritics, for comparison."""
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("ł", "l")
    return "".join(character for character in plain if not unicodedata.combining(character))


_FOLDED = frozenset(folded(_GIVEN).split())


def is_body(line: str) -> bool:
    """Tell whether a line names an organisation or a part of one."""
    return bool(_BODY.search(line))


def is_person(text: str, author: frozenset[str] = frozenset()) -> bool:
    """Tell whether *text* is a person's name and nothing else; *author* holds the folded words of the sender's own."""
    text = text.strip(" *,;")
    if not text or len(text) > 70 or _ACT.match(text) or is_body(text):
        return False
    if _INITIALS.match(text):
        return True
    words = [folded(word).strip(".") for word in text.split()]
    if len(words) <= 3 and all(len(word) > 2 and word in author for word in words):
        return True
    if not _NAME.match(text):
        return _shouted(text, words)
    return (len(words) > 1 and not text.isupper()) or any(word in _FOLDED for word in words)


def _shouted(text: str, words: list[str]) -> bool:
    """Tell whether a name is written all in small letters, as hasty people do."""
    return text.islower() and 1 <= len(words) <= 2 and words[0] in _FOLDED


def signs(line: str, author: frozenset[str] = frozenset()) -> bool:
    """Tell whether a line begins with the name of one person, alone or with what that person is."""
    line = line.strip(" *_")
    if not line or len(line) > 100 or line.endswith(("?", "!", ":", ";")):
        return False
    parts = [part.strip() for part in _AFTER_NAME.split(line) if part.strip()]
    if not parts or not is_person(parts[0], author):
        return False
    return not any(is_known(part) for part in parts[1:3])


def is_act(line: str) -> bool:
    """Tell whether a line begins with a word of coming, sending or addressing rather than with a name."""
    return bool(_ACT.match(line.strip()))


def head_of(line: str) -> str:
    """Return what stands before the first comma, dash or bracket: the name, where a line is signed with one."""
    return next((part for part in _AFTER_NAME.split(line.strip(" *_")) if part.strip()), "")


def is_known(text: str) -> bool:
    """Tell whether *text* is a person's name that begins with a given name or an initial."""
    first = folded(text.strip(" *,;").split()[0]).strip(".") if text.strip(" *,;") else ""
    return is_person(text) and (first in _FOLDED or len(first) == 1)


def words_of(author: str) -> frozenset[str]:
    """Return the folded words of a display name, for ``signs``."""
    return frozenset(re.findall(r"[^\W\d_]{2,}", folded(author[:200])))
