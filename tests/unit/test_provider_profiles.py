"""A provider is found by its package, and imports nothing of another's."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from orderbus import providers
from orderbus.domain.connections import parse_connection, refuse_same_account
from orderbus.domain.errors import ConfigurationError
from orderbus.providers.registry import addressed, make_source, profile_of, provider_names

NAMES = sorted(path.parent.name for path in Path(providers.__path__[0]).glob("*/__init__.py"))
CREDENTIALS = {"store": "999"}


def now() -> datetime:
    return datetime(2026, 11, 26, tzinfo=UTC)


def test_the_providers_are_the_packages_there_are() -> None:
    assert provider_names() == NAMES
    assert set(NAMES) >= {"lunasoft", "net32", "retailys", "zonos"}


@pytest.mark.parametrize("name", [name for name in NAMES if profile_of(name).default_base_url])
def test_a_public_root_that_is_told_and_one_that_is_left_out_are_one_account(name: str) -> None:
    fields = {"provider": name, "credentials": dict.fromkeys(profile_of(name).credentials, "1")}
    told = {"base_url": f"{profile_of(name).default_base_url}/"}

    both = [parse_connection("one", fields), parse_connection("two", fields | told)]

    with pytest.raises(ConfigurationError, match="'one' and 'two' are the same"):
        refuse_same_account([addressed(each) for each in both])


@pytest.mark.parametrize("name", NAMES)
def test_a_credential_that_nobody_uses_makes_no_other_account(name: str) -> None:
    fields = {"provider": name, "base_url": "https://shop.example"}
    used = dict.fromkeys(profile_of(name).credentials, "1")

    both = [
        parse_connection("one", fields | {"credentials": used}),
        parse_connection("two", fields | {"credentials": used | {"note": "of the office"}}),
    ]

    with pytest.raises(ConfigurationError, match="'one' and 'two' are the same"):
        refuse_same_account([addressed(each) for each in both])


def test_a_connection_without_an_address_stays_so_where_there_is_no_public_root() -> None:
    for provider in ("lunasoft", "no-such-shop"):
        connection = parse_connection("one", {"provider": provider})
        assert addressed(connection) == connection


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_names_its_package_and_each_credential_that_its_source_needs(name: str) -> None:
    profile = profile_of(name)
    whole = {key: CREDENTIALS.get(key, "a-secret") for key in profile.credentials}
    base_url = profile.default_base_url or "https://shop.example/site_api/shopping_cart"
    fields = {"provider": name, "base_url": base_url}

    source = make_source(parse_connection("one", fields | {"credentials": whole}), now)

    assert (profile.provider, source.provider, source.connection) == (name, name, "one")
    for missing in profile.credentials:
        rest = {key: value for key, value in whole.items() if key != missing}
        with pytest.raises(ConfigurationError, match=f"has no credential '{missing}'"):
            make_source(parse_connection("one", fields | {"credentials": rest}), now)


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_says_whether_a_connection_can_begin_later(name: str) -> None:
    profile = profile_of(name)
    fields = {
        "provider": name,
        "base_url": "https://shop.example",
        "credentials": {key: CREDENTIALS.get(key, "a-secret") for key in profile.credentials},
        "options": {"start_at": "2026-01-01T00:00:00Z"},
    }
    connection = parse_connection("one", fields)

    if profile.has_start:
        assert make_source(connection, now).start_at == datetime(2026, 1, 1, tzinfo=UTC)
    else:
        with pytest.raises(ConfigurationError, match=r"options\.start_at"):
            make_source(connection, now)


def test_a_provider_that_is_not_there_is_named_with_those_that_are() -> None:
    connection = parse_connection("one", {"provider": "shop"})

    with pytest.raises(ConfigurationError) as refused:
        make_source(connection, now)

    assert str(refused.value) == f"connection 'one': provider: not one of {', '.join(NAMES)}"


def test_a_fifth_provider_is_there_by_its_package_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "fifthshop"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "profile.py").write_text("PROFILE = 'its profile'\n")
    monkeypatch.setattr(providers, "__path__", [*providers.__path__, str(tmp_path)])

    found = profile_of("fifthshop")

    assert provider_names() == sorted([*NAMES, "fifthshop"])
    assert str(found) == "its profile"


def test_a_profile_imports_no_other_provider() -> None:
    code = (
        "import sys; from orderbus.providers.registry import profile_of; profile_of('lunasoft');"
        " print(*sorted(m for m in sys.modules if m.startswith('orderbus.providers.')))"
    )
    layer = Path(providers.__path__[0]).parents[1]

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=layer, capture_output=True, text=True, check=True, timeout=60
    )

    loaded = {module.split(".")[2] for module in done.stdout.split()}
    assert loaded & set(NAMES) == {"lunasoft"}
