from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from wenmai.core.errors import DataError, UnknownChoiceError, UsageError
from wenmai.data.files import bare, ending, examine, guess, open_bytes

CHINESE = "这家酒店的服务非常好，房间也很干净。\n早餐的品种太少了，下次不会再来。\n"


def put(folder: Path, content: bytes, name: str = "data.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("encoded", "encoding"),
    [
        (CHINESE.encode("utf-8"), "utf-8"),
        (b"plain ascii\n", "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8-sig"),
        (CHINESE.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be"), "utf-16"),
        (CHINESE.encode("utf-32"), "utf-32"),
        (("a,b\n" + CHINESE).encode("utf-16-le"), "utf-16-le"),
        (("text,label\nhello,1\n" * 5).encode("utf-16-be"), "utf-16-be"),
        (CHINESE.encode("gb18030"), "gb18030"),
        ((CHINESE * 3 + "這間酒店\n").encode("gb18030"), "gb18030"),
        (("plain\n" * 60000 + CHINESE).encode("gb18030"), "gb18030"),
        ("Das Größte für schöne Mädchen\n".encode("latin-1") * 20, "cp1252"),
        ("Le café est très agréable, la crème brûlée à côté.\n".encode("cp1252") * 30, "cp1252"),
        ("Привет, как дела? Это обычный текст.\n".encode("cp1251") * 20, "cp1251"),
        ("這間酒店環境和服務態度亦算不錯\n".encode("big5") * 20, "big5"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, encoded: bytes, encoding: str) -> None:
    file = examine(put(tmp_path, encoded))
    assert file.encoding == encoding
    with file.open() as text:
        assert text.read() == encoded.decode(encoding)


def test_a_named_encoding_wins(tmp_path: Path) -> None:
    path = put(tmp_path, "naïve\n".encode())
    assert list(examine(path, "latin-1").lines()) == ["naÃ¯ve"]
    assert examine(path, "latin-1").note == "Encoding latin-1, as asked"


def test_a_mark_is_skipped_when_utf8_is_named(tmp_path: Path) -> None:
    assert list(examine(put(tmp_path, "名\n".encode("utf-8-sig")), "utf8").lines()) == ["名"]


def test_utf16_without_a_mark_may_be_named(tmp_path: Path) -> None:
    assert list(examine(put(tmp_path, "很好\n".encode("utf-16-le")), "utf-16").lines()) == ["很好"]
    assert list(examine(put(tmp_path, "很好\n".encode("utf-16")), "utf-16").lines()) == ["很好"]


def test_an_unknown_encoding_is_refused_with_names(tmp_path: Path) -> None:
    with pytest.raises(UnknownChoiceError, match="unknown encoding 'gb18031'. Did you mean 'gb18030'"):
        examine(put(tmp_path, b"a"), "gb18031")


@pytest.mark.parametrize("name", ["rot13", "base64"])
def test_a_codec_that_is_no_text_encoding_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownChoiceError, match="unknown encoding"):
        examine(put(tmp_path, b"a"), name)


def test_only_line_feeds_end_lines(tmp_path: Path) -> None:
    path = put(tmp_path, "a\x85b\u2028c\x0bd\x0ce\x1cf\n\r\ng\r\nh\ri".encode())
    assert list(examine(path).lines()) == ["a\x85b\u2028c\x0bd\x0ce\x1cf", "", "g", "h\ri"]


def test_bare_takes_off_one_end_only() -> None:
    assert [bare(line) for line in ("a\n", "a\r\n", "a", "a\r", "a\n\n", "")] == ["a", "a", "a", "a\r", "a\n", ""]


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.csv: there is no such file\. Check the path\.") as caught:
        examine(tmp_path / "none.csv")
    assert caught.value.exit_code == 2


def test_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.txt: the file is empty\. Give a file with at least two labelled rows"):
        examine(put(tmp_path, b""))


def test_an_empty_gzip_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the file is empty"):
        examine(put(tmp_path, gzip.compress(b""), "data.csv.gz"))


def test_a_gz_that_is_not_gzip(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.csv\.gz: the name ends in \.gz but the content is not gzip"):
        examine(put(tmp_path, b"text,label\n", "data.csv.gz"))


@pytest.mark.parametrize("cut", [-1, -8, -300])
def test_a_gz_cut_short(tmp_path: Path, cut: int) -> None:
    whole = gzip.compress(bytes(range(33, 127)) * 5000 + b"\n", mtime=0)
    with pytest.raises(DataError, match=r"data\.csv\.gz: the gzip file is damaged or cut short"):
        examine(put(tmp_path, whole[:cut], "data.csv.gz"))


def test_a_gz_with_damaged_content(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(b"some text that is long enough\n" * 100))
    whole[15] ^= 0xFF
    with pytest.raises(DataError, match="damaged or cut short|not gzip"):
        examine(put(tmp_path, bytes(whole), "data.csv.gz"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the file cannot be read: is a directory"), open_bytes(tmp_path):
        pass


def test_nul_bytes_name_their_place(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.txt:3:4: a NUL byte, which no text contains\. Remove it"):
        examine(put(tmp_path, "一\n二\nabc\0d\n".encode()))


def test_bad_bytes_in_utf8_name_their_place(tmp_path: Path) -> None:
    content = CHINESE.encode() * 3 + "好的".encode() + b"\xff\xfe" + "坏\n".encode() + CHINESE.encode()
    with pytest.raises(DataError) as caught:
        examine(put(tmp_path, content))
    message = str(caught.value)
    assert "data.txt:7:3: bytes ff are not UTF-8, as nearly all of the file is." in message
    assert "Name the file's encoding (--encoding gb18030, for one), or correct these bytes" in message


def test_bad_bytes_far_into_a_file_are_found(tmp_path: Path) -> None:
    content = ("好的，明白了。\n" * 80_000).encode() + b"\x81\n"
    with pytest.raises(DataError, match=r"data\.txt:80001:1: bytes 81 are not UTF-8"):
        examine(put(tmp_path, content))


def test_a_character_cut_at_the_end_is_bad(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.txt:3:1: bytes e5 a5 are not UTF-8"):
        examine(put(tmp_path, CHINESE.encode() + "好".encode()[:2]))


def test_bytes_that_a_named_encoding_has_not(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.txt:2:2: bytes 81 are not cp1252, the encoding that was named"):
        examine(put(tmp_path, b"abc\nd\x81\n"), "cp1252")


def test_bad_utf16_names_its_place(tmp_path: Path) -> None:
    content = codecs.BOM_UTF16_LE + "一\nab".encode("utf-16-le") + b"\x00\xd8" + "c".encode("utf-16-le")
    with pytest.raises(DataError, match=r"data\.txt:2:3: bytes 00 d8 are not UTF-16 \(byte order mark\)"):
        examine(put(tmp_path, content))


def test_bytes_of_no_encoding_are_refused_or_noted(tmp_path: Path) -> None:
    content = bytes([0x81, 0xFF, 0x0E, 0x1F, 0x80, 0xFE, 0x7F, 0x9D] * 40) + b"\n"
    assert guess(content) is None
    with pytest.raises(DataError, match=r"data\.txt:1:1: bytes 81 are not UTF-8, and no other encoding fits"):
        examine(put(tmp_path, content))


def test_a_guess_is_said_to_be_one(tmp_path: Path) -> None:
    file = examine(put(tmp_path, "Das Größte für schöne Mädchen\n".encode("latin-1") * 20))
    assert file.note == "Encoding guessed as cp1252; name it if characters look wrong"


@pytest.mark.parametrize(
    ("name", "expected"), [("a.csv", ".csv"), ("a.CSV.GZ", ".csv"), ("b.tar.gz", ".tar"), ("c", ""), ("c.gz", "")]
)
def test_endings(name: str, expected: str) -> None:
    assert ending(Path(name)) == expected


han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x8000), min_size=1, max_size=20)


@given(lines=st.lists(han, min_size=1, max_size=20), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
@hypothesis_settings(deadline=None, max_examples=40)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], encoding: str
) -> None:
    path = put(tmp_path_factory.mktemp("files"), "\n".join(lines).encode(encoding))
    assert list(examine(path).lines()) == lines


@given(text=st.text(min_size=1, max_size=60).filter(lambda text: "\0" not in text and text[0] != "\ufeff"))
@hypothesis_settings(deadline=None, max_examples=60)
def test_any_utf8_is_read_as_utf8(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = put(tmp_path_factory.mktemp("files"), text.encode())
    with examine(path).open() as stream:
        assert stream.read() == text
