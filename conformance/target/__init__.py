"""What the user tells us: the target file, its checks, and the frozen model the rest of the project reads."""

from conformance.target.building import today_in
from conformance.target.loading import load_target
from conformance.target.model import (
    Client,
    Deployment,
    Documentation,
    Evidence,
    Ids,
    Lab,
    Member,
    Politeness,
    Scopes,
    Target,
    Tls,
    Tokens,
    UndecidedRows,
)
from conformance.target.problems import Problem, SourceLocation, TargetProblems
from conformance.target.writing import write_target

__all__ = [
    "Client",
    "Deployment",
    "Documentation",
    "Evidence",
    "Ids",
    "Lab",
    "Member",
    "Politeness",
    "Problem",
    "Scopes",
    "SourceLocation",
    "Target",
    "TargetProblems",
    "Tls",
    "Tokens",
    "UndecidedRows",
    "load_target",
    "today_in",
    "write_target",
]
