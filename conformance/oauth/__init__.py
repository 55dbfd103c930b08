"""The app's side of SMART App Launch: discovery, authorization in a browser, tokens, identity, scopes."""
