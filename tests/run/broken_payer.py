"""The reference payer with one thing broken on which many rows rest, named by the first argument."""

import sys

from conformance.reference import faults
from conformance.reference.__main__ import main
from conformance.reference.authorization import identity
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import everything, paging, search
from conformance.reference.fhir.errors import FhirError


def failing(*_):
    raise FhirError(500, "exception", "The service is not available.")


BROKEN = {
    "search": {search.search_fields: failing},
    "paging": {paging.opened: failing},
    "id-token": {identity.id_token: lambda *_: "e30.not-a-token"},
    "everything": {everything.parameters: failing},
}


if __name__ == "__main__":
    name = sys.argv.pop(1)
    broken = Fault(f"PA-NONE-001.{name}", "none", "One thing is broken.", BROKEN[name])
    faults.every()[broken.id] = broken
    sys.argv.append(f"--fault={broken.id}")
    main()
