"""The reference payer with the client secret ``none`` and the password ``password``, words of any page and answer."""

from dataclasses import replace

from conformance.reference import accounts
from conformance.reference.__main__ import main
from conformance.reference.authorization import clients


def people(original=accounts.people):
    return {
        name: replace(person, password="password") if person.key == "a" else person
        for name, person in original().items()
    }


def given_clients(original=clients.given_clients):
    return {name: replace(client, secret="none") if name == "app" else client for name, client in original().items()}


accounts.people = people
clients.given_clients = given_clients

if __name__ == "__main__":
    main()
