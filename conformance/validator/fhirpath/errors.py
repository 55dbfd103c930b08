"""What can go wrong with an expression: it cannot be read, or it cannot be decided.

    HarnessError
    ├─ FHIRPathSyntaxError   the text is no FHIRPath expression
    └─ NotEvaluated          outside what can be decided here: never true, never false
       └─ EvaluationError    the specification demands an error (two items where one is needed, wrong operand types)

Both kinds of :class:`NotEvaluated` carry a reason that is fit to be counted: it holds no value of the data.
"""

from __future__ import annotations

from conformance.errors import HarnessError


class FHIRPathSyntaxError(HarnessError):
    """The text is no FHIRPath expression; ``position`` counts characters from 0."""

    def __init__(self, message: str, text: str, position: int) -> None:
        self.text = text
        self.position = position
        super().__init__(f"{message} at character {position + 1} of {text!r}")


class NotEvaluated(HarnessError):
    """The outcome cannot be decided here; ``reason`` says why, in words that can be counted."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class EvaluationError(NotEvaluated):
    """The specification demands that the evaluation ends with an error."""
