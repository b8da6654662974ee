"""Chapter 19: what was written about whom, and how it is forgotten."""

from __future__ import annotations

import gzip
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Rationale


class Ledger:
    """What was said to whom, and whose data it rests on: a line of JSON each.

    A sentence that quotes or cites a person rests on that person. Without
    such a note nobody can find it again on the day the person wants to be
    forgotten.
    """

    def __init__(self, path: Path | str):
        self.path = Path(path)

    def write(self, said: Rationale, rests_on: Iterable[str] = ()) -> None:
        """Note a sentence and the raw ids of the users it rests on."""
        about = {"user": said.explanation.user, "item": said.explanation.item}
        line = about | {"text": said.text, "rests_on": sorted(set(rests_on))}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def __iter__(self) -> Iterator[dict]:
        """Give every note; raise DataError, naming the line, for a bad one."""
        if not self.path.exists():
            # a line that cannot be read may hide a name: stop there
            return
        with self.path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    note = json.loads(line)
                    note["user"], note["rests_on"]
                except (ValueError, TypeError, KeyError) as error:
                    where = f"{self.path.name}, line {number}"
                    remedy = "restore the file, or remove this line"
                    raise DataError(f"{where}: {error}; {remedy}") from error
                yield note

    def forget(self, user: str) -> list[tuple[str, str]]:
        """Remove what was said to a user, or rests on them, for good.

        Return (user, item) of the sentences to others that went with it: they
        have to be written anew. The file is replaced whole, so that a crash
        leaves the old one or the new one.
        """
        kept, again = [], []
        # what rests on them and was said to another is said anew
        for line in self:
            if line["user"] != user and user not in line["rests_on"]:
                kept.append(json.dumps(line, ensure_ascii=False) + "\n")
            elif line["user"] != user:
                again.append((line["user"], line["item"]))
        new = self.path.with_suffix(".new")
        new.write_text("".join(kept), encoding="utf-8")
        os.replace(new, self.path)
        return again


def traces(folder: Path | str, needles: Iterable[str]) -> list[tuple]:
    """Return (file, needle) wherever one of the texts still stands.

    In the names and the bytes of all files below a folder, and the names of
    the folders, also inside .gz and .zip (so .npz); as whole words, so that u5
    is not found in u55; as UTF-8, as JSON spells it, and as numpy stores it
    (there within a longer text, too).
    Not found: what is encrypted, stands in a picture, or names a person by a
    number.

    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> _ = (folder / "log.txt").write_text("said to ann: a tent")
    >>> [(file.name, needle) for file, needle in traces(folder, ["ann"])]
    [('log.txt', 'ann')]
    """
    found = []
    # in names and in contents, packed ones too
    patterns = {needle: _pattern(needle) for needle in needles}
    for file in sorted(Path(folder).rglob("*")):
        if file.is_file():
            place = file.relative_to(folder).as_posix()
            contents = [place.encode(), *_contents(file)]
            for needle, pattern in patterns.items():
                if any(map(pattern.search, contents)):
                    found.append((file, needle))
    return found


def _pattern(needle: str) -> re.Pattern:
    """Return what matches a text as a whole word, however it is spelt."""
    if not needle.strip():
        raise DataError("an empty text stands everywhere: name what to find")
    spellings = {needle.encode(), json.dumps(needle)[1:-1].encode()}
    either = b"|".join(map(re.escape, sorted(spellings)))
    # numpy's texts take four bytes a letter, one cell after the other
    wide = re.escape(needle.encode("utf-32-le"))
    alone = rb"(?<![A-Za-z0-9])(?:" + either + rb")(?![A-Za-z0-9])"
    return re.compile(alone + b"|" + wide)


def _contents(file: Path) -> Iterator[bytes]:
    """Give the bytes of a file, and of what is packed in it."""
    # as it lies there, then what is packed in it
    data = file.read_bytes()
    yield data
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    elif zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            for name in packed.namelist():
                yield name.encode()
                yield packed.read(name)
