"""The population: synthetic people of an invented plan, written by us, dated relative to a base date.

identities   the members: names, birth dates, ids
elements     FHIR elements and code systems in short
chart        one member's record while it is written: ids, dates, meta
network      plans, providers, places, products: what belongs to no member
coverage     Patient, RelatedPerson, Coverage
clinical     problems, results, prescriptions and the rest of USCDI
documents    clinical notes and their bytes
money        claim amounts that add up
claims       the parts that all Blue Button claims share
professional, institutional, pharmacy, oral    the five kinds
authorizations    prior authorizations (PDex)
stories      what happened to whom
manifest     what each member has, for those who test us
cache        the SQLite file, built once per generator and base date
"""
