"""The bucket: raw pages, what is set aside, large orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What lies under a key in a bucket with versions; each is deleted by its own id.
_VERSIONS: tuple[Literal["Versions", "DeleteMarkers"], ...] = ("Versions", "DeleteMarkers")


class BucketInbox:
    """Bytes in an S3 bucket; a Put is durable when it returns, and read-after-write consistent."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, body: bytes, about: Mapping[str, str]) -> None:
        """Store bytes under a key, with a few facts beside them."""
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, Metadata=dict(about))

    def get(self, key: str) -> tuple[bytes, dict[str, str]] | None:
        """Return the bytes of a key and the facts beside them, or None."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey:
            return None
        return found["Body"].read(), dict(found["Metadata"])

    def erase(self, prefix: str) -> int:
        """Delete what is stored under keys that begin so, in every version that there is; return how many."""
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        found = [each for page in pages for kind in _VERSIONS for each in page.get(kind, [])]
        for each in found:
            self._client.delete_object(Bucket=self._bucket, Key=each["Key"], VersionId=each["VersionId"])
        return len({each["Key"] for each in found})
