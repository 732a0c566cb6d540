"""What a command says when it cannot do what it was asked for: one sentence, and never a traceback."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
)
from orderbus.domain.errors import OrderBusError

from infra.local_cloud import LocalCloudError
from infra.sandbox.server import PortInUseError


class CommandError(Exception):
    """A command cannot go on; the message is for people and says what to do."""


_LOGIN = "log in to AWS (for example `aws configure`, or set AWS_PROFILE)"
_AWS_ERRORS: dict[type[BotoCoreError], str] = {
    NoCredentialsError: f"No AWS credentials were found; {_LOGIN}.",
    PartialCredentialsError: f"The AWS credentials are not complete; {_LOGIN}.",
    NoRegionError: "No AWS region is set; set AWS_REGION.",
    ProfileNotFound: "AWS_PROFILE names a profile that is not configured; correct or unset it.",
    EndpointConnectionError: "AWS cannot be reached; check the network, and --endpoint-url if given.",
    ConnectTimeoutError: "AWS cannot be reached; check the network, and --endpoint-url if given.",
    ReadTimeoutError: "AWS did not answer in time; what was asked for may still be under way.",
}
_ADVICE = {
    "provider_unreachable": "if it is up, correct the base_url of the connection",
    "provider_unclear": "if it stays so, correct the base_url of the connection",
}
_LOGGED_OUT = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
}


def told(error: Mapping[str, str]) -> str:
    """What a function answered as its error, and what to do where its message does not say."""
    advice = f"; {_ADVICE[error['code']]}" if error["code"] in _ADVICE else ""
    return f"{error['message']} ({error['code']}){advice}"


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns every error that a user can meet into a CommandError.

    Raises:
        CommandError: Instead of it.
    """
    try:
        yield
    except (OrderBusError, LocalCloudError, PortInUseError) as error:
        raise CommandError(str(error)) from error
    except ClientError as error:
        raise CommandError(_refusal(error)) from error
    except BotoCoreError as error:
        known = (said for kind, said in _AWS_ERRORS.items() if isinstance(error, kind))
        raise CommandError(next(known, f"AWS could not be asked: {error}")) from error


def _refusal(error: ClientError) -> str:
    code = error.response["Error"]["Code"]
    if code in _LOGGED_OUT:
        return f"AWS does not accept the credentials ({code}); {_LOGIN}."
    return f"AWS refused {error.operation_name}: {error.response['Error'].get('Message') or code}"
