"""The local cloud: `template.yaml` as it stands, deployed into an AWS emulator on this machine."""

from infra.local_cloud.cloud import LocalCloud
from infra.local_cloud.errors import LocalCloudError

__all__ = ["LocalCloud", "LocalCloudError"]
