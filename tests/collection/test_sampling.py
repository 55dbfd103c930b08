"""Samples: never more than allowed but for edge cases, always the same for the same seed, every oddity among them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.collection.sampling import edge_cases, sample


def claims(count: int) -> list[dict]:
    return [
        {"resourceType": "ExplanationOfBenefit", "id": f"c{number:04}", "status": "active", "use": "claim"}
        for number in range(count)
    ]


def test_few_resources_are_all_taken_and_so_is_everything_when_exhaustive():
    assert sample(claims(5), 50, seed="s").judged == (5, 5)
    assert sample(claims(500), None, seed="s").judged == (500, 500)


def test_a_sample_says_how_many_of_how_many():
    chosen = sample(claims(500), 50, seed="s")

    assert chosen.judged == (50, 500)
    assert list(chosen.ids) == sorted(chosen.ids)


def test_every_oddity_is_chosen_whatever_the_seed():
    odd = [
        {"resourceType": "ExplanationOfBenefit", "id": "denied", "status": "cancelled", "use": "claim"},
        {"resourceType": "ExplanationOfBenefit", "id": "prior", "status": "active", "use": "preauthorization"},
        {"resourceType": "ExplanationOfBenefit", "id": "-odd.id", "status": "active", "use": "claim"},
    ]
    mixed = [*claims(200), *odd, *claims(400)[200:]]

    assert {"c0000", "c0399", "denied", "-odd.id"} <= set(edge_cases(mixed))
    for seed in ("one", "two"):
        assert {"denied", "-odd.id"} <= set(sample(mixed, 20, seed=seed).ids)


def test_what_has_no_id_cannot_be_probed():
    assert sample([{"resourceType": "Coverage"}, *claims(1)], 5, seed="s").judged == (1, 1)
    assert edge_cases([{"resourceType": "Coverage"}]) == ()


@given(st.integers(0, 120), st.integers(0, 40), st.text(max_size=5))
def test_a_sample_is_reproducible_and_polite(count, most, seed):
    resources = claims(count)

    chosen = sample(resources, most, seed=seed)

    assert chosen == sample([dict(each) for each in resources], most, seed=seed)
    assert len(set(chosen.ids)) == len(chosen.ids) <= max(most, len(edge_cases(resources)))
    assert chosen.of == count
