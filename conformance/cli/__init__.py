"""The command line: parse, call, print. Everything else is imported by the command that needs it."""

from __future__ import annotations

import sys
import traceback
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

import click

from conformance import __version__
from conformance.cli import finished, guides, judging, looking_up, preparing
from conformance.errors import ConfigError, ConformanceError, ExitCode, TargetUnreachable

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the ``conformance`` script; every ending is one of the documented exit codes."""
    for stream in (sys.stdout, sys.stderr):  # a Windows pipe may know no ✓ and no →
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(_code(arguments))


def _code(arguments: Sequence[str] | None) -> int:
    try:
        code = commands.main(arguments, prog_name="conformance", standalone_mode=False)
    except click.exceptions.Abort:
        code = _end("interrupted", ExitCode.INTERRUPTED)
    except click.UsageError as problem:
        hint = f"\ntry: {problem.ctx.command_path} --help" if problem.ctx else ""
        code = _end(f"{problem.format_message()}{hint}", ExitCode.CONFIGURATION)
    except click.ClickException as problem:
        code = _end(problem.format_message(), ExitCode.CONFIGURATION)
    except ConfigError as problem:
        code = _end(str(problem), ExitCode.CONFIGURATION)
    except TargetUnreachable as problem:
        code = _end(str(problem), ExitCode.UNREACHABLE)
    except ConformanceError as problem:
        code = _end(str(problem), ExitCode.HARNESS_ERROR)
    except BrokenPipeError:
        code = ExitCode.CONFORMANT
    except Exception as problem:  # noqa: BLE001  Python's own ending, 1, would say that the deployment is at fault
        code = _unexpected(problem)
    return code if isinstance(code, int) else 0


def _unexpected(problem: Exception) -> int:
    """A file that cannot be used is named, for the user can mend that; anything else is ours."""
    if isinstance(problem, OSError) and problem.filename:
        return _end(f"{problem.filename}: {problem.strerror or problem}", ExitCode.CONFIGURATION)
    return _end(_short_trace(), ExitCode.HARNESS_ERROR)


def _short_trace() -> str:
    from conformance.redaction import Redactor  # noqa: PLC0415

    return f"trouble in the harness, please report it:\n{Redactor().text(traceback.format_exc(limit=-3))}"


def _end(message: str, code: int) -> int:
    click.echo(f"conformance: {message}", err=True)
    return code


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="conformance")
def commands() -> None:
    """Prove a Patient Access API conformant: SMART App Launch, US Core, CARIN Blue Button, HRex, PDex, CMS-0057-F.

    Judge the built-in reference payer, or the deployment that a target file describes:

    \b
    conformance run --reference
    conformance run staging.yaml

    Exit codes of a run: 0 conformant, 1 non-conformant, 2 interrupted, 3 harness error, 4 usage or configuration,
    5 incomplete, 6 target unreachable.
    """


for command in (
    judging.run,
    judging.prove,
    judging.serve,
    preparing.init,
    preparing.doctor,
    preparing.login,
    preparing.completion,
    looking_up.validate,
    looking_up.list_,
    looking_up.explain,
    guides.guides,
    finished.compare,
    finished.verify,
    finished.report,
    finished.baseline,
):
    commands.add_command(command)
