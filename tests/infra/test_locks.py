"""Every lock has what pyproject.toml asks for, by hash; what is tested is what the layer brings."""

import re
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
LAYER = PROJECT / "layers" / "dependencies" / "requirements.txt"
LOCKS = PROJECT / "infra" / "requirements"
WANTED: dict[Path, list[str]] = {
    LAYER: PYPROJECT["project"]["dependencies"],
    LOCKS / "dev.txt": PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"],
    **{LOCKS / f"{name}.txt": PYPROJECT["dependency-groups"][name] for name in ("cloud", "sam", "bench")},
}


def pins(lock: Path) -> dict[str, str]:
    """The version of each package, each with at least one hash and nothing but hashes."""
    lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=[a-z0-9])", "\n".join(lines)):
        pinned = re.fullmatch(
            r"([a-z0-9.-]+)==(\S+)( ; .+?)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+", entry
        )
        assert pinned, entry[:200]
        found[pinned[1]] = pinned[2]
    return found


@pytest.mark.parametrize("lock", WANTED, ids=lambda lock: f"{lock.parent.name}/{lock.name}")
def test_a_lock_pins_by_hash_all_that_is_asked_for_and_names_no_index(lock: Path) -> None:
    names = {re.split(r"[\[<>=]", each)[0] for each in WANTED[lock]}

    assert names - pins(lock).keys() == set()
    assert "://" not in lock.read_text()


def test_the_tests_run_with_the_versions_that_the_layer_brings() -> None:
    layer, tested = pins(LAYER), pins(LOCKS / "dev.txt")

    assert {name: tested.get(name) for name in layer} == layer
