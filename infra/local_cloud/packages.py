"""Packs functions and layers as `sam build` would, but for the Python that the emulator runs on."""

import hashlib
import io
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from infra.local_cloud.cloudformation_yaml import Template
from infra.local_cloud.errors import LocalCloudError

FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"


def pack(template: Template, project: Path, *, python: Path, cache: Path) -> Iterator[tuple[str, bytes]]:
    """The name and the zip of each function and layer of the template.

    Args:
        template: The project's template, as read.
        project: The folder that it stands in.
        python: The interpreter that the functions will run on.
        cache: Where layers that are installed from a lock are kept from one time to the next.

    Raises:
        LocalCloudError: A function's folder is missing, or a layer could not be made.
    """
    for name, resource in template["Resources"].items():
        if resource["Type"] == FUNCTION:
            yield name, _pack_function(project / resource["Properties"]["CodeUri"])
        elif resource["Type"] == LAYER:
            source = project / resource["Properties"]["ContentUri"]
            yield name, _pack_layer(name, source, python=python, cache=cache)


def _pack_function(source: Path) -> bytes:
    if not (source / "app.py").exists():
        raise LocalCloudError(f"template.yaml names the function {source}, but it has no app.py.")
    return _zipped(source)


def _pack_layer(name: str, source: Path, *, python: Path, cache: Path) -> bytes:
    if (source / "requirements.txt").exists():
        return _reference_to(_installed(name, source, python=python, cache=cache))
    with tempfile.TemporaryDirectory(prefix="orderbus-layer-") as folder:
        _make_layer(name, source, Path(folder), python)
        return _zipped(Path(folder))


def _installed(name: str, source: Path, *, python: Path, cache: Path) -> Path:
    """The folder of a layer that is made from a lock: once for each lock, recipe and interpreter."""
    key = hashlib.sha256()
    for part in ((source / "requirements.txt").read_bytes(), (source / "Makefile").read_bytes()):
        key.update(part)
    key.update(str(python.resolve()).encode())
    kept = cache / f"{name}-{key.hexdigest()[:16]}"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            made = Path(folder) / name
            made.mkdir()
            _make_layer(name, source, made, python)
            try:
                made.rename(kept)
            except OSError:
                # Another run was faster: its folder is as good.
                if not kept.exists():
                    raise
    return kept


def _reference_to(layer: Path) -> bytes:
    """A layer of one file, which puts the installed one on the path.

    The emulator unpacks layers anew for every worker process: thousands of files each, which cost a
    second of every cold start and, on some disks, a minute to remove at the end.
    """
    line = f"import sys; sys.path.insert(0, {str(layer / 'python')!r})\n"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("python/lib/python3/site-packages/layer.pth", line)
    return file.getvalue()


def _make_layer(name: str, source: Path, folder: Path, python: Path) -> None:
    """Runs the recipe that `sam build` runs, told to build for this interpreter."""
    recipe = [
        f"build-{name}",
        f"ARTIFACTS_DIR={folder}",
        f"PYTHON={python}",
        "WHEELS_FOR=",
        "RUNTIME_PYTHON=",
    ]
    made = _run_make(recipe, source)
    if made.returncode:
        raise LocalCloudError(
            f"Could not make the layer {name} in {source}; check that pip reaches its package"
            f" index. It said: {_last_line(made.stderr)}"
        )
    _compile(folder, python)


def _run_make(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["make", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise LocalCloudError(
            "There is no make on this machine, which builds the layers; install it."
        ) from error


def _compile(folder: Path, python: Path) -> None:
    """Compiles once what each worker process would compile anew; unpacking sets new file times.

    A module that cannot be compiled is told by the function that imports it.
    """
    subprocess.run(
        [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", folder],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def _zipped(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return file.getvalue()


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"
