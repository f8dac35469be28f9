"""What programs and lawyers add below a message: "sent from my phone", advertising, legal notices."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST = 600  # characters of a line that patterns look at
_DEVICE = (
    r"(mojego|mojej|moich|urządz|telefon|smartfon|tablet|komputer|laptop|iphon|ipad|android|galaxy|samsung|huawei|xiaomi"
    r"|motorol|nokia|redmi|poczt|aplikacj|program|outlook|gmail|yahoo|thunderbird|windows|proton|bezpieczn|mobiln|onet"
    r"|wp\b|o2\b|interi|roundcube|mail\b)"
)
_PROGRAM = re.compile(
    r"^[\s*_\-–—<>]{0,6}(wysłan[eoay] ((z|ze|przez) (\w+ ){0,3}?"
    + _DEVICE
    + r"|za pomocą|przy użyciu)[^.?!:,]{0,70}\.?\s*$"
    r"|sent (from|via|with) [^.?!:,]{1,60}\.?\s*$"
    r"|(get|pobierz|uzyskaj) (aplikację |program )?outlook\b.{0,120}$"
    r"|von meinem .{1,60} gesendet\.?\s*$|gesendet (von|mit) [^.?!,]{1,60}\.?\s*$"
    r"|(надіслано|відправлено|отправлено) (з|із|с) [^.?!,]{1,60}\.?\s*$"
    r"|(ta )?wiadomość (e-mail )?(została )?(sprawdzona|przeskanowana|wysłana z " + _DEVICE + r").{0,120}$"
    r"|wolny od wirusów.{0,80}$|virus-free.{0,80}$)",
    re.IGNORECASE,
)
_PERSONAL_DATA = r"\bdan(e|ych|ymi|ym)\b"
_MESSAGE = r"(wiadomoś|korespondenc|poczt|e-?mail|mail|przesyłk|treść)"
_NOTICE = re.compile(
    r"^[\s*_\-–—\[]{0,6}("
    r"(klauzula|nota|zastrzeżenie|uwaga|ważne)\b[\s:,–-]{1,4}.{0,40}(poufno|\brodo\b)"
    r"|klauzula (informacyjna|poufności|rodo)\b|klauzula o ochronie"
    r"|informacj[ae] (rodo|o przetwarzaniu danych|o administratorze|dotycząc\w+ przetwarzania danych)"
    r"|(nota|zastrzeżenie) (prawn|dotyczące poufności)|informacje prawne\s*:?\s*$|disclaimer\b"
    r"|confidentiality notice\b|rodo\s*:|ochrona danych osobowych\s*:"
    r"|(niniejsz\w+|ta|powyższa|(treść|zawartość) (tej|niniejszej)|informacje zawarte w (tej|niniejszej)) "
    + _MESSAGE
    + r".{0,200}(poufn|przeznaczon|adresat|chronion|tajemnic|zastrzeżon)"
    r"|(jeżeli|jeśli) (nie są państwo|nie jesteś|nie jest pan|otrzymał|wiadomość ta).{0,60}(adresat|omyłk|pomyłk|błęd)"
    r"|administratorem (pani|pana|państwa|twoich|danych|podanych|przekazanych).{0,80}"
    + _PERSONAL_DATA
    + r"|administratorem danych osobowych jest\b"
    r"|(zgodnie z|na podstawie) (art|rodo|rozporządzeni).{0,120}(\brodo\b|danych osobowych|2016/679)"
    r"|(pani|pana|państwa|pani/pana)[ /a-ząćęłńóśźż]{0,20} dane osobowe.{0,80}(przetwarz|administr)"
    r"|w związku z (wejściem|rozporządzeniem).{0,80}(\brodo\b|danych osobowych)"
    r"|(pl: ?)?wiadomość (ta |wraz z załącznikami )?"
    r"(może zawierać|jest przeznaczona|zawiera|oraz jej załączniki).{0,80}"
    r"(poufn|chronion|adresat)"
    r"|this (e-?mail|message|communication).{0,120}(confidential|intended (only|solely|for)|privileged)"
    r"|the information (contained )?in this (e-?mail|message)"
    r"|diese (e-?mail|nachricht).{0,120}(vertraulich|bestimmt)"
    r"|це повідомлення.{0,120}(конфіденц|призначен)"
    r"|(przed|zanim) (wydruk|drukow)\w*.{0,60}(pomyśl|zastanów|środowisk)|(pomyśl|zastanów się).{0,30}(wydruk|drukow)"
    r"|(pomyśl|zastanów się|chroń).{0,30}środowisk.{0,60}(wydruk|drukow)"
    r"|please consider the environment)",
    re.IGNORECASE,
)


def is_program_footer(line: str) -> bool:
    """Tell whether a line was added by the program that sent the message, and says nothing else."""
    return bool(_PROGRAM.match(line[:_LONGEST]))


def is_notice(lines: Sequence[str], index: int) -> bool:
    """Tell whether a legal notice begins at a line; it may be wrapped over the next ones."""
    line = lines[index]
    if not line.strip() or (index and lines[index - 1].strip() and not line.lstrip(" *_-–—[")[:1].isupper()):
        return False
    paragraph: list[str] = []
    for following in lines[index : index + 4]:
        if not following.strip():
            break
        paragraph.append(following[:_LONGEST])
    return bool(_NOTICE.match(" ".join(paragraph)[:800]))
