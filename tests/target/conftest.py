"""A small complete target to break, and a folder to put it in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

BASE = """\
deployment:
  fhir_base: https://api.payer.example/fhir
  environment: lab
  data: synthetic
clients:
  main:
    client_id: app
    client_secret: app-secret-value
    redirect_uris: [https://app.example/callback, https://app.example/other]
members:
  a:
    username: amelia
    password: amelia-password
  b:
    username: benedikt
    password: benedikt-password
login:
  screens:
    - name: login
      when: {visible: 'input[type=password]'}
      do:
        - {fill: '#user', with: '${user.username}'}
        - {click: '#go'}
"""


@pytest.fixture
def base() -> str:
    """The text of a target that loads: a lab, so that secrets may stand in it."""
    return BASE


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, so that messages show plain file names."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def target_file(here: Path) -> Callable[..., Path]:
    """Writes a target below the folder one stands in and gives its relative path."""

    def write(text: str = BASE, name: str = "target.yaml") -> Path:
        file = here / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return Path(name)

    return write
