"""The local cloud as one thing: up at the start of a `with`, gone at its end."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.local_cloud import adaptation, deployment, packages
from infra.local_cloud.clients import HOST, REGION, local_client
from infra.local_cloud.cloudformation_yaml import read_template
from infra.local_cloud.emulator import Emulator
from infra.local_cloud.errors import LocalCloudError

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = PROJECT / ".venvs"
EMULATOR_PYTHON = ENVIRONMENTS / "cloud" / "bin" / "python"
LAYER_CACHE = ENVIRONMENTS / "layer-cache"


class LocalCloud:
    """OrderBus on an AWS emulator of this machine: empty at first, and gone with the `with`.

    Attributes:
        endpoint: The URL of its AWS API.
        region: Its region; any credentials will do.
        outputs: The outputs of the stack.
        left_out: What of the template it does not have, in words for people.
        log_file: What the emulator and the functions say; kept only where an error ends the `with`.
    """

    log_file: Path

    def __init__(
        self,
        *,
        host: str = HOST,
        port: int = 4566,
        schedules: bool = True,
        progress: Callable[[str], None] = lambda _: None,
        stack: str = "orderbus",
        project: Path = PROJECT,
    ) -> None:
        """Says what to start; `with` starts it.

        Args:
            host: The address of this machine to listen on; another one where containers shall reach it.
            port: The port; 0 takes a free one.
            schedules: Whether the providers are polled each minute.
            progress: Called with each step as it begins.
            stack: The stack's name, which is the prefix of all names.
            project: The folder with `template.yaml`.
        """
        self.region = REGION
        self.endpoint = ""
        self.outputs: dict[str, str] = {}
        self.left_out: list[str] = []
        self._host = host
        self._port = port
        self._schedules = schedules
        self._progress = progress
        self._stack = stack
        self._project = project
        self._emulator: Emulator | None = None

    def __enter__(self) -> Self:
        """Starts the emulator and deploys the template.

        Raises:
            LocalCloudError: Something is missing or refused; whatever was started is gone again.
        """
        self.log_file = _new_log_file()
        try:
            self._start()
            self._deploy()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._emulator:
            self._emulator.stop()
        worth_reading = isinstance(error, Exception) and self.log_file.stat().st_size
        if not worth_reading:
            self.log_file.unlink()

    def client(self, service: str) -> Any:
        """A boto3 client of the local cloud, whatever AWS settings this machine has."""
        return local_client(service, self.endpoint)

    def environments(self) -> dict[str, dict[str, str]]:
        """What each function is told by its environment, by the function's name in the template."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        resources = pages.paginate(StackName=self._stack).build_full_result()["StackResourceSummaries"]
        functions = self.client("lambda")
        return {
            each["LogicalResourceId"]: functions.get_function_configuration(
                FunctionName=each["PhysicalResourceId"]
            )["Environment"]["Variables"]
            for each in resources
            if each["ResourceType"] == "AWS::Lambda::Function"
        }

    def wait(self) -> None:
        """Returns only by an exception: a signal, or the emulator's end.

        Raises:
            LocalCloudError: The emulator ended by itself.
        """
        if self._emulator:
            self._emulator.wait()
        raise LocalCloudError(f"The AWS emulator ended unexpectedly; see {self.log_file}.")

    def _start(self) -> None:
        self._progress("Starting the AWS emulator")
        self._emulator = Emulator(
            python=EMULATOR_PYTHON, host=self._host, port=self._port, log_file=self.log_file
        )
        self.endpoint = f"http://{self._host}:{self._emulator.port}"

    def _deploy(self) -> None:
        template = read_template(self._project / "template.yaml")
        self._progress("Packing functions and layers (the first time: installing what they need)")
        packed = packages.pack(template, self._project, python=EMULATOR_PYTHON, cache=LAYER_CACHE)
        code = {name: deployment.upload(self.client, name, package) for name, package in packed}
        self._progress("Deploying template.yaml")
        adapted, self.left_out = adaptation.adapt(
            template, code, endpoint=self.endpoint, schedules=self._schedules
        )
        parameters = {"AwsEndpointUrl": self.endpoint}
        self.outputs = deployment.deploy(self.client, self._stack, adapted, parameters)


def _new_log_file() -> Path:
    descriptor, path = tempfile.mkstemp(prefix="orderbus-local-cloud-", suffix=".log")
    os.close(descriptor)
    return Path(path)
