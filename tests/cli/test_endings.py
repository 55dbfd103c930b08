"""How a command ends over what nobody foresaw: never with 1, which would say that the deployment is at fault."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from conformance import cli


@pytest.mark.parametrize(
    ("trouble", "code", "said"),
    [
        (KeyError("abc"), 3, "KeyError: 'abc'"),
        (OSError(errno.ECONNRESET, "Connection reset by peer"), 3, "Connection reset by peer"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "x/y.json"), 4, "x/y.json: No such file"),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_unforeseen_trouble_is_ours_unless_a_file_is_to_blame(
    trouble: Exception, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise trouble

    monkeypatch.setattr(cli.commands, "main", fails)

    with pytest.raises(SystemExit) as ended:
        cli.main([])

    told = capsys.readouterr().err
    assert ended.value.code == code
    assert said in told
    assert ("please report it" in told) == (code == 3)
