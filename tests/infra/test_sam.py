"""The SAM CLI takes the template, and builds it on a machine with any Python."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local_cloud.cloudformation_yaml import read_template

PROJECT = Path(__file__).resolve().parents[2]
SAM = PROJECT / ".venvs" / "sam" / "bin" / "sam"

needs_sam = pytest.mark.skipif(
    not SAM.exists() and not os.environ.get("CI"),
    reason="the SAM CLI is not set up; make .venvs/sam/.ready sets it up",
)


def run_sam(*arguments: str) -> str:
    """Runs the SAM CLI with no other Python on the path than the one of this test."""
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    environment = {
        "PATH": path,
        "HOME": os.environ.get("HOME", "/"),
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    # pip finds its index by these, where a machine has one of its own.
    environment |= {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_", "HTTP"))}
    done = subprocess.run(
        [SAM, *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_sam
def test_the_template_passes_validation_and_lint_without_an_exception() -> None:
    assert "is a valid SAM Template" in run_sam("validate", "--lint", "--template", "template.yaml")
    assert "cfn-lint" not in (PROJECT / "template.yaml").read_text()


@needs_sam
def test_sam_build_packs_functions_and_layers_for_the_runtime_of_the_template(
    tmp_path: Path,
) -> None:
    run_sam("build", "--build-dir", str(tmp_path / "build"), "--no-cached")

    built = read_template(tmp_path / "build" / "template.yaml")["Resources"]
    for name in (
        "FetchNet32",
        "FetchLunasoft",
        "FetchRetailys",
        "FetchZonos",
        "ImportOrder",
        "PublishEvents",
        "ReconcileOrders",
        "SweepDue",
        "ShipOrder",
        "SettleCharge",
    ):
        code = built[f"{name}Function"]["Properties"]["CodeUri"]
        assert (tmp_path / "build" / code / "app.py").resolve().is_relative_to(PROJECT)
    assert built["OrderbusLayer"]["Properties"]["ContentUri"] == "OrderbusLayer"
    assert (tmp_path / "build" / "OrderbusLayer" / "python" / "orderbus" / "py.typed").exists()
    packages = tmp_path / "build" / "DependenciesLayer" / "python"
    assert {path.name for path in (packages / "pydantic_core").glob("*.so")} == {
        "_pydantic_core.cpython-313-x86_64-linux-gnu.so"
    }
    assert not (packages / "boto3").exists()


def make_layer(tmp_path: Path, runtime_python: str) -> tuple[Path, str]:
    """Runs the recipe of the layer beside what another Python left; returns the layer and what was said."""
    layer = shutil.copytree(PROJECT / "layers" / "orderbus", tmp_path / "layer")
    (layer / "orderbus" / "domain" / "__pycache__").mkdir(exist_ok=True)
    (layer / "orderbus" / "domain" / "__pycache__" / "money.cpython-27.pyc").touch()
    built = tmp_path / "built"
    recipe = ["build-OrderbusLayer", f"ARTIFACTS_DIR={built}", f"RUNTIME_PYTHON={runtime_python}"]
    made = subprocess.run(
        ["make", *recipe], cwd=layer, check=True, timeout=60, capture_output=True, text=True
    )
    return built, made.stdout + made.stderr


def test_the_layer_is_compiled_by_the_runtimes_python_and_names_no_folder_of_the_build(
    tmp_path: Path,
) -> None:
    built, _ = make_layer(tmp_path, sys.executable)

    modules = list((built / "python" / "orderbus").rglob("*.py"))
    compiled = [Path(importlib.util.cache_from_source(str(module))) for module in modules]
    assert len(modules) > 50
    assert sorted(built.rglob("*.pyc")) == sorted(compiled)
    for each in compiled:
        content = each.read_bytes()
        assert content[4:8] == b"\x01\0\0\0", (
            "Lambda's file times are its own: neither they nor a hash are checked"
        )
        assert str(tmp_path).encode() not in content


def test_without_the_runtimes_python_the_layer_is_its_source_alone_and_that_is_said(tmp_path: Path) -> None:
    built, said = make_layer(tmp_path, "python0.0")

    assert (built / "python" / "orderbus" / "domain" / "money.py").exists()
    assert not list(built.rglob("__pycache__"))
    assert "There is no python0.0 to compile the layer with" in said


def test_the_layers_are_compiled_for_the_runtime_of_the_template() -> None:
    runtime = read_template(PROJECT / "template.yaml")["Globals"]["Function"]["Runtime"]

    for layer in ("orderbus", "dependencies"):
        recipe = (PROJECT / "layers" / layer / "Makefile").read_text()
        assert f"RUNTIME_PYTHON ?= {runtime}\n" in recipe
        assert '"$(RUNTIME_PYTHON)" -m compileall' in recipe


def test_the_deploy_settings_name_no_account_and_no_region() -> None:
    settings = (PROJECT / "samconfig.toml").read_text()

    assert "region" not in settings
    assert "s3_bucket" not in settings
