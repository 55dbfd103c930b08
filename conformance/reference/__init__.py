"""The reference payer: a complete Patient Access API in one process, on loopback, with synthetic members.

It exists to be tested: the demo shows it, and every check is proved on it, first clean and then with a seeded fault. It
imports nothing else of this project, so that it cannot agree with our own mistakes.

Read it in this order:

    serve            the process: certificates, listeners, the ready and target files
    web, cors        how a request becomes a `Call`, which tenant it is for, and how an answer leaves
    tenant, steps    what a deployment is (behaviour switches, state) and the seam through which faults change it
    deployments      the clean one, the variants, one per fault: all of them in one process
    accounts         who can log in, and whose records each person may see
    authorization/   SMART App Launch 2.2.0, OAuth 2.0 (RFC 6749 and friends), OpenID Connect
    fhir/            FHIR R4 REST: read, search, paging, `$everything`, metadata
    attachments      document bytes on an origin of their own
    limits           429 and Retry-After
    records/         the population: network, members, clinical records, claims, prior authorizations
    documentation    the public developer page
    target_file      what a target file says of this process
    faults/          named deviations, each a few lines, one module per area of the requirement catalogue
    lawful/          named deviations that the documents allow, by area too: nothing may fail because of them
"""
