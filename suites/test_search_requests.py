"""Search: one question asked in several ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.search.probes import forms
from conformance.areas.search.rules import requests

if TYPE_CHECKING:
    from typing import Any

    from conformance.areas.search.probes.prober import Prober
    from conformance.engine.judge import Judge


@pytest.mark.verifies("PA-SRCH-009")
def test_get_and_post_find_the_same(prober: Prober, answering_types: tuple[str, ...], judge: Judge) -> None:
    """Each required search finds the same resources by GET and by POST to _search."""
    searches = forms.both_ways(prober, answering_types)
    comparable = requests.comparable(searches)

    judge(requests.ways_agree(comparable), judged=(len(comparable), len(searches)))


@pytest.mark.verifies("PA-SRCH-010")
def test_unknown_parameters_are_ignored_or_refused_as_preferred(
    prober: Prober, answering_types: tuple[str, ...], judge: Judge
) -> None:
    """An unknown parameter changes nothing and is not in the self link; under handling=strict it gives 400."""
    searches = forms.with_unknown(prober, answering_types)

    judge(requests.unknown_is_ignored(searches), of=searches)


@pytest.mark.verifies("PA-SRCH-011")
def test_impossible_values_are_refused(prober: Prober, answering_types: tuple[str, ...], judge: Judge) -> None:
    """A malformed date gives 400 with an OperationOutcome and never data; a negative _count should too."""
    searches = forms.impossible(prober, answering_types)

    judge(
        requests.invalid_is_refused(searches),
        requests.negative_count_is_refused(forms.negative_count(prober, answering_types)),
        of=searches,
    )


@pytest.mark.verifies("PA-SRCH-039")
def test_unsupported_modifiers_are_refused(prober: Prober, answering_types: tuple[str, ...], judge: Judge) -> None:
    """A search parameter with a modifier that does not exist gives 400."""
    searches = forms.with_modifier(prober, answering_types)

    judge(requests.modifiers_are_refused(searches), of=searches)


@pytest.mark.verifies("PA-SRCH-012")
def test_references_are_taken_in_each_form(prober: Prober, answering_types: tuple[str, ...], judge: Judge) -> None:
    """patient={id} and patient=Patient/{id} find the same; an unknown, a longer or a shorter id finds nothing."""
    found = forms.reference_forms(prober, answering_types)

    judge(requests.reference_forms_agree(found), of=found)


@pytest.mark.verifies("PA-SRCH-018")
def test_a_status_hides_nothing(
    prober: Prober, answering_types: tuple[str, ...], capability_statement: dict[str, Any], judge: Judge
) -> None:
    """Searches without status work, or say that it is required; all statuses together find everything."""
    searches = forms.by_status(prober, answering_types, capability_statement)

    judge(requests.status_rules(searches), of=searches)
