"""Brings code and template into the emulator, as a deploy to AWS ends: S3, CloudFormation."""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from infra.local_cloud.cloudformation_yaml import Template
from infra.local_cloud.errors import LocalCloudError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

BUCKET = "orderbus-local-code"
DEPLOYED_WITHIN_SECONDS = 60.0
Client = Callable[[str], Any]


def upload(client: Client, name: str, package: bytes) -> str:
    """Puts a package where CloudFormation can read it, and says where that is."""
    return f"s3://{BUCKET}/{_put(client, f'{name}.zip', package)}"


def _put(client: Client, key: str, content: bytes) -> str:
    storage = client("s3")
    storage.create_bucket(Bucket=BUCKET)
    storage.put_object(Bucket=BUCKET, Key=key, Body=content)
    return key


def deploy(client: Client, stack: str, template: Template, parameters: Mapping[str, str]) -> dict[str, str]:
    """Creates the stack, waits for it, and returns its outputs.

    Raises:
        LocalCloudError: The emulator refused the template or a resource of it.
    """
    cloudformation: CloudFormationClient = client("cloudformation")
    # From S3, as on AWS: a template in the request itself may have 51,200 bytes only.
    key = _put(client, "template.json", json.dumps(template, separators=(",", ":")).encode())
    try:
        cloudformation.create_stack(
            StackName=stack,
            TemplateURL=f"https://s3.amazonaws.com/{BUCKET}/{key}",
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except cloudformation.exceptions.ClientError as error:
        raise LocalCloudError(f"The AWS emulator refused template.yaml: {error}") from error
    return _outputs_when_done(cloudformation, stack)


def _outputs_when_done(cloudformation: "CloudFormationClient", stack: str) -> dict[str, str]:
    deadline = time.monotonic() + DEPLOYED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if found["StackStatus"] == "CREATE_COMPLETE":
            outputs = found.get("Outputs", [])
            return {output["OutputKey"]: output["OutputValue"] for output in outputs}
        if not found["StackStatus"].endswith("CREATE_IN_PROGRESS"):
            break
        time.sleep(0.05)
    reason = _first_failure(cloudformation, stack)
    raise LocalCloudError(f"template.yaml was not deployed to the AWS emulator: {reason}")


def _first_failure(cloudformation: "CloudFormationClient", stack: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failures = [event for event in reversed(events) if "FAILED" in event.get("ResourceStatus", "")]
    if not failures:
        return f"it took longer than {DEPLOYED_WITHIN_SECONDS:.0f} seconds"
    first = failures[0]
    return f"{first.get('LogicalResourceId')}: {first.get('ResourceStatusReason')}"
