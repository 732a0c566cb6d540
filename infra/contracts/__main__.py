"""Writes what is committed here: `make contracts`."""

from pathlib import Path

from infra.contracts.files import contract_files

HERE = Path(__file__).parent

if __name__ == "__main__":
    for name, text in contract_files().items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
