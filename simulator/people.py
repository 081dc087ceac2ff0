"""Invented people from everywhere; addresses end in example domains, numbers come from ranges kept for fiction."""

import unicodedata
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Person:
    """A name and how to reach it; `first` may be empty, e-mail and phone may be missing."""

    first: str
    last: str
    country: str
    language: str
    email: str | None = None
    phone: str | None = None


# Country and language; first names; last names.
_PLACES = """
GB en; Harriet, Oliver, Imogen, Callum; Thornbury, Ashcroft, O'Connor, Penhaligon
GB en; Freya, Alistair, Maeve, Rhys; D'Arcy, Blackwood, Wren
US en; Madison, Caleb, Savannah, Theodore; Callahan, Whitfield, Hargrove, McAllister
US en; Naomi, Wyatt, Josephine; Delacroix, Vance, Okafor-Reed
IE en; Aoife, Ciarán, Saoirse; O'Sullivan, Ní Bhriain, Mac Giolla Phádraig
IE en; Tadhg, Niamh; Ó Dálaigh, Kavanagh
DE de; Jürgen, Käthe, Sören, Greta; Müller, Großmann, Weiß, Strauß
DE de; Matthias, Annegret, Björn; Schröder, Köhler, Hübner, Vogel
AT de; Leopold, Zenzi, Ägidius, Theresia; Hölzl, Grießer, Pöchlarn, Moser
FR fr; Élodie, Benoît, Chloé, Gaël; Lefèvre, D'Aubigné, Beauchêne
FR fr; Maëlle, Théo, Françoise; Garçon, Noël, Île-Fournier
ES es; José María, Begoña, Íñigo; García Lorca, Núñez de Balboa, Muñoz Peña
ES es; Lucía, Raúl, Nuria; Fernández de la Vega, Ibáñez Ortuño, Zúñiga Ríos
PT pt; João, Inês, Gonçalo, Conceição, Tomás; Magalhães, Simões, Araújo, Brandão, Sequeira
IT it; Niccolò, Chiara, Mattia, Ludovica, Pasquale; D'Angelo, De Luca, Conti, Lo Presti, Bellucci
PL pl; Łukasz, Zofia, Michał; Łukasiewicz, Wójcik, Dąbrowska
PL pl; Agnieszka, Stanisław; Żółkiewski, Śliwa
CZ cs; Jiří, Anežka, Ondřej, Božena; Dvořák, Růžičková, Šťastný, Příhoda
DK da; Søren, Åse, Mads, Kjærsti, Asbjørn; Sørensen, Møller, Kjær, Ørsted, Bødker
SE sv; Åsa, Göran, Linnéa, Björn, Märta; Sjöberg, Åkesson, Lindqvist, Öberg, Hägglund
NO no; Øyvind, Solveig, Håkon, Ragnhild; Bjørnstad, Ødegård, Håland, Sæther
FI fi; Päivi, Väinö, Aino, Jyrki, Tuulikki; Mäkelä, Hämäläinen, Virtanen, Yli-Kärkkäinen, Öhman
IS is; Guðrún, Þórður, Sigríður; Þórðardóttir, Sigurðsson, Ægisson
HR hr; Đurđa, Željko, Nikša; Đurić, Šimić, Babić-Žagar
RO ro; Ștefan, Ioana, Răzvan; Țepeș, Ionescu, Brâncuș
HU hu; Zsófia, Gergő, Örs; Szűcs, Kőszegi, Nagy
TR tr; Ayşe, Çağlar, İpek, Oğuz; Yılmaz, Çelik, Şahin, Gökçe
GR el; Ελένη, Γιώργος; Παπαδόπουλος, Νικολάου
UA uk; Оксана, Тарас; Шевчук, Коваленко
JP ja; 陽菜, 大輔, Haruka, Kenji; 佐藤, 高橋, Tanaka, Watanabe
CN zh; 伟, 秀英, Xiaoming, Meilin; 王, 李, 欧阳, Zhang, Ouyang
KR ko; 지훈, 서연, Min-jun; 김, 박, Choi
EG ar; أحمد, فاطمة, Youssef; الشريف, عبد الرحمن, Mansour
LB ar; نور, كريم, Rania; خوري, حداد, Haddad
IL he; נועם, תמר; כהן, לוי
IN en; Ananya, Vikram, Lakshmi, Arjun; Krishnamurthy, Banerjee, Iyer, Singh
VN vi; Đức, Thảo, Minh; Nguyễn, Trần, Phạm
NG en; Chidi, Ngozi, Olúfẹ́mi; Okonkwo, Adéyẹmí, Eze
BR pt; Thiago, Letícia, Caíque; dos Santos, Guimarães, Araújo de Sá
NL nl; Femke, Joost, Anouk; van der Meer, de Vries, Ten Brink, IJzerman
"""

_FICTION = {
    "GB": "+44 7700 900{:03d}",
    "US": "+1 202 555 0{:03d}",
    "DE": "+49 30 23125 {:03d}",
    "SE": "+46 70 174 06 {:02d}",
    "AU": "+61 491 570 {:03d}",
    "FR": "+33 6 39 98 {:02d} 01",
}
_DOMAINS = ("example.org", "example.net", "example.com", "mail.example")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "ð": "d", "þ": "th", "ı": "i"})


def _place(line: str) -> tuple[str, str, list[str], list[str]]:
    spoken, firsts, lasts = line.split("; ")
    country, language = spoken.split()
    return country, language, firsts.split(", "), lasts.split(", ")


_CAST = tuple(_place(line) for line in _PLACES.strip().splitlines())

# People a screen, a search and a sort must cope with; they are always somewhere in the house.
REMARKABLE: tuple[Person, ...] = (
    Person("Łucja", "Żółć-Dąbrowska", "PL", "pl", "lucja.zolc@example.org", "+44 7700 900101"),
    Person("Søren", "Kjærgård", "DK", "da", "soren.kjaergard@example.net", "+44 7700 900102"),
    Person("Đorđe", "Đurđević", "RS", "sr", None, "+44 7700 900103"),
    Person("Jörg", "Weißenfels", "DE", "de", "joerg.weissenfels@example.com", "+49 30 23125 104"),
    Person("María José", "Fernández de Córdoba y Núñez", "ES", "es", "mj.fernandez@example.org", None),
    Person("美咲", "山本", "JP", "ja", "misaki.yamamoto@example.com", None),
    Person("فاطمة الزهراء", "بنت عبد الله", "MA", "ar", None, None),
    Person("Siobhán", "O'Donoghue-D'Souza", "IE", "en", "siobhan.od@example.org", "+44 7700 900105"),
    Person(
        "Maximiliana Alexandrina Theodora",
        "von Hohenlohe-Waldenburg-Schillingsfürst zu Oettingen-Spielberg-Wallerstein",
        "DE",
        "de",
        "maximiliana.hohenlohe@example.net",
        "+49 30 23125 106",
    ),
    Person("", "Sukarnoputro", "ID", "id", "sukarnoputro@example.com", None),
    Person("Li", "Ng", "SG", "en", None, "+44 7700 900107"),
)


def someone(rng: Random) -> Person:
    """A person of any culture; the same draw gives the same person."""
    country, speaks, firsts, lasts = rng.choice(_CAST)
    first, last, digits = rng.choice(firsts), rng.choice(lasts), rng.randint(0, 999)
    email = f"{_address(first, last)}{digits}@{rng.choice(_DOMAINS)}" if rng.random() < 0.9 else None
    return Person(first, last, country, speaks, email, _phone(rng, country, digits))


def _phone(rng: Random, country: str, digits: int) -> str | None:
    if rng.random() < 0.15:
        return None
    shape = _FICTION.get(country, _FICTION["GB"])
    limit = 100 if "{:02d}" in shape else 200 if country == "US" else 1000
    return shape.format(digits % limit)


def _address(first: str, last: str) -> str:
    """An ASCII local part; a name in another script becomes `guest`."""
    folded = unicodedata.normalize("NFKD", f"{first}.{last}".lower().translate(_LETTERS))
    plain = "".join(letter for letter in folded if letter.isascii() and (letter.isalnum() or letter == "."))
    return plain.strip(".") or "guest"
