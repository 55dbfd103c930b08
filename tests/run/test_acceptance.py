"""Waivers in a run of their own: what is no longer needed fails it, and is told in every output."""


def test_a_waiver_that_is_not_needed_fails_the_run_and_is_shown(run, payer, tmp_path):
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(
        "waivers:\n"
        "  - {row: PA-DISC-001, reason: the fix ships soon, owner: identity team, expires: 2999-01-01}\n"
        "  - {row: PA-TOK-006, reason: not selected here, owner: identity team, expires: 2000-01-01}\n",
        encoding="utf-8",
    )
    ended = run(payer.target_file, "--requirement", "PA-DISC-001", "--waivers", str(waivers))

    assert ended.code == 1
    assert ended.statuses["PA-DISC-001"] == "pass"
    assert [waiver["state"] for waiver in ended.document["waivers"]] == ["now passing", "not decided"]
    assert "waivers to remove or renew: 1 now passing (PA-DISC-001)" in ended.document["run"]["explanation"]
    assert "is no longer needed" in ended.output
    assert "the fix ships soon" in (ended.folder / "summary.html").read_text(encoding="utf-8")


def test_a_waiver_of_no_requirement_is_exit_4(run, payer, tmp_path):
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text("waivers: [{row: PA-DISC-0001, reason: r, owner: o, expires: 2999-01-01}]", encoding="utf-8")
    ended = run(payer.target_file, "--waivers", str(waivers))
    assert ended.code == 4
    assert 'did you mean "PA-DISC-001"' in ended.output
