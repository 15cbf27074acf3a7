"""Installed in whatever way, the plugin is found from any folder; the wheel has what it needs and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from twistchat.languages import ROWS

ROOT = Path(__file__).parent.parent
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
BUILD = ("--no-deps", "--no-build-isolation", "--no-index")
SECONDS = 60.0


def run(*words: str, folder: Path) -> str:
    """Run a command and return what it wrote."""
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=SECONDS, env=ENVIRONMENT)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of the project, used a little: running it leaves caches behind."""
    copy = tmp_path_factory.mktemp("source") / "twistchat"
    copy.mkdir()
    for name in (".gitignore", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in ("twistchat", "twisted", ".ci"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    (copy / "twisted" / "plugins" / "dropin.cache").write_bytes(b"old")
    (copy / "twistchat" / "__pycache__").mkdir()
    (copy / "twistchat" / "__pycache__" / "old.pyc").write_bytes(b"old")
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    run(*PIP, "wheel", *BUILD, "--wheel-dir", "dist", ".", folder=source)
    (made,) = (source / "dist").glob("twistchat_server-*.whl")
    return made


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A new virtual environment's Python, which has this one's packages except ours, as it is another project's."""
    run(sys.executable, "-m", "venv", "--without-pip", "venv", folder=tmp_path)
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = tmp_path / "venv" / "bin" / "python"
    missing = subprocess.run([python, "-c", "import twistchat"], cwd=tmp_path, capture_output=True, env=ENVIRONMENT)
    assert missing.returncode != 0
    return python


def test_the_wheel_has_the_plugin_and_merges_into_twisteds_own_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.startswith("twisted/")] == ["twisted/plugins/twistchat_plugin.py"]


def test_the_wheel_has_all_modules_and_no_caches(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "twistchat").rglob("*.py")}
    assert modules <= names
    assert {f"twistchat/interfaces/web/page/{name}" for name in ("index.html", "style.css", "page.js")} <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith(("dropin.cache", ".pyc"))]
    assert not [name for name in names if name.startswith("tests/")]


def test_the_wheel_has_the_script_and_the_licence(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
    assert "twistchat = twistchat.cli:main" in archive.read(points).decode()
    assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())


def test_the_wheel_has_the_catalogs_compiled(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if "/locale/" in name}
    sources = (ROOT / "twistchat" / "locale").rglob("*.po")
    assert names == {str(path.with_suffix(".mo").relative_to(ROOT)) for path in sources}
    assert names


def test_the_source_distribution_has_what_the_catalogs_are_compiled_from_and_with(source: Path, wheel: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", "dist", folder=source)
    (made,) = (source / "dist").glob("twistchat_server-*.tar.gz")
    with tarfile.open(made) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "twistchat" / "locale").rglob("*.po")} <= names
    assert ".ci/compile_catalogs.py" in names
    assert not [name for name in names if name.endswith(".mo")], "compiled for the wheel before, and not the source"


_INSTALLING = r"\b(?:(?:pip3?|pipx|uv tool|uv pip) (?:install|upgrade)|uvx|pipx run)\b"
BY_NAME = re.compile(_INSTALLING + r"""[^\n`&|;]*?(?<=[\s'"])twistchat(?:-server)?(?![\w./-])""")
"""Installing the project by its name: no registry is known to have it, and PyPI's `twistchat` is somebody else's."""


@pytest.mark.parametrize(
    ("words", "is_by_name"),
    [
        ("pip install twistchat", True),
        ("/opt/twistchat/bin/pip install --upgrade twistchat\n", True),
        ("`pip install 'twistchat[client]'`", True),
        ("pipx install twistchat-server", True),
        ("uv tool install twistchat==0.2.0", True),
        ("/opt/twistchat/bin/pip install /root/twistchat", False),
        (".venv/bin/pip install --quiet '.[client]' && .venv/bin/twistd -n twistchat", False),
        ("pip install dist/twistchat_server-0.2.0-py3-none-any.whl", False),
        ("pip install ./twistchat", False),
    ],
)
def test_installing_by_name_is_told_from_installing_what_one_has(words: str, is_by_name: bool) -> None:
    assert bool(BY_NAME.search(words)) is is_by_name


def test_nothing_that_people_read_installs_the_project_by_its_name() -> None:
    """`twistchat` on PyPI is another project, of 2015, that writes into the home folder."""
    read = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*"),
        *(ROOT / "twistchat").rglob("*.py"),
        *ROOT.glob("twistchat/**/*.po"),
    ]
    found = [path.name for path in read if path.suffix != ".png" and BY_NAME.search(path.read_text("utf-8"))]
    assert found == []


def test_neither_folder_of_twisteds_namespace_is_a_package_of_ours() -> None:
    """The first `__init__.py` would break `import twisted.internet`, the second would hide the plugin."""
    assert not (ROOT / "twisted" / "__init__.py").exists()
    assert not (ROOT / "twisted" / "plugins" / "__init__.py").exists()


@pytest.mark.parametrize("options", [(), ("--editable",)], ids=["install", "editable"])
def test_pip_install_makes_twistd_list_the_plugin_from_any_folder(
    source: Path, environment: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    pip = (sys.executable, "-m", "pip", "--python", str(environment), *PIP[3:])
    run(*pip, "install", *BUILD, "--ignore-installed", *options, str(source), folder=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    twistd = (str(environment), "-c", "from twisted.scripts.twistd import run; run()")
    assert "A chat for browsers, telnet, nc and datagrams." in run(*twistd, "--help", folder=elsewhere)
    assert "--flood" in run(*twistd, "twistchat", "--help", folder=elsewhere)
    assert "serve" in run(str(environment.with_name("twistchat")), "--help", folder=elsewhere)
    languages = "from twistchat.languages import loaded; print(*loaded().codes)"
    assert run(str(environment), "-c", languages, folder=elsewhere).split() == [row.code for row in ROWS]


def test_uninstalled_python_m_twisted_finds_the_plugin_in_the_current_folder(source: Path, environment: Path) -> None:
    assert "twistchat" in run(str(environment), "-m", "twisted", "--help", folder=source)
