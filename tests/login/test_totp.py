from __future__ import annotations

import pytest

from conformance.errors import ConfigError
from conformance.login.totp import TotpCodes, TotpSettings, hotp, secret_bytes

SEEDS = {
    "sha1": "12345678901234567890",
    "sha256": "12345678901234567890123456789012",
    "sha512": "1234567890" * 6 + "1234",
}


@pytest.mark.parametrize(
    ("algorithm", "moment", "code"),
    [
        ("sha1", 59, "94287082"),
        ("sha256", 59, "46119246"),
        ("sha512", 59, "90693936"),
        ("sha1", 1111111109, "07081804"),
        ("sha256", 20000000000, "77737706"),
        ("sha512", 20000000000, "47863826"),
    ],
)
def test_the_codes_are_those_of_the_specification(algorithm: str, moment: int, code: str) -> None:
    settings = TotpSettings(digits=8, algorithm=algorithm, raw=True)

    assert TotpCodes(now=lambda: moment).take(SEEDS[algorithm], settings) == code


def test_base32_may_be_written_as_people_write_it() -> None:
    assert secret_bytes("gezd gnbv-gy3t qojq") == b"1234567890"
    assert hotp(secret_bytes("GEZDGNBVGY3TQOJQ"), 0) == hotp(b"1234567890", 0)


def test_a_secret_that_is_no_base32_is_not_told() -> None:
    with pytest.raises(ConfigError) as caught:
        secret_bytes("not base32!")

    assert "not base32!" not in str(caught.value)


def test_a_time_step_is_used_once() -> None:
    moment = [1000.0]
    codes = TotpCodes(now=lambda: moment[0])
    settings = TotpSettings(raw=True)

    assert codes.wait("s", settings) == 0
    codes.take("s", settings)

    assert codes.wait("s", settings) == 20
    assert codes.wait("another", settings) == 0
    moment[0] = 1020
    assert codes.wait("s", settings) == 0


def test_the_end_of_a_time_step_is_waited_for() -> None:
    assert TotpCodes(now=lambda: 1017.5).wait("s", TotpSettings(raw=True)) == 2.5
    assert TotpCodes(now=lambda: 1015).wait("s", TotpSettings(raw=True)) == 5
    assert TotpCodes(now=lambda: 1006).wait("s", TotpSettings(raw=True, period=10)) == 0
    assert TotpCodes(now=lambda: 1008).wait("s", TotpSettings(raw=True, period=10)) == 2
    assert "secret-seed" not in repr(TotpCodes(_used={("secret-seed", 30): 1}))
