"""A ZIP that is taken away while it is written."""

import io
import random
import zipfile
from datetime import UTC, datetime
from hashlib import sha256

from tenantry.kit.zips import Entry, ZipStream

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_what_was_taken_piece_by_piece_is_a_whole_zip() -> None:
    noise = random.Random(7).randbytes(300_000)
    archive, taken = ZipStream(AT), []
    entry = archive.add("a/hello.txt", "hællo".encode())
    archive.begin("noise")
    for start in range(0, len(noise), 50_000):
        archive.write(noise[start : start + 50_000])
        taken.append(archive.take())
    archive.end()
    archive.close()
    whole = zipfile.ZipFile(io.BytesIO(b"".join([*taken, archive.take()])))
    assert entry == Entry("a/hello.txt", 6, sha256("hællo".encode()).hexdigest())
    assert (whole.testzip(), whole.namelist()) == (None, ["a/hello.txt", "noise"])
    assert (whole.read("noise") == noise, whole.getinfo("noise").date_time) == (True, (2026, 3, 2, 9, 30, 0))
    assert max(len(piece) for piece in taken) < 100_000
    assert archive.take() == b""
