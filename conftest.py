"""Makes plain ``pytest suites --target T.yaml`` the same run as ``conformance run T.yaml``."""

pytest_plugins = ("conformance.engine.plugin",)
