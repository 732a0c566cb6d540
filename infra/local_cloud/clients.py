"""boto3 clients of an AWS API on this machine, whatever AWS settings the user has."""

import os
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config

from infra.addresses import is_this_machine

HOST = "127.0.0.1"
REGION = "us-east-1"


def is_local(endpoint: str) -> bool:
    """Whether the URL is of this machine, where any credentials will do."""
    return is_this_machine(urlsplit(endpoint).hostname or "")


def local_client(service: str, endpoint: str, **config: Any) -> Any:
    """A client of a service at an endpoint of this machine."""
    # A proxy for the outside world would be asked for this machine too.
    return _session().client(service, endpoint_url=endpoint, config=Config(proxies={}, **config))


@cache
def _session() -> Any:
    """Has none of the user's profiles: one that is set and broken must not matter here."""
    nowhere = (None, None, os.devnull, None)
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )
    return boto3.Session("test", "test", botocore_session=core, region_name=REGION)
