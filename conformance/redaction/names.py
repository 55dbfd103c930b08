"""Which headers, parameters, members and elements hold secrets or member data, by name."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text; long tables of names read better as text."""
    return frozenset(text.split())


def marked(label: str) -> str:
    """What replaces a secret: its label between single angle quotation marks."""
    return f"\u2039{label}\u203a"


SECRET_HEADERS = words(
    "authorization proxy-authorization cookie set-cookie x-api-key apikey api-key x-auth-token x-csrf-token dpop "
    "x-amz-security-token x-access-token ocp-apim-subscription-key"
)
URL_HEADERS = frozenset({"location", "content-location", "referer", "link", "origin"})

SECRET_NAMES = words(
    "access_token refresh_token id_token_hint token client_secret client_assertion assertion code_verifier password "
    "passwd pwd passphrase passcode otp totp totp_secret subject_token actor_token device_code user_code "
    "registration_access_token software_statement saml_response samlresponse ticket api_key apikey secret csrf_token "
    "_csrf csrf csrfmiddlewaretoken __requestverificationtoken authenticity_token cookie authorization session_token "
    "request"
)
"""OAuth parameters, form fields and JSON members whose value never leaves (RFC 6749, 7521, 7591, 7636)."""

JWT_NAMES = frozenset({"id_token"})
"""Members whose value is a JWT of which the claims may be read but not the signature."""

TEXT_SECRETS = SECRET_NAMES - {"token", "cookie", "secret", "ticket", "assertion", "csrf", "request"}
"""Those of the names that are masked in running text too, where the others are ordinary words."""

PRIVATE_KEY_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})

MEMBER_PARAMETERS = words(
    "name family given phonetic identifier birthdate death-date address address-city address-state address-postalcode "
    "address-country telecom phone email subscriber-id subscriberid subscriber mothersmaidenname _content _text "
    "login_hint username"
)
"""Search parameters of R4 (and of login) whose value is a member's own."""

ID_PARAMETERS = frozenset({"_id", "patient", "subject", "beneficiary", "enrollee", "member", "dependent"})

SAFE_CLAIMS = words(
    "iss sub aud exp iat nbf auth_time nonce acr amr azp at_hash c_hash s_hash jti sid typ alg kid scope scp scopes "
    "client_id cid token_use token_type fhiruser patient encounter active username_attribute ver tid"
)
"""Claims that are protocol, not person; any other claim of a JWT or of an answer about a person is masked."""

ID_CLAIMS = frozenset({"sub", "fhiruser", "patient", "encounter"})

PERSON_CLAIMS = words(
    "name given_name family_name middle_name nickname preferred_username username profile picture website email gender "
    "birthdate phone_number address upn unique_name"
)
"""OpenID Connect Core 5.1 and what identity providers add to it."""

SUBTREES = words(
    "name address telecom identifier photo position birthDate deceasedDateTime deceased bornDate bornPeriod bornString "
    "deceasedDate deceasedString deceasedAge deceasedRange born mothersMaidenName"
)
"""Elements below which every value is a person's own, except what :data:`KEPT` names."""

SUBTREE_ENDINGS = ("Address", "HumanName", "ContactPoint", "Identifier")

TYPE_SUBTREES = frozenset({("Coverage", "class")})
NOT_SUBTREES = frozenset({("Endpoint", "address"), ("Parameters", "name")})

KEPT = words(
    "use system type period rank url id assigner reference resourceType valueCode valueCoding valueCodeableConcept"
)

FREE_TEXT = words(
    "text div comment comments description note patientInstruction instruction conclusion title valueString "
    "valueMarkdown contentString authorString disposition summary alias subscriberId dependent preAuthRef serialNumber "
    "lotNumber carrierHRF carrierAIDC distinctIdentifier policyNumber detailString answerString reasonString "
    "ageString onsetString abatementString performedString occurrenceString"
)

DATA = frozenset({"data", "valueBase64Binary", "contentBase64Binary"})

SERVER_TEXT = frozenset({"diagnostics"})
"""Free text a server wrote about a request: kept readable, less the values of members we have seen."""

CONFORMANCE_RESOURCES = words(
    "CapabilityStatement StructureDefinition ValueSet CodeSystem SearchParameter OperationDefinition ConceptMap "
    "ImplementationGuide NamingSystem CompartmentDefinition GraphDefinition MessageDefinition StructureMap "
    "TerminologyCapabilities TestScript"
)
"""Resources about software and vocabulary; nothing in them is a member's."""

RESOURCE_TYPES = words(
    "Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic "
    "Binary BodyStructure Bundle CarePlan CareTeam ChargeItem Claim ClaimResponse ClinicalImpression "
    "Communication CommunicationRequest Composition Condition Consent Contract Coverage "
    "CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device DeviceRequest DeviceUseStatement "
    "DiagnosticReport DocumentManifest DocumentReference Encounter Endpoint EnrollmentRequest EnrollmentResponse "
    "EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Flag Goal Group GuidanceResponse HealthcareService "
    "ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation InsurancePlan Invoice Library "
    "List Location Measure MeasureReport Media Medication MedicationAdministration MedicationDispense "
    "MedicationKnowledge MedicationRequest MedicationStatement MolecularSequence NutritionOrder Observation "
    "OperationOutcome Organization OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation "
    "Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse "
    "RelatedPerson RequestGroup ResearchStudy ResearchSubject RiskAssessment Schedule ServiceRequest Slot "
    "Specimen Subscription Substance SupplyDelivery SupplyRequest Task VisionPrescription VerificationResult"
)
"""R4 resource types whose ids may point to a member."""
