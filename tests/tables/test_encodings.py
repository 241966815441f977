"""The encoding of a file is found from its bytes, also when the file is small."""

# ruff: noqa: RUF001 - letters of many languages.
from __future__ import annotations

from time import monotonic

import pytest

from pyagent.tables.encodings import find_encoding
from pyagent.tables.files import open_file
from tests.support.tables.language_files import LANGUAGES, language_files, long_file

TEXTS = [
    ("utf-8", "name,price\nCafé,2 €\n"),
    ("utf-8-sig", "name,price\nCafé,2 €\n"),
    ("utf-16", "name,price\nCafé,2 €\n"),
    ("utf-16-le", "name,price\nCafé,2 €\n"),
    ("utf-16-be", "a,b\n1,2\n"),
    ("utf-16-le", "姓名,金额\n张三,100\n李四,200\n"),
    ("utf-32", "a,b\nü,2\n"),
    ("cp1252", "name;price\nCafé;2 €\nTea – green;3 €\n"),
    ("cp1252", "a,b\n1,€\n"),
    ("cp1252", "€ – “x”\n"),
    ("cp1252", "Name;Straße;Betrag\nMüller;Hauptstraße 5;1,5\nJäger;Grünweg 2;2,25\n"),
    ("cp1252", "ciudad,año\nMálaga,2020\nCórdoba,2021\n"),
    ("latin-1", "a,b\n007,é\n"),
    ("cp1250", "Jméno;Město\nŘehoř;Plzeň\nVáclav;Pardubice\n"),
    ("cp1250", "imię;kwota\nŁukasz;5\nMałgorzata;7\n"),
    ("cp1250", "név;összeg\nGyőr;5\nErzsébet;2\n"),
    ("cp1251", "Имя;Сумма\nИван;100\nМария;200\n"),
    ("koi8-r", "Имя;Сумма\nИван;100\nМария;200\n"),
    ("cp1253", "Όνομα;Πόλη\nΜαρία;Αθήνα\n"),
    ("cp1254", "şehir;nüfus\nİstanbul;15\nİzmir;4\nEskişehir;1\n"),
    ("shift_jis", "名前,金額\n田中,100\n鈴木,200\n"),
    ("shift_jis", "カテゴリ,値\nりんご,3\n"),
    ("gb18030", "姓名,金额\n张三,100\n李四,200\n"),
    ("gb18030", "日期,销售额,地区\n2024-01-01,5,华东\n"),
    ("big5", "姓名,金額\n張三,100\n李四,200\n"),
    ("euc_kr", "이름,금액\n김철수,100\n"),
    ("mac_roman", "Café;2\nMüller;3\n"),
    ("cp850", "Café;2\nMüller;3\n"),
    ("cp1252", "id,nom\n1,Hélène\n2,François\n"),
    ("cp1252", "x\n50 £\n"),
    ("cp1252", "Länder;Fläche\nÖsterreich;83\nSüdtirol;7\n"),
    ("cp1252", "navn,by\nSøren,Århus\nBjørn,Tromsø\n"),
    ("cp1252", "produto,preço\nMaçã,2\nPão,1\n"),
    ("cp1252", "temp\n20°C\n"),
    ("cp1252", "città,così\nForlì,è\n"),
    ("cp1252", "He said “no” – it’s\n"),
    ("cp1252", "ä\n"),
    ("cp1252", "LÄNDER;GRÖSSE\nÖSTERREICH;1\n"),
    ("cp1250", "město,počet\nČeské Budějovice,3\nŽďár,2\n"),
    ("cp1250", "miasto;liczba\nŁódź;700\nPoznań;500\nGdańsk;400\n"),
    ("cp1250", "Ime;Grad\nŽeljko;Šibenik\nĐorđe;Čačak\n"),
    ("cp1250", "település;lakos\nPécs;1\nSzűcs Ödön;2\n"),
    ("cp1251", "город,население\nМосква,12\nСанкт-Петербург,5\n"),
    ("cp1251", "МОСКВА;1\n"),
    ("koi8-r", "город,население\nМосква,12\nКазань,1\n"),
    ("cp1253", "πόλη,πληθυσμός\nΘεσσαλονίκη,1\n"),
    ("cp1254", "ad,soyad\nÇağrı,Yıldız\nGökşen,Öztürk\n"),
    ("shift_jis", "都道府県,人口\n東京都,1400\n大阪府,880\n"),
    ("shift_jis", "商品名;価格\nノート;100円\n"),
    ("gb18030", "产品,价格,数量\n苹果,5.5,10\n香蕉,3.2,20\n"),
    ("gb18030", "省份\n广东\n"),
    ("big5", "產品,價格\n蘋果,5\n香蕉,3\n"),
    ("euc_kr", "제품,가격\n사과,1000\n"),
    ("euc_jp", "商品,価格\nりんご,100\nみかん,50\n"),
    ("mac_roman", "nom,ville\nHélène,Orléans\n"),
    ("cp850", "Straße;Größe\nMüller;5\n"),
    ("cp1252", "name\nJosé Muñoz\nBeyoncé\nZoë\n"),
    ("cp1252", "Preis in €;Menge\n5;1\n"),
]


@pytest.mark.parametrize(("encoding", "text"), TEXTS)
def test_text_is_read_in_its_encoding(encoding: str, text: str) -> None:
    data = text.encode(encoding)
    found = find_encoding(data)
    assert found is not None
    assert data.decode(found.name) == text


@pytest.mark.parametrize(("encoding", "text"), TEXTS)
def test_late_letters_count_too(encoding: str, text: str) -> None:
    text = "plain,line\n" * 20_000 + text
    data = text.encode(encoding)
    found = find_encoding(data)
    assert found is not None
    assert data.decode(found.name) == text


@pytest.mark.parametrize(("encoding", "text"), TEXTS)
def test_long_lines_are_read_too(encoding: str, text: str) -> None:
    text = "plain " * 5_000 + text.replace("\n", " ") * 300
    data = text.encode(encoding)
    found = find_encoding(data)
    assert found is not None
    assert data.decode(found.name) == text


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 5_000_000 + b"\n\xe9\n",
        b"x" * 5_000_000 + b"\xe9",
        b"\xe9 " * 2_500_000,
        b"\xe9" * 5_000_000,
        b"\xe9\n" * 2_500_000,
    ],
    ids=["line before", "end of a line", "words", "run", "lines"],
)
def test_finding_an_encoding_is_linear(data: bytes) -> None:
    started = monotonic()
    find_encoding(data)
    assert monotonic() - started < 3


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff\xfe",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x03\x20\x00\x00\x02\x58",
        bytes(range(256)) * 4,
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(200, 256)) * 20,
        b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 50,
    ],
)
def test_bytes_that_are_no_text_have_no_encoding(data: bytes) -> None:
    assert find_encoding(data) is None


def test_a_few_bad_bytes_do_not_change_the_encoding() -> None:
    data = "Müller, Jäger, Größe, Käse, Öl, Übung, Straße\n".encode() * 3 + b"caf\xe9\n"
    found = find_encoding(data)
    assert found is not None
    assert (found.name, found.errors) == ("utf-8", "replace")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_that_is_cut_within_a_character_keeps_its_encoding(encoding: str) -> None:
    found = find_encoding("name,price\ntea,2\n".encode(encoding)[:-1])
    assert found is not None
    assert (found.name, found.errors) == (encoding, "replace")


def test_empty_file_is_text() -> None:
    found = find_encoding(b"")
    assert found is not None
    assert found.name == "utf-8"


PAIRS = [(name, encoding) for name, known in LANGUAGES.items() for encoding in known["encodings"]]


@pytest.mark.parametrize(("language", "encoding"), PAIRS)
@pytest.mark.parametrize("part", ["tune", "held_out"])
def test_long_files_of_every_language_are_read(language: str, encoding: str, part: str) -> None:
    file = long_file(part, language, encoding)
    found = find_encoding(file.data)
    assert found is not None
    assert file.data.decode(found.name) == file.text
    assert not found.rivals


@pytest.mark.parametrize("part", ["tune", "held_out"])
def test_files_of_four_to_six_lines_are_read(part: str) -> None:
    wrong, silent = [], []
    for file in language_files(part, 6):
        if file.text.count("\n") < 4:
            continue
        found = find_encoding(file.data)
        if found is None or file.data.decode(found.name) != file.text:
            wrong.append((file.language, file.encoding, found))
            others = found.rivals if found else ()
            if file.text not in [file.data.decode(name, "replace") for name in others]:
                silent.append(wrong[-1])
    assert len(wrong) <= 1
    assert not silent


@pytest.mark.parametrize(("part", "lines"), [("held_out", 1), ("held_out", 2)])
def test_single_lines_are_mostly_read_and_doubts_are_told(part: str, lines: int) -> None:
    files = list(language_files(part, lines))
    wrong = silent = 0
    for file in files:
        found = find_encoding(file.data)
        assert found is not None
        if file.data.decode(found.name, "replace") != file.text:
            wrong += 1
            others = [file.data.decode(name, "replace") for name in found.rivals]
            silent += file.text not in others
    assert wrong < 0.05 * len(files)
    assert silent < 0.01 * len(files)


def test_doubt_about_the_encoding_is_told() -> None:
    file = open_file("t.csv", "Nîmes,1\n".encode("cp850"))
    (told,) = file.remarks()
    assert told.startswith("encoding guessed: ")
    assert "also possible: " in told
    assert "cp850" in told


def test_a_byte_outside_the_sample_is_told_and_changes_nothing_else() -> None:
    russian = long_file("tune", "Russian", "cp1251", lines=3_000).data
    lines = russian.split(b"\n")
    lines[1_500] = b"1500;\x98\xa4\xa2;5"
    found = find_encoding(b"\n".join(lines))
    assert found is not None
    assert (found.name, found.errors) == ("cp1251", "replace")
    assert found.remarks()[1:2] == ["some bytes are not cp1251 and read as �"]
    lines[1_500] = "1500;Нижний Новгород;5".encode("cp866")
    found = find_encoding(b"\n".join(lines))
    assert found is not None
    assert found.name == "cp1251"
    assert found.remarks()[1:] == ["line 1,501 may be in another encoding"]
