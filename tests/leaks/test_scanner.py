"""The positive control: a secret planted in each kind of file, in each form, is found."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import zipfile
from urllib.parse import quote, quote_plus

import pytest

SECRET = 'pä55 "w0rd"&<x>/+\\9%41'
OTHER = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


def archive(name, content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(name, content)
    return buffer.getvalue()


def encoded(content):
    return base64.b64encode(content)


def report(inner):
    """As Allure's single file embeds attachments."""
    return b"<!doctype html><script>d('data/attachments/1.json','" + encoded(inner) + b"')</script>"


PLANTED = {
    "plain.txt": lambda s: f"before {s} after".encode(),
    "url.txt": lambda s: quote(s, safe="").encode(),
    "lower-case-url.txt": lambda s: quote(s, safe="").lower().encode() if s == s.lower() else quote(s).encode(),
    "form.txt": lambda s: f"password={quote_plus(s)}&x=1".encode(),
    "value.json": lambda s: json.dumps({"a": [s]}).encode(),
    "unicode.json": lambda s: json.dumps({"a": [s]}, ensure_ascii=False).encode(),
    "page.html": lambda s: f"<p>{html.escape(s)}</p>".encode(),
    "numeric.html": lambda s: "".join(f"&#{ord(c)};" for c in s).encode(),
    "json-in.html": lambda s: html.escape(json.dumps({"a": s})).encode(),
    "url-in.json": lambda s: json.dumps({"curl": "https://a/?p=" + quote(s, safe="")}).encode(),
    "aligned-0.txt": lambda s: encoded(s.encode()),
    "aligned-1.txt": lambda s: encoded(b"u" + s.encode() + b"tail"),
    "aligned-2.txt": lambda s: encoded(b"us" + s.encode() + b"tail"),
    "url-safe.txt": lambda s: base64.urlsafe_b64encode(b"???" + s.encode()).rstrip(b"="),
    "in-a-run.txt": lambda s: b"xyz" + encoded(b"user:" + s.encode()),
    "basic.json": lambda s: json.dumps({"authorization": f"Basic {encoded(b'app:' + s.encode()).decode()}"}).encode(),
    "folded.pem": lambda s: base64.encodebytes(b"-" * 50 + s.encode() + b"-" * 50),
    "file.gz": lambda s: gzip.compress(json.dumps({"a": s}).encode()),
    "file.zip": lambda s: archive("a.json", json.dumps({"a": s})),
    "nested.zip": lambda s: archive("b.gz", gzip.compress(s.encode())),
    "report.html": lambda s: report(json.dumps({"a": s}).encode()),
    "report-of-basic.html": lambda s: report(b'{"authorization": "Basic ' + encoded(b"app:" + s.encode()) + b'"}'),
    "report-of-gzip.html": lambda s: report(gzip.compress(s.encode())),
    "image.png": lambda s: b"\x89PNG\r\n\x1a\n" + s.encode() + b"\xff\xfe",
    "token.txt": lambda s: b"eyJhbGciOiJub25lIn0." + base64.urlsafe_b64encode(json.dumps({"p": s}).encode()) + b".sig",
}


@pytest.mark.parametrize("secret", [SECRET, OTHER], ids=["awkward", "token"])
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_secret_is_found(name, secret, scanner, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / name).write_bytes(PLANTED[name](secret))

    found = scanner.leaks(tmp_path, ["something else", secret])

    assert {(leak.file, leak.secret) for leak in found} == {(f"folder/{name}", secret)}


@pytest.mark.parametrize("name", PLANTED)
def test_nothing_is_found_where_nothing_was_planted(name, scanner, tmp_path):
    (tmp_path / name).write_bytes(PLANTED[name]("harmless"))

    assert scanner.leaks(tmp_path, [SECRET, OTHER]) == []


def test_names_of_files_count(scanner, tmp_path):
    (tmp_path / "screenshot-of-hunter2.png").write_bytes(b"")

    assert [leak.form for leak in scanner.leaks(tmp_path, ["hunter2"])] == ["name plain"]


def test_a_leak_does_not_show_the_secret(scanner):
    assert "hunter2" not in repr(scanner.leaks_in("x hunter2 y", ["hunter2"]))


def test_broken_archives_are_searched_as_far_as_they_go(scanner, tmp_path):
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"hunter2" + bytes(range(256)) * 40)[:-20])
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 hunter2")

    assert {leak.file for leak in scanner.leaks(tmp_path, ["hunter2"])} == {"cut.gz", "cut.zip"}
