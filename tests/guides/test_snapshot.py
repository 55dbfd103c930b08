"""Snapshots from differentials: the rules, and the traps where other generators break."""

from __future__ import annotations

import pytest

from conformance.errors import ConfigError
from conformance.guides.snapshot import snapshot

HL7 = "http://hl7.org/fhir/StructureDefinition/"
BY_TYPE = {"type": "type", "path": "$this"}


def element(element_id, **facts):
    path = ".".join(part.partition(":")[0] for part in element_id.split("."))
    name = element_id.rpartition(".")[2].partition(":")[2]
    return {"id": element_id, "path": path, **({"sliceName": name} if name else {}), **facts}


def codes(one):
    return [each["code"] for each in one["type"]]


def test_an_empty_differential_changes_nothing(profile, core):
    assert list(profile("Patient").values()) == core.structure("Patient")["elements"]


def test_what_is_not_said_stays_and_base_remembers_the_original(profile):
    name = profile("Patient", element("Patient.name", min=1))["Patient.name"]

    assert (name["min"], name["max"]) == (1, "*")
    assert name["base"] == {"path": "Patient.name", "min": 0, "max": "*"}
    assert codes(name) == ["HumanName"]


def test_walking_into_a_datatype_brings_its_children(profile):
    found = profile("Patient", element("Patient.name.family", min=1))

    assert found["Patient.name.family"]["min"] == 1
    assert found["Patient.name.use"]["binding"]["strength"] == "required"
    assert found["Patient.name.family"]["base"]["path"] == "HumanName.family"
    assert "Patient.contact.name.family" not in found


def test_elements_keep_the_order_of_the_definition(profile):
    found = list(profile("Patient", element("Patient.name.given", min=1), element("Patient.active", min=1)))

    assert found.index("Patient.active") < found.index("Patient.name") < found.index("Patient.name.given")
    assert found.index("Patient.name.given") < found.index("Patient.telecom")


def test_invariants_add_up(profile, derived):
    one, two = ({"key": key, "severity": "error", "expression": "true"} for key in ("a-1", "a-2"))
    base = derived("Patient", profile("Patient", element("Patient.name", constraint=[one])))

    found = profile("Patient", element("Patient.name", constraint=[one, two]), base=base)

    assert [each["key"] for each in found["Patient.name"]["constraint"]] == ["a-1", "a-2"]


def test_the_same_key_with_another_expression_is_another_invariant(profile, derived):
    one, two = ({"key": "a-1", "severity": "error", "expression": text} for text in ("true", "false"))
    base = derived("Patient", profile("Patient", element("Patient.name", constraint=[one])))

    found = profile("Patient", element("Patient.name", constraint=[two]), base=base)

    assert found["Patient.name"]["constraint"] == [one, two]


def test_a_new_binding_drops_the_maximum_of_the_old(profile):
    binding = {"strength": "required", "valueSet": "http://x/v"}

    found = profile("Patient", element("Patient.language", binding=binding))

    assert found["Patient.language"]["binding"] == binding


def test_a_pattern_replaces_a_fixed_value(profile, derived):
    base = derived("Patient", profile("Patient", element("Patient.gender", fixedCode="male")))

    found = profile("Patient", element("Patient.gender", patternCode="female"), base=base)

    assert "fixedCode" not in found["Patient.gender"]
    assert found["Patient.gender"]["patternCode"] == "female"


SLICING = {"discriminator": [{"type": "value", "path": "system"}], "rules": "closed"}


class TestSlices:
    def test_a_slice_starts_from_the_base_and_is_optional(self, profile):
        found = profile(
            "Patient",
            element("Patient.identifier", min=1, mustSupport=True, slicing=SLICING),
            element("Patient.identifier:member", max="1"),
        )

        assert (found["Patient.identifier:member"]["min"], found["Patient.identifier:member"]["max"]) == (0, "1")
        assert "mustSupport" not in found["Patient.identifier:member"]
        assert "slicing" not in found["Patient.identifier:member"]
        assert found["Patient.identifier"]["slicing"] == SLICING

    def test_children_of_the_unsliced_element_are_not_those_of_its_slices(self, profile):
        found = profile(
            "Patient",
            element("Patient.identifier", slicing=SLICING),
            element("Patient.identifier.value", min=1),
            element("Patient.identifier:member"),
            element("Patient.identifier:member.system", fixedUri="http://x"),
        )

        assert found["Patient.identifier.value"]["min"] == 1
        assert found["Patient.identifier:member.value"]["min"] == 0
        assert found["Patient.identifier:member.system"]["fixedUri"] == "http://x"
        assert "fixedUri" not in found["Patient.identifier.system"]

    def test_slices_of_a_backbone_element_have_all_its_children(self, profile):
        found = profile(
            "Patient", element("Patient.contact", slicing=SLICING), element("Patient.contact:next-of-kin", min=1)
        )

        assert "Patient.contact:next-of-kin.telecom" in found

    def test_a_profile_goes_on_with_the_slices_of_its_base(self, profile, derived):
        first = profile(
            "Patient", element("Patient.identifier", slicing=SLICING), element("Patient.identifier:a", max="1")
        )

        found = profile(
            "Patient", element("Patient.identifier:a.value", min=1), element("Patient.identifier:b"),
            base=derived("Patient", first),
        )  # fmt: skip

        assert found["Patient.identifier:a"]["max"] == "1"
        assert found["Patient.identifier:a.value"]["min"] == 1
        assert [one for one in found if one.startswith("Patient.identifier:") and "." not in one[8:]] == [
            "Patient.identifier:a",
            "Patient.identifier:b",
        ]

    def test_a_new_slice_is_optional_even_where_the_base_asks_for_one(self, profile, derived):
        base = derived("Patient", profile("Patient", element("Patient.identifier", min=1, slicing=SLICING)))

        found = profile("Patient", element("Patient.identifier:a"), base=base)

        assert (found["Patient.identifier"]["min"], found["Patient.identifier:a"]["min"]) == (1, 0)

    def test_closing_a_slicing_keeps_what_it_goes_by(self, profile, derived):
        slicing = {**SLICING, "rules": "open"}
        base = derived("Patient", profile("Patient", element("Patient.identifier", slicing=slicing)))

        found = profile("Patient", element("Patient.identifier", slicing={"rules": "closed"}), base=base)

        assert found["Patient.identifier"]["slicing"] == SLICING

    def test_a_slice_of_a_slice_refines_it_and_stands_behind_it(self, profile):
        found = profile(
            "Patient",
            element("Patient.identifier", slicing=SLICING),
            element("Patient.identifier:a", max="1", slicing=SLICING),
            element("Patient.identifier:a.system", fixedUri="http://x"),
            element("Patient.identifier:b"),
            element("Patient.identifier:a/old", min=0),
        )

        order = [one for one in found if one.startswith("Patient.identifier:") and "." not in one[8:]]
        assert order == ["Patient.identifier:a", "Patient.identifier:a/old", "Patient.identifier:b"]
        assert found["Patient.identifier:a/old"]["max"] == "1"
        assert found["Patient.identifier:a/old.system"]["fixedUri"] == "http://x"
        assert found["Patient.identifier:a/old"]["sliceName"] == "a/old"
        assert "slicing" not in found["Patient.identifier:a/old"]

    def test_a_renamed_slice_keeps_its_path(self, profile):
        found = profile("Observation", element("Observation.value[x]:amount", type=[{"code": "Quantity"}]))

        assert found["Observation.value[x]:amount"]["path"] == "Observation.value[x]"
        assert found["Observation.value[x]:amount"]["sliceName"] == "amount"

    def test_a_slice_nobody_defines_is_refused(self, profile):
        with pytest.raises(ConfigError, match=r"test-profile: Patient\.name:legal is a slice, but nothing says how"):
            profile("Patient", element("Patient.name:legal", min=1))

    def test_a_stray_slice_name_on_a_single_element_means_the_element(self, profile):
        found = profile("Patient", element("Patient.gender:sex", min=1))

        assert found["Patient.gender"]["min"] == 1
        assert "sliceName" not in found["Patient.gender"]


class TestExtensions:
    PROFILE = HL7 + "patient-birthPlace"

    def test_slices_need_no_slicing_of_their_own(self, profile):
        found = profile(
            "Patient", element("Patient.extension:place", type=[{"code": "Extension", "profile": [self.PROFILE]}])
        )

        assert found["Patient.extension"]["slicing"]["discriminator"] == [{"type": "value", "path": "url"}]
        assert found["Patient.extension:place"]["max"] == "1", "the extension's own definition allows one"
        assert found["Patient.extension:place"]["base"]["max"] == "*"

    def test_the_profile_may_say_otherwise(self, profile):
        type_ = [{"code": "Extension", "profile": [self.PROFILE]}]

        found = profile("Patient", element("Patient.extension:place", min=1, max="3", type=type_))

        assert (found["Patient.extension:place"]["min"], found["Patient.extension:place"]["max"]) == (1, "3")

    def test_walking_in_follows_the_definition(self, profile):
        type_ = [{"code": "Extension", "profile": [self.PROFILE]}]

        found = profile(
            "Patient",
            element("Patient.extension:place", type=type_),
            element("Patient.extension:place.value[x]", min=1),
        )

        assert codes(found["Patient.extension:place.value[x]"]) == ["Address"]
        assert found["Patient.extension:place.url"]["fixedUri"] == self.PROFILE

    def test_an_unknown_definition_leaves_a_plain_extension(self, profile):
        type_ = [{"code": "Extension", "profile": ["http://nowhere/x"]}]

        found = profile("Patient", element("Patient.extension:x", type=type_), element("Patient.extension:x.id", min=1))

        assert found["Patient.extension:x.id"]["min"] == 1
        assert found["Patient.extension:x"]["type"] == type_

    def test_a_binding_on_the_extension_itself_means_nothing(self, profile):
        found = profile(
            "Patient", element("Patient.extension:x", binding={"strength": "required", "valueSet": "http://x"})
        )

        assert "binding" not in found["Patient.extension:x"]

    def test_the_value_has_only_the_sliced_type(self, profile):
        found = profile("Extension", element("Extension.value[x]:valueString", type=[{"code": "string"}]))

        assert codes(found["Extension.value[x]"]) == ["string"]
        assert found["Extension.value[x]"]["slicing"]["rules"] == "closed"

    def test_types_that_the_differential_names_stay(self, profile):
        types = [{"code": "string"}, {"code": "Coding"}]

        found = profile(
            "Extension", element("Extension.value[x]", type=types), element("Extension.value[x]:valueCoding", min=0)
        )

        assert codes(found["Extension.value[x]"]) == ["string", "Coding"]


class TestChoices:
    def test_a_shortcut_is_a_type_slice(self, profile):
        found = profile("Observation", element("Observation.valueQuantity", mustSupport=True))

        slice_ = found["Observation.value[x]:valueQuantity"]
        assert slice_["path"] == "Observation.value[x]"
        assert (slice_["sliceName"], slice_["mustSupport"], codes(slice_)) == ("valueQuantity", True, ["Quantity"])
        assert found["Observation.value[x]"]["slicing"] == {"discriminator": [BY_TYPE], "rules": "open"}
        assert len(codes(found["Observation.value[x]"])) == 11

    def test_a_mandatory_type_slice_leaves_no_other_type(self, profile):
        found = profile("Observation", element("Observation.valueQuantity", min=1))["Observation.value[x]"]

        assert (found["min"], codes(found), found["slicing"]["rules"]) == (1, ["Quantity"], "closed")

    def test_slices_for_every_type_close_the_choice(self, profile):
        found = profile("Patient", element("Patient.deceasedBoolean"), element("Patient.deceasedDateTime"))

        assert found["Patient.deceased[x]"]["slicing"]["rules"] == "closed"
        assert codes(found["Patient.deceased[x]"]) == ["boolean", "dateTime"]

    def test_walking_through_a_shortcut_brings_that_type(self, profile):
        found = profile("Observation", element("Observation.valueQuantity.code", min=1))

        assert found["Observation.value[x]:valueQuantity.code"]["min"] == 1
        assert "Observation.value[x].code" not in found

    def test_a_primitive_is_found_by_its_capitalised_name(self, profile):
        found = profile("Observation", element("Observation.effectiveDateTime", min=1))

        assert codes(found["Observation.effective[x]"]) == ["dateTime"]

    def test_a_reference_keeps_its_targets(self, profile):
        found = profile("MedicationRequest", element("MedicationRequest.medicationReference", min=1))

        assert found["MedicationRequest.medication[x]"]["type"][0]["targetProfile"] == [HL7 + "Medication"]

    def test_the_only_word_on_a_choice_inside_a_slice_is_the_type(self, profile):
        found = profile(
            "Observation",
            element("Observation.component", slicing=SLICING),
            element("Observation.component:a"),
            element("Observation.component:a.valueQuantity", mustSupport=True),
        )

        assert codes(found["Observation.component:a.value[x]"]) == ["Quantity"]
        assert found["Observation.component:a.value[x]"]["mustSupport"] is True
        assert len(codes(found["Observation.component.value[x]"])) == 11

    def test_several_words_on_it_are_type_slices(self, profile):
        found = profile(
            "Observation",
            element("Observation.component", slicing=SLICING),
            element("Observation.component:a"),
            element("Observation.component:a.valueQuantity", mustSupport=True),
            element("Observation.component:a.valueString"),
        )

        assert codes(found["Observation.component:a.value[x]:valueQuantity"]) == ["Quantity"]
        assert codes(found["Observation.component:a.value[x]:valueString"]) == ["string"]

    def test_several_types_can_be_walked_into_for_what_all_elements_have(self, profile):
        found = profile("Observation", element("Observation.value[x].extension", min=1))

        assert found["Observation.value[x].extension"]["min"] == 1


def test_a_type_profile_brings_its_invariants(profile):
    found = profile(
        "Observation",
        element("Observation.valueQuantity", type=[{"code": "Quantity", "profile": [HL7 + "SimpleQuantity"]}]),
    )

    assert "sqty-1" in [one["key"] for one in found["Observation.value[x]:valueQuantity"]["constraint"]]


@pytest.mark.parametrize("name", ["Patient.nmae", "Patient.name.familyName", "Patient.valueQuantity"])
def test_an_element_that_cannot_exist_is_refused(profile, name):
    with pytest.raises(ConfigError, match=r"test-profile: the differential names Patient\..* has no element"):
        profile("Patient", element(name, min=1))


def test_a_base_without_snapshot_is_refused(profile, core):
    with pytest.raises(ConfigError, match=r"its base .*Patient has no snapshot"):
        profile("Patient", base={**core.structure("Patient"), "elements": []})


def test_an_unknown_type_cannot_be_walked_into(core):
    base = {"type": "Thing", "url": "http://x/Thing", "elements": [
        {"id": "Thing", "path": "Thing", "min": 0, "max": "*"},
        {"id": "Thing.part", "path": "Thing.part", "min": 0, "max": "1", "type": [{"code": "Whatever"}]},
    ]}  # fmt: skip

    with pytest.raises(ConfigError, match="walks into part, whose type is not at hand"):
        snapshot([element("Thing.part.deeper", min=1)], base, lambda _: None, "test-profile")
