"""What of `template.yaml` is other in the local cloud than on AWS, and why."""

import copy
from collections.abc import Mapping

from infra.local_cloud.cloudformation_yaml import Template

# Types that the emulator does not know, each with what is missing for it. For one of them it would
# refuse the whole template.
UNKNOWN_TYPES = {
    "AWS::Events::Archive": "events are not archived, and cannot be replayed",
    "AWS::Events::EventBusPolicy": "anyone on this machine may put commands on the bus",
}


def adapt(
    template: Template, code: Mapping[str, str], *, endpoint: str, schedules: bool
) -> tuple[Template, list[str]]:
    """Makes the template one that the emulator takes, and says what it had to leave out.

    Args:
        template: The project's template, as read.
        code: Where the code of each function and layer is (`s3://...`), by the resource's name.
        endpoint: The URL of the emulator, below which it serves HTTP APIs.
        schedules: Whether providers are polled each minute; all other schedules stay.
    """
    adapted = copy.deepcopy(template)
    resources = adapted["Resources"]
    if not schedules:
        for resource in resources.values():
            if _polls_a_provider(resource):
                resource["Properties"].pop("Events", None)
    for name, location in code.items():
        properties = resources[name]["Properties"]
        properties["CodeUri" if "CodeUri" in properties else "ContentUri"] = location
    adapted["Outputs"]["ImportUrl"]["Value"] = {
        "Fn::Sub": f"{endpoint}/_aws/execute-api/${{ImportApi}}/import"
    }
    return adapted, _leave_out_unknown(resources)


def _polls_a_provider(resource: Template) -> bool:
    folder = resource.get("Properties", {}).get("CodeUri", "")
    return str(folder).startswith("functions/fetch_")


def _leave_out_unknown(resources: Template) -> list[str]:
    unknown = [name for name, resource in resources.items() if resource["Type"] in UNKNOWN_TYPES]
    types = {name: resources.pop(name)["Type"] for name in unknown}
    return [f"{name} ({kind}): {UNKNOWN_TYPES[kind]}" for name, kind in types.items()]
