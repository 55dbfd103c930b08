"""Equal resources of several answers are kept once; what differs in any letter is not."""

from conformance.fhir.sharing import SharedResources


def page(*resources):
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}


def test_an_equal_resource_is_the_one_that_came_first():
    shared = SharedResources()
    first, again = {"resourceType": "Claim", "id": "1", "x": 1}, page({"resourceType": "Claim", "id": "1", "x": 1})

    assert shared.share(page(first)) == [first]
    assert shared.share(again) == []
    assert again["entry"][0]["resource"] is first


def test_texts_count_and_what_has_no_id_is_left_as_it_is():
    shared = SharedResources()
    one, other = {"resourceType": "Claim", "id": "1", "x": 1}, {"resourceType": "Claim", "id": "1", "x": 1.0}
    nameless, odd = {"resourceType": "Claim"}, {"resourceType": "Claim", "id": "2", "x": "\ud800"}

    assert shared.share(page(one, other, nameless, odd)) == [one, other, nameless, odd]
    assert shared.share({"entry": [None, {"resource": 7}, {}]}) == []
    assert shared.share(page(nameless)) == [nameless]
