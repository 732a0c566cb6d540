"""The type check leaves no Python file out."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_python_file_is_in_a_package_that_mypy_checks() -> None:
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
    checked = [ROOT / path / package for path in (".", *mypy["mypy_path"]) for package in mypy["packages"]]

    files = {*ROOT.glob("*.py"), *ROOT.glob("[!.]*/**/*.py")}
    assert len(files) > 400
    assert {file for file in files if not any(file.is_relative_to(package) for package in checked)} == set()
