"""`orderbus demo`: a scripted day of orders, from sandbox providers to a subscriber on the bus."""

import json
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import typer
from botocore.exceptions import ClientError
from rich.console import Console
from rich.markup import escape

from infra.cli.demo_day import QUARANTINED, Day
from infra.cli.demo_subscriber import Received, Subscriber
from infra.cli.demo_summary import Outcome, amount, claims, show
from infra.cli.dev import KEY, STACK, put_connections, sandbox_connections, until_stopped
from infra.cli.errors import CommandError
from infra.local_cloud import LocalCloud
from infra.sandbox.lunasoft import LunaSoftSandbox
from infra.sandbox.net32 import Net32Sandbox
from infra.sandbox.server import serve

# The emulator looks every 10 seconds which schedules are due; a slow machine takes as long for the rest.
WITHIN_SECONDS = 60.0
FETCHES = ("fetch-net32", "fetch-lunasoft")
INTERRUPTED = 130
# What starts each function without any effect, while no connection is there, and how often: a fetch runs
# twice at once, since it starts one invocation for each connection.
WARM_UP = {"fetch-net32": ({}, 2), "fetch-lunasoft": ({}, 2), "publish-events": ({"since": "2999-01-01"}, 1)}
DEAD_LETTER_QUEUES = ("schedule-dlq", "invoke-failures", "heartbeat-dlq")


class Demo:
    """One run of the demonstration in a local cloud."""

    def __init__(self, console: Console, cloud: LocalCloud, day: Day) -> None:
        self._console = console
        self._cloud = cloud
        self._day = day
        self._began = time.time()
        self._subscriber = Subscriber(cloud)
        self._ids: set[str] = set()
        self.outcome = Outcome(day)

    def run(self) -> None:
        """The day: orders in the morning and in the afternoon, and everything once more in the evening."""
        self._say("[bold]Morning[/]: orders appear at both providers, two of them unreadable")
        self._day.morning()
        self._fetch_and_listen()
        self._say("[bold]Afternoon[/]: new orders, one released from its hold, one cancelled")
        self._day.afternoon()
        self._fetch_and_listen()
        self._say("[bold]Evening[/]: everything is published once more")
        self._publish_again()
        self._look_at_what_was_set_aside()

    def _fetch_and_listen(self) -> None:
        for function in FETCHES:
            self._fetch_soon(function)
        expected = self._day.expected()
        came = {(event.subject, event.type) for event in self.outcome.events}
        for event in self._subscriber.receive_until(lambda: came >= expected, within=WITHIN_SECONDS):
            came.add((event.subject, event.type))
            self._note(event)

    def _fetch_soon(self, function: str) -> None:
        """Starts what each minute's schedule starts, by a schedule for a second from now."""
        schedules = self._cloud.client("scheduler")
        minutes_own = schedules.get_schedule(Name=f"{STACK}-{function}")["Target"]
        soon = datetime.now(UTC) + timedelta(seconds=1)
        schedules.create_schedule(
            Name=f"demo-{function}-{soon:%H%M%S}",
            ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target=minutes_own,
        )

    def _note(self, event: Received) -> None:
        self.outcome.events.append(event)
        self._ids.add(event.detail["id"])
        data = event.detail["data"]
        what = data["reason"] if event.type == QUARANTINED else amount(data["order"]["total"])
        self._say(f"  {event.type:<21} {event.subject:<21} {escape(what)}")

    def _publish_again(self) -> None:
        functions = self._cloud.client("lambda")
        since = datetime.fromtimestamp(self._began, UTC).isoformat()
        functions.invoke(
            FunctionName=f"{STACK}-publish-events", Payload=json.dumps({"since": since}).encode()
        )
        again = self.outcome.repeated
        for event in self._subscriber.receive_until(lambda: again >= self._ids, within=WITHIN_SECONDS):
            again.add(event.detail["id"])

    def _look_at_what_was_set_aside(self) -> None:
        for event in self.outcome.events:
            if event.type == QUARANTINED:
                key = event.detail["data"]["key"]
                self.outcome.raw[key] = self._is_stored(key)
        queues = self._cloud.client("sqs")
        for name in DEAD_LETTER_QUEUES:
            url = queues.get_queue_url(QueueName=f"{STACK}-{name}")["QueueUrl"]
            counted = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            self.outcome.waiting += int(counted["ApproximateNumberOfMessages"])

    def _is_stored(self, key: str) -> bool:
        try:
            self._cloud.client("s3").head_object(Bucket=self._cloud.outputs["InboxBucketName"], Key=key)
        except ClientError:
            return False
        return True

    def _say(self, text: str) -> None:
        self._console.print(f"[dim]{time.time() - self._began:5.1f} s[/]  {text}")


def warm_up(cloud: LocalCloud) -> None:
    """Starts the functions once, so that the times shown are not those of cold starts."""
    functions = cloud.client("lambda")
    for name, (payload, times) in WARM_UP.items():
        for _ in range(times):
            functions.invoke(
                FunctionName=f"{STACK}-{name}",
                InvocationType="Event",
                Payload=json.dumps(payload).encode(),
            )


def demo() -> None:
    """Show a day of orders on this machine; exits 0 only if everything that it shows came true."""
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    net32, lunasoft = Net32Sandbox(key=KEY), LunaSoftSandbox(key=KEY)
    with until_stopped(), ExitStack() as running:
        providers = {
            "net32": running.enter_context(serve(net32)),
            "lunasoft": running.enter_context(serve(lunasoft)),
        }
        cloud = running.enter_context(LocalCloud(port=0, stack=STACK, progress=console.print))
        warm_up(cloud)
        put_connections(cloud, sandbox_connections(providers))
        day = Demo(console, cloud, Day(net32, lunasoft))
        day.run()
        checked = claims(day.outcome)
        show(console, day.outcome, checked)
        broken = [claim for claim in checked if not claim.true]
        if broken:
            raise CommandError(f"{len(broken)} of {len(checked)} did not come true; see {cloud.log_file}.")
        console.print(f"\nAll of it true, in {time.monotonic() - began:.0f} seconds.")
        return
    raise typer.Exit(INTERRUPTED)
