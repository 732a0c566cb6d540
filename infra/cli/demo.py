"""`orderbus demo`: a scripted day of orders and commands, through sandbox providers and the bus."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import requests
import typer
from botocore.exceptions import ClientError
from rich.console import Console
from rich.markup import escape

from infra.cli.demo_claims import Outcome, claims
from infra.cli.demo_day import QUARANTINED, Day
from infra.cli.demo_evening import Asked, Evening
from infra.cli.demo_subscriber import Subscriber
from infra.cli.demo_summary import show, told
from infra.cli.dev import STACK, put_connections, until_stopped
from infra.cli.errors import CommandError
from infra.cli.shops import CONNECTIONS, Shops, sandbox_connections, served
from infra.local_cloud import LocalCloud

# The emulator looks every 10 seconds which schedules are due; a slow machine takes as long for the rest.
WITHIN_SECONDS = 60.0
FETCHES = tuple(f"fetch-{provider}" for provider in CONNECTIONS)
INTERRUPTED = 130
# What starts each function without any effect, and how often: while no connection is there a fetch starts
# nothing, and it runs twice at once, since it starts one invocation for each connection.
WARM_UP = {
    **{fetch: ({}, 2) for fetch in FETCHES},
    "publish-events": ({"since": "2999-01-01"}, 1),
    "import-order": ({"requestContext": {}}, 2),
    "preauthorize-order": ({"Records": []}, 1),
    "ship-order": ({"Records": []}, 2),
    "update-order": ({"Records": []}, 1),
    "settle-charge": ({"Records": []}, 1),
}
DEAD_LETTER_QUEUES = (
    "schedule-dlq",
    "invoke-failures",
    "heartbeat-dlq",
    "preauthorize-order-dlq",
    "ship-order-dlq",
    "update-order-dlq",
    "settle-charge-dlq",
)


class Demo:
    """One run of the demonstration in a local cloud."""

    def __init__(self, console: Console, cloud: LocalCloud, shops: Shops) -> None:
        self._console = console
        self._cloud = cloud
        self._day = Day(shops)
        self._evening = Evening(shops)
        self._began = time.time()
        self._subscriber = Subscriber(cloud)
        self.outcome = Outcome(self._day, self._evening)

    def run(self) -> None:
        """The day: orders until the afternoon, commands in the evening, and everything once more at night."""
        self._say("[bold]Morning[/]: orders appear at four providers, four of them unreadable")
        self._day.morning()
        self._poll_and_listen()
        self._say("[bold]Noon[/]: a customer reaches the shop's success page, which says so")
        self._hint(self._day.noon())
        self._say("[bold]Afternoon[/]: new orders; held ones released or cancelled; one paid")
        self._day.afternoon()
        self._poll_and_listen()
        self._commands()
        self._say("[bold]Night[/]: everything is published once more")
        self._publish_again()
        self._look_at_what_was_set_aside()

    def _commands(self) -> None:
        """Each wave of commands is sent when the one before is answered, as people would."""
        evening = self._evening
        self._say("[bold]Evening[/]: the warehouse pre-authorizes, ships, and sets a status; one comes twice")
        evening.orders = self.outcome.orders()
        self._send(evening.what_needs_no_answer())
        self._send([evening.twice()])
        self._listen(evening.answers)
        self._say("[bold]Later[/]: one order leaves in two boxes; what is unknown is looked up and resolved")
        self._send(evening.in_two_parts())
        self._listen(evening.answers)
        self._say("[bold]Last[/]: a box is sent again under a new id; the providers are polled once more")
        self._send(evening.once_more())
        self._day.evening()
        self._poll_and_listen()

    def _poll_and_listen(self) -> None:
        for function in FETCHES:
            self._fetch_soon(function)
        self._listen(lambda: self._day.expected() | self._evening.expected())

    def _hint(self, order_id: str) -> None:
        """Ask for an order as the shop's success page does."""
        url = self._cloud.outputs["ImportUrl"]
        answer = requests.get(url, params={"orderId": order_id}, timeout=WITHIN_SECONDS)
        self._say(f"  {url.rpartition('/')[2]}?orderId={order_id} is answered {answer.status_code}")
        self._listen(self._day.expected)

    def _listen(self, expected: Callable[[], set[tuple[str, str]]]) -> None:
        """Note what comes, until all of it has come."""
        wanted = expected()
        came = {event.what for event in self.outcome.events}
        for event in self._subscriber.receive_until(lambda: came >= wanted, within=WITHIN_SECONDS):
            came.add(event.what)
            self.outcome.events.append(event)
            self._say(f"  {event.type:<21} {event.subject:<21} {escape(told(event))}")

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

    def _send(self, commands: Iterable[Asked]) -> None:
        """Put commands on the bus, as any sender does."""
        entries = [each.entry(self._cloud.outputs["BusName"]) for each in commands]
        self._cloud.client("events").put_events(Entries=entries)

    def _publish_again(self) -> None:
        functions = self._cloud.client("lambda")
        since = datetime.fromtimestamp(self._began, UTC).isoformat()
        functions.invoke(
            FunctionName=f"{STACK}-publish-events", Payload=json.dumps({"since": since}).encode()
        )
        again, ids = self.outcome.repeated, self.outcome.ids()
        for event in self._subscriber.receive_until(lambda: again >= ids, within=WITHIN_SECONDS):
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
    shops = Shops()
    with until_stopped(), ExitStack() as running:
        providers = running.enter_context(served(shops))
        cloud = running.enter_context(LocalCloud(port=0, stack=STACK, progress=console.print))
        warm_up(cloud)
        put_connections(cloud, sandbox_connections(providers))
        day = Demo(console, cloud, shops)
        day.run()
        checked = claims(day.outcome)
        show(console, day.outcome, checked)
        broken = [claim for claim in checked if not claim.true]
        if broken:
            raise CommandError(f"{len(broken)} of {len(checked)} did not come true; see {cloud.log_file}.")
        console.print(f"\nAll of it true, in {time.monotonic() - began:.0f} seconds.")
        return
    raise typer.Exit(INTERRUPTED)
