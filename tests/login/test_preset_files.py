"""A login preset is one YAML file and nothing else; the grammar of actions is in the schema and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.errors import ConfigError
from conformance.login import presets
from conformance.login.actions import OPTIONS, PERFORM
from conformance.login.plan import login_plan
from conformance.onboarding.probing import provider_of
from conformance.target import schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRESET = r"""
product: Example Identity
recognised_by: '/sso/example/'
verified: false
screens:
  - name: example-login
    when: {visible: "#user"}
    do: [{fill: "#user", with: "${user.username}"}, {click: "#go"}]
"""


@pytest.fixture
def example_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of presets that holds nothing but one file."""
    (tmp_path / "example.yaml").write_text(PRESET, encoding="utf-8")
    monkeypatch.setattr(schema, "PRESETS", tmp_path)
    caches = (presets.preset, schema.target_schema)
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


@pytest.mark.usefixtures("example_preset")
def test_a_file_alone_is_a_preset() -> None:
    (enum,) = [schema.target_schema()["$defs"]["login"]["properties"]["preset"]["enum"]]

    assert enum == ["", "example"]
    assert provider_of("https://id.payer.example/sso/example/authorize") == "example"
    assert [screen.name for screen in login_plan({"preset": "example"}).screens] == ["example-login"]
    assert presets.standing("example") == "not verified against the product"
    with pytest.raises(ConfigError, match="example"):
        presets.preset("keycloak")


def test_every_action_of_the_schema_can_be_performed_and_no_other() -> None:
    assert list(OPTIONS) == list(PERFORM)
    assert OPTIONS["totp"] == ("secret", "digits", "period", "algorithm", "raw")
    assert (OPTIONS["fill"], OPTIONS["keys"], OPTIONS["click"]) == (("with",), ("with",), ())
