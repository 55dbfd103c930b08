"""The authorization server: OAuth 2.0, OpenID Connect and SMART App Launch, one module per page of the story.

discovery      the three documents an app starts from
clients        who the apps are; registration (RFC 7591); authenticating them (RFC 6749 2.3)
scopes         what can be asked for: SMART v1 and v2 resource scopes, launch context, identity
authorize      the authorization request, checked (RFC 6749 4.1.1, RFC 7636, SMART `aud`)
browsers       the member's browser: cookies, anti-forgery values, who is signed in
pages          what the member sees
signin         login, one-time code, choice of member, consent; then the way back to the app
grants         codes, access and refresh tokens, and how they die
token          the token endpoint (RFC 6749 4.1.3, 5, 6)
identity       the id_token (OpenID Connect Core 2)
assertions     apps that prove themselves with a key (RFC 7523)
inspection     introspection (RFC 7662) and revocation (RFC 7009)
manage         where a member ends an app's access
lab            ages codes and tokens and changes keys, so that tests need not wait
server         which path leads to which of these
"""
