"""The FHIR server: R4 (4.0.1) REST over the records of one member at a time.

parameters     which types, search parameters, includes and profiles there are: one table for metadata and search
dates          date and time intervals (FHIR search: date)
index, store   records in SQLite, with their search values
errors         OperationOutcome
access         bearer tokens (RFC 6750), scopes, and the patient compartment: asked on every path
answer         content negotiation, ETag, and what happens to every resource that leaves
read           read, vread, history, conditional read
query          a search URL, understood
matching       a search as SQL
search         matches, includes, Bundle
paging         opaque page links, bound to the grant
everything     Patient/$everything and DocumentReference/$docref
capability     metadata, from the same tables
server         which path leads to which of these
"""
