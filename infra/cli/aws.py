"""The AWS account, or the local cloud, that a command works on."""

import json
import os
from dataclasses import dataclass
from typing import Annotated, Any

import boto3
import typer
from botocore.config import Config
from orderbus.aws.connections import ParameterConnections
from orderbus.aws.quarantine import DynamoQuarantine

from infra.cli.errors import CommandError, told
from infra.local_cloud.clients import is_local, local_client

# Longer than any function lives, and asked once: a repeat would start the function again.
_INVOKE = {"read_timeout": 150, "retries": {"total_max_attempts": 1}}
_QUICK = {"connect_timeout": 5}

StackOption = Annotated[str, typer.Option("--stack", help="The stack's name.")]
EndpointOption = Annotated[
    str | None,
    typer.Option(
        "--endpoint-url",
        envvar="AWS_ENDPOINT_URL",
        help="Another AWS API, such as the local cloud's (http://127.0.0.1:4566).",
    ),
]


@dataclass(frozen=True)
class Stack:
    """One deployed stack of OrderBus."""

    name: str
    endpoint: str | None = None

    def client(self, service: str, **config: Any) -> Any:
        """A boto3 client where the stack is; it raises CommandError where something else than AWS answers.

        Raises:
            CommandError: The endpoint is not a web address.
        """
        try:
            made = self._client(service, _QUICK | config)
        except ValueError as error:
            raise CommandError(
                "--endpoint-url is not a web address such as http://127.0.0.1:4566."
            ) from error
        if self.endpoint:
            made.meta.events.register("after-call", self._refuse_what_is_not_aws)
        return made

    def _refuse_what_is_not_aws(self, http_response: Any, **_: Any) -> None:
        if "x-amzn-requestid" not in http_response.headers:
            http_response.raw.close()
            raise CommandError(f"What answers at {self.endpoint} is not AWS; correct --endpoint-url.")

    def _client(self, service: str, settings: dict[str, Any]) -> Any:
        if self.endpoint and is_local(self.endpoint):
            return local_client(service, self.endpoint, **settings)
        # A session of its own: boto3's types know services by name only, this is any of them.
        # boto3 itself reads AWS_DEFAULT_REGION only, unlike AWS's other tools.
        session: Any = boto3.Session(region_name=os.environ.get("AWS_REGION"))
        return session.client(service, endpoint_url=self.endpoint, config=Config(**settings))

    def connections(self) -> ParameterConnections:
        """The connections of the stack."""
        return ParameterConnections(self.client("ssm"), self.name)

    def quarantine(self) -> DynamoQuarantine:
        """The quarantine of the stack."""
        return DynamoQuarantine(self.client("dynamodb"), f"{self.name}-ledger")

    def output(self, name: str) -> str:
        """An output of the stack.

        Raises:
            CommandError: There is no such stack.
        """
        cloudformation = self.client("cloudformation")
        try:
            [stack] = cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        except cloudformation.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            region = cloudformation.meta.region_name
            raise CommandError(
                f"There is no stack {self.name} in {region}; say which with --stack."
            ) from error
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        value: str = outputs[name]
        return value

    def invoke(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Invokes a function of the stack and returns its answer.

        Raises:
            CommandError: There is no such function, it failed, or its answer is an error.
        """
        functions = self.client("lambda", **_INVOKE)
        name = f"{self.name}-{function}"
        try:
            answer = functions.invoke(FunctionName=name, Payload=json.dumps(payload).encode())
        except functions.exceptions.ResourceNotFoundException as missing:
            region = functions.meta.region_name
            raise CommandError(
                f"There is no function {name} in {region}; deploy the stack, or say which with --stack."
            ) from missing
        content: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            kind = content.get("errorType", "unknown error")
            raise CommandError(f"{name} failed ({kind}); its log is /aws/lambda/{name}.")
        # An answer that says where to go on is for the caller to go on from.
        if (error := content.get("error")) and not content.get("next"):
            raise CommandError(told(error))
        return content
