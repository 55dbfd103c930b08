"""Canonicals of versions that are not at hand: known by name, and no more than that."""

from conformance.guides import Guides, later
from conformance.guides.reading import tables_root
from conformance.guides.tablefiles import INDEX, guide_folders, read

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"


def test_a_later_canonical_is_known_and_has_no_table():
    guides = Guides.load()
    recorder = f"{US_CORE}us-core-familymemberhistory-recorder"

    assert later.defined_by(f"{recorder}|9.0.0") == "us-core 9.0.0"
    assert guides.is_known(recorder)
    assert guides.structure(recorder) is None
    assert guides.namespace_of(recorder) == ""


def test_what_no_version_defines_is_not_known():
    guides = Guides.load()

    assert not guides.is_known(f"{US_CORE}us-core-made-up")
    assert guides.namespace_of(f"{US_CORE}us-core-made-up") == "us-core"


def test_no_table_at_hand_defines_what_the_list_names():
    indexes = [read(folder / INDEX) for folder in guide_folders([tables_root()]).values()]

    assert not [url for index in indexes for url in index["StructureDefinition"] if later.defined_by(url)]
