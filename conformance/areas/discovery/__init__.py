"""The area ``discovery``: what the deployment publishes about itself."""
