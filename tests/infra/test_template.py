"""What template.yaml promises, read from the file itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from orderbus.aws.outbox import events_of_record
from orderbus.commands.work import queue_of
from orderbus.domain.commands import ARGUMENTS
from orderbus.providers.registry import profile_of, provider_names
from orderbus.runtime import commands
from orderbus.runtime.fetch import RESERVE_MS

from infra.local_cloud.cloudformation_yaml import read_template

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATE = read_template(PROJECT / "template.yaml")
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]

FUNCTIONS = {
    *(f"fetch-{name}" for name in provider_names()),
    "import-order",
    "preauthorize-order",
    "publish-events",
    "reconcile-orders",
    "settle-charge",
    "ship-order",
    "sweep-due",
    "update-order",
}
COMMAND_FUNCTIONS = {"PreauthorizeOrder", "ShipOrder", "UpdateOrder", "SettleCharge"}
DEAD_LETTERS = ("DeadLetterConfig", "OnFailure", "RedrivePolicy")


def of_type(kind: str) -> dict[str, Any]:
    return {
        name: resource.get("Properties", {})
        for name, resource in RESOURCES.items()
        if resource["Type"] == kind
    }


def found(node: Any, key: str) -> Iterator[Any]:
    """All values that stand under this key, at any depth."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from found(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from found(value, key)


def stack_name(function: dict[str, Any]) -> str:
    return str(function["FunctionName"]["Fn::Sub"]).removeprefix("${AWS::StackName}-")


SERVERLESS = of_type("AWS::Serverless::Function")
QUEUES = of_type("AWS::SQS::Queue")
ALARMS = of_type("AWS::CloudWatch::Alarm")
DEAD_LETTER_QUEUES = {
    place["Fn::GetAtt"][0]
    for holder in DEAD_LETTERS
    for config in found(TEMPLATE, holder)
    for place in (config.get("Arn"), config.get("Destination"), config.get("deadLetterTargetArn"))
    if place and place["Fn::GetAtt"][0] in QUEUES
}


def test_functions_are_named_as_outsiders_know_them() -> None:
    assert {stack_name(function) for function in SERVERLESS.values()} == FUNCTIONS


@pytest.mark.parametrize("name", SERVERLESS)
def test_a_function_is_one_file_in_the_folder_of_its_name(name: str) -> None:
    function = SERVERLESS[name]

    assert function["CodeUri"] == f"functions/{stack_name(function).replace('-', '_')}"
    assert (PROJECT / function["CodeUri"] / "app.py").exists()
    assert TEMPLATE["Globals"]["Function"]["Handler"] == "app.handler"


@pytest.mark.parametrize("name", SERVERLESS)
def test_a_function_logs_to_a_group_of_its_name_that_forgets(name: str) -> None:
    function = SERVERLESS[name]
    group = of_type("AWS::Logs::LogGroup")[function["LoggingConfig"]["LogGroup"]["Ref"]]

    expected = f"/aws/lambda/{function['FunctionName']['Fn::Sub']}"
    assert group["LogGroupName"] == {"Fn::Sub": expected}
    assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("name", SERVERLESS)
def test_the_metrics_of_a_function_carry_its_name(name: str) -> None:
    variables = SERVERLESS[name]["Environment"]["Variables"]

    assert variables["POWERTOOLS_SERVICE_NAME"] == SERVERLESS[name]["FunctionName"]


def test_an_alarm_on_a_metric_of_ours_names_a_function_that_is_there() -> None:
    named = [
        alarm["Dimensions"][0]["Value"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for alarm in ALARMS.values()
        if alarm["Namespace"] == "OrderBus"
    ]

    assert len(named) >= 42
    assert set(named) <= FUNCTIONS


def test_no_policy_allows_anything_on_everything() -> None:
    statements = [
        statement
        for allowed in found(TEMPLATE, "Statement")
        for statement in (allowed if isinstance(allowed, list) else [allowed])
        if statement["Effect"] == "Allow"
    ]

    assert len(statements) >= 10
    for statement in statements:
        resources = statement["Resource"]
        assert "*" not in (resources if isinstance(resources, list) else [resources]), statement
        actions = statement["Action"]
        for action in actions if isinstance(actions, list) else [actions]:
            assert "*" not in action, statement


def test_only_orderbus_events_may_be_published_by_us() -> None:
    statements = [
        statement
        for allowed in found(TEMPLATE, "Statement")
        for statement in (allowed if isinstance(allowed, list) else [allowed])
        if "events:PutEvents" in statement["Action"]
    ]

    senders = RESOURCES["CommandSendersPolicy"]["Properties"]["Statement"]
    assert senders["Condition"] == {"StringNotEquals": {"events:source": "orderbus"}}
    statements.remove(senders)
    assert len(statements) == 2
    for statement in statements:
        assert statement["Condition"] == {"StringEquals": {"events:source": "orderbus"}}
        assert statement["Resource"] == {"Fn::GetAtt": ["Bus", "Arn"]}


def schedules() -> dict[str, Any]:
    return {
        f"{name}.{event}": source["Properties"]
        for name, function in SERVERLESS.items()
        for event, source in function.get("Events", {}).items()
        if source["Type"] == "ScheduleV2"
    }


def test_what_polls_or_sweeps_does_so_each_minute_and_what_reconciles_each_day() -> None:
    by_queue_or_stream = {stack_name(SERVERLESS[f"{each}Function"]) for each in COMMAND_FUNCTIONS}
    others = {"import-order", "publish-events", "reconcile-orders", *by_queue_or_stream}
    each_minute = FUNCTIONS - others
    expected = dict.fromkeys(each_minute, "rate(1 minute)") | {"reconcile-orders": "rate(1 day)"}

    assert {
        schedule["Name"]["Fn::Sub"].removeprefix("${AWS::StackName}-"): schedule["ScheduleExpression"]
        for schedule in schedules().values()
    } == expected
    for schedule in schedules().values():
        assert json.loads(schedule["Input"]) == {}


def test_errors_that_a_function_of_each_minute_keeps_answering_raise_an_alarm() -> None:
    each_minute = [each for each in schedules().values() if each["ScheduleExpression"] == "rate(1 minute)"]
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::Sub"]: (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"])
        for alarm in ALARMS.values()
        if alarm["MetricName"] == "Failures"
    }

    # Not once: a person's wrong request counts as well, and is answered to the person.
    assert watched == {schedule["Name"]["Fn::Sub"]: (3, 5) for schedule in each_minute}


def test_orders_that_a_provider_keeps_not_answering_for_raise_an_alarm_though_the_polls_are_complete() -> (
    None
):
    watched = {
        stack_name({"FunctionName": alarm["Dimensions"][0]["Value"]}): (
            alarm["Period"],
            alarm["DatapointsToAlarm"],
            alarm["EvaluationPeriods"],
        )
        for alarm in ALARMS.values()
        if alarm["MetricName"] == "WatchReadsFailed"
    }

    # Net32 shows an order once: nothing of it is watched.
    asked_again = [name for name in provider_names() if profile_of(name).read != "drain"]
    assert watched == dict.fromkeys([f"fetch-{name}" for name in asked_again], (900, 3, 4))


def test_a_tick_that_is_not_delivered_goes_to_a_dead_letter_queue() -> None:
    for name, schedule in schedules().items():
        assert schedule["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in QUEUES, name
        # Of each minute's the next one is as good; a day's is tried for an hour.
        longest = 60 if schedule["ScheduleExpression"] == "rate(1 minute)" else 3600
        assert schedule["RetryPolicy"]["MaximumEventAgeInSeconds"] == longest, name


def test_a_run_that_reads_has_as_long_for_it_as_it_keeps_back_for_its_end() -> None:
    reading = {
        name: SERVERLESS[name]["Timeout"] for name in SERVERLESS if name.startswith(("Fetch", "Reconcile"))
    }

    assert len(reading) == len(provider_names()) + 1
    assert all(seconds * 1000 >= 2 * RESERVE_MS for seconds in reading.values()), reading


def test_an_invocation_is_never_repeated_by_lambda_and_kept_when_it_failed() -> None:
    config = TEMPLATE["Globals"]["Function"]["EventInvokeConfig"]

    assert config["MaximumRetryAttempts"] == 0
    assert config["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] in QUEUES
    own = {
        name: function["EventInvokeConfig"]
        for name, function in SERVERLESS.items()
        if "EventInvokeConfig" in function
    }
    # A fetch that waits is overtaken by the next one; a reconciliation would come again a day later.
    assert config["MaximumEventAgeInSeconds"] == 120
    assert own == {"ReconcileOrdersFunction": {"MaximumEventAgeInSeconds": 3600}}


def test_a_rule_target_has_a_dead_letter_queue_and_both_let_only_the_rule_in() -> None:
    rules = of_type("AWS::Events::Rule")
    policies = of_type("AWS::SQS::QueuePolicy")

    assert rules
    for rule, properties in rules.items():
        for target in properties["Targets"]:
            for place in (target["Arn"], target["DeadLetterConfig"]["Arn"]):
                queue = place["Fn::GetAtt"][0]
                [policy] = [p for p in policies.values() if p["Queues"] == [{"Ref": queue}]]
                [statement] = policy["PolicyDocument"]["Statement"]
                assert statement["Resource"] == place
                source = {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}
                assert statement["Condition"] == {"ArnEquals": source}


def test_the_relay_starts_at_the_beginning_isolates_gives_up_and_keeps_what_it_gave_up() -> None:
    mapping = of_type("AWS::Lambda::EventSourceMapping")["LedgerStream"]

    assert mapping["FunctionName"] == {"Ref": "PublishEventsFunction"}
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["Ledger", "StreamArn"]}
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["BisectBatchOnFunctionError"] is True
    assert 0 < mapping["MaximumRetryAttempts"] <= 10_000
    assert 3600 < mapping["MaximumRecordAgeInSeconds"] < 24 * 3600
    on_failure = mapping["DestinationConfig"]["OnFailure"]["Destination"]
    assert on_failure == {"Fn::GetAtt": ["InboxBucket", "Arn"]}


def test_the_relay_is_given_only_what_has_an_outbox() -> None:
    mapping = of_type("AWS::Lambda::EventSourceMapping")["LedgerStream"]
    [pattern] = mapping["FilterCriteria"]["Filters"]

    assert json.loads(pattern["Pattern"]) == {"dynamodb": {"NewImage": {"outbox": {"S": [{"exists": True}]}}}}


def test_every_dead_letter_queue_keeps_for_two_weeks_and_has_an_alarm() -> None:
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in ALARMS.values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Dimensions"]
    }

    assert {
        "ScheduleDeadLetterQueue",
        "InvokeFailuresQueue",
        "HeartbeatDeadLetterQueue",
        *(f"{function}DeadLetterQueue" for function in COMMAND_FUNCTIONS),
    } == DEAD_LETTER_QUEUES
    assert watched == DEAD_LETTER_QUEUES
    for name in DEAD_LETTER_QUEUES:
        assert QUEUES[name]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_every_alarm_has_a_sentence_and_tells_somebody() -> None:
    for name, alarm in ALARMS.items():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        assert alarm["AlarmDescription"].endswith("."), name
        assert alarm["TreatMissingData"] in {"breaching", "notBreaching"}, name


def test_a_bus_without_heartbeats_for_15_minutes_raises_an_alarm() -> None:
    alarm = ALARMS["HeartbeatMissingAlarm"]

    assert alarm["Period"] * alarm["EvaluationPeriods"] == 15 * 60
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["HeartbeatQueue", "QueueName"]}
    pattern = RESOURCES["HeartbeatRule"]["Properties"]["EventPattern"]
    assert pattern == {"source": ["orderbus"], "detail-type": ["heartbeat.v1"]}


def test_a_queue_that_feeds_a_function_hides_a_message_for_six_timeouts() -> None:
    for mapping in of_type("AWS::Lambda::EventSourceMapping").values():
        source = mapping["EventSourceArn"]["Fn::GetAtt"][0]
        if source in QUEUES:
            function = SERVERLESS[mapping["FunctionName"]["Ref"]]
            assert QUEUES[source]["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert not list(found(SERVERLESS, "Queue")), "a queue is mapped by a resource, not by a SAM event"


def test_a_command_is_handed_on_alone_fifty_at_once_and_only_what_failed_comes_again() -> None:
    for function in COMMAND_FUNCTIONS:
        mapping = of_type("AWS::Lambda::EventSourceMapping")[f"{function}Mapping"]
        assert mapping["FunctionName"] == {"Ref": f"{function}Function"}
        assert mapping["EventSourceArn"] == {"Fn::GetAtt": [f"{function}Queue", "Arn"]}
        assert mapping["BatchSize"] == 1
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": 50}
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_what_goes_on_by_starting_itself_again_may_do_so_more_often_than_lambda_lets_a_loop() -> None:
    # Lambda stops a function's chain of invocations at 16, through SQS and directly, unless told otherwise:
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    allowed = {name for name, function in SERVERLESS.items() if function.get("RecursiveLoop") == "Allow"}

    assert allowed == {"SettleChargeFunction", "ReconcileOrdersFunction"}


def test_what_waits_is_let_go_before_its_queue_takes_it_for_dead() -> None:
    for function in COMMAND_FUNCTIONS:
        assert QUEUES[f"{function}Queue"]["RedrivePolicy"]["maxReceiveCount"] > commands._MOST_RECEIVES


def test_every_type_of_command_has_a_rule_in_whatever_version_and_never_from_a_replay_or_us() -> None:
    prefixes: list[str] = []
    for function in COMMAND_FUNCTIONS - {"SettleCharge"}:
        pattern = RESOURCES[f"{function}Rule"]["Properties"]["EventPattern"]
        assert pattern["source"] == [{"anything-but": ["orderbus"]}]
        assert pattern["replay-name"] == [{"exists": False}]
        found_here = [each["prefix"] for each in pattern["detail-type"]]
        queues = {queue_of(f"{prefix}1") for prefix in found_here}
        assert queues == {function.removesuffix("Order").lower()}
        prefixes += found_here

    assert sorted(prefixes) == sorted(type_.removesuffix("1") for type_ in ARGUMENTS)


def test_the_ledger_has_the_keys_and_the_index_that_the_code_uses() -> None:
    ledger = RESOURCES["Ledger"]["Properties"]

    assert ledger["TableName"] == {"Fn::Sub": "${AWS::StackName}-ledger"}
    assert [key["AttributeName"] for key in ledger["KeySchema"]] == ["pk", "sk"]
    [index] = ledger["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "due"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["due_kind", "due_at"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert ledger["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert "TimeToLiveSpecification" not in ledger


def test_the_ledger_and_the_inbox_outlive_the_stack() -> None:
    for name in ("Ledger", "InboxBucket"):
        assert RESOURCES[name]["DeletionPolicy"] == "Retain"
        assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"
    ledger = RESOURCES["Ledger"]["Properties"]
    assert ledger["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert ledger["DeletionProtectionEnabled"] == {"Ref": "LedgerDeletionProtection"}
    assert TEMPLATE["Parameters"]["LedgerDeletionProtection"]["Default"] == "true"


def test_the_inbox_is_private_and_only_raw_pages_expire() -> None:
    inbox = RESOURCES["InboxBucket"]["Properties"]
    rules = inbox["LifecycleConfiguration"]["Rules"]

    assert all(inbox["PublicAccessBlockConfiguration"].values())
    assert list(found(RESOURCES["InboxBucketPolicy"], "Condition")) == [
        {"Bool": {"aws:SecureTransport": "false"}}
    ]
    assert [rule["Prefix"] for rule in rules if "ExpirationInDays" in rule] == ["inbox/"]
    assert TEMPLATE["Parameters"]["InboxRetentionDays"]["Default"] == 90


def test_the_outputs_are_those_that_outsiders_rely_on() -> None:
    assert set(TEMPLATE["Outputs"]) == {
        "BusName",
        "BusArn",
        "LedgerTableName",
        "InboxBucketName",
        "ImportUrl",
    }


def test_the_import_has_two_routes_of_which_all_requests_together_are_few() -> None:
    routes = of_type("AWS::ApiGatewayV2::Route").values()
    [stage] = of_type("AWS::ApiGatewayV2::Stage").values()
    [integration] = of_type("AWS::ApiGatewayV2::Integration").values()
    [permission] = of_type("AWS::Lambda::Permission").values()

    assert sorted(route["RouteKey"] for route in routes) == ["GET /import", "POST /import"]
    assert {route["Target"]["Fn::Sub"] for route in routes} == {"integrations/${ImportIntegration}"}
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20}
    assert "AccessLogSettings" not in stage
    assert integration["IntegrationUri"] == {"Fn::GetAtt": ["ImportOrderFunction", "Arn"]}
    assert permission["SourceArn"]["Fn::Sub"].endswith(":${ImportApi}/*/*/import")


@pytest.mark.parametrize("name", SERVERLESS)
def test_every_function_has_a_sample_event_for_sam_local_invoke(name: str) -> None:
    folder = stack_name(SERVERLESS[name]).replace("-", "_")

    event = json.loads((PROJECT / "tests" / "events" / f"{folder}.json").read_text())

    assert isinstance(event, dict)


def test_the_sample_of_the_stream_is_an_order_that_the_relay_can_publish() -> None:
    sample = json.loads((PROJECT / "tests" / "events" / "publish_events.json").read_text())

    [event] = [event for record in sample["Records"] for event in events_of_record(record)]

    assert (event.type, event.subject) == ("order.created.v1", "luna-main:54123")
    assert event.data["order"]["total"] == {"amount_minor": 32285, "currency": "USD"}
