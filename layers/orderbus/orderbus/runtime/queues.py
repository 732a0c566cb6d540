"""Messages of our own on the commands' queues: that something is due."""

from __future__ import annotations

import json

from orderbus.runtime import clients


def send_due(queue: str, subject: str, command_id: str, delay_seconds: int = 0) -> None:
    """Tell a function that a command, or a charge, is due."""
    body = {"due": {"subject": subject, "command_id": command_id}}
    clients.sqs().send_message(QueueUrl=queue, MessageBody=json.dumps(body), DelaySeconds=delay_seconds)
