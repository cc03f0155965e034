"""Writes events.json: which events Prefect's filters and triggers take, how it cuts time and texts."""

import json
from pathlib import Path

import pendulum
from prefect.server.events.counting import InvalidEventCountParameters, TimeUnit
from prefect.server.events.filters import EventFilter
from prefect.server.events.schemas.automations import EventTrigger
from prefect.server.events.schemas.events import ReceivedEvent, ResourceSpecification
from prefect.utilities.text import truncated_to

ID, ROLE = "prefect.resource.id", "prefect.resource.role"
EVENTS = [
    {"event": "a.b", "resource": {ID: "x.1", "size": "big", "empty": ""}, "related": [], "id": "00000000-0000-4000-8000-000000000001"},
    {"event": "a.c", "resource": {ID: "x.2"}, "related": [{ID: "y.1", ROLE: "flow", "size": "big"}, {ID: "y.2", ROLE: "tag", "size": "small"}], "id": "00000000-0000-4000-8000-000000000002"},
    {"event": "b", "resource": {ID: "y.1", "size": "small", "a:b": "c"}, "related": [{ID: "x.1", ROLE: "a:b", "size": "mid"}, {ID: "x.3", ROLE: "a:b", "size": "last"}], "id": "00000000-0000-4000-8000-000000000003"},
]
FILTERS = [
    {}, {"event": {}}, {"event": {"prefix": ["a"]}}, {"event": {"prefix": ["z", "b"]}}, {"event": {"prefix": []}}, {"event": {"exclude_prefix": ["a."]}}, {"event": {"exclude_prefix": []}}, {"event": {"name": ["a.b", "b"]}}, {"event": {"name": []}}, {"event": {"exclude_name": ["a.b"]}}, {"event": {"exclude_name": []}}, {"event": {"prefix": ["a"], "exclude_name": ["a.c"]}}, {"event": {"name": ["a"]}},
    {"resource": {}}, {"resource": {"id": ["x.1"]}}, {"resource": {"id": []}}, {"resource": {"id": ["x"]}}, {"resource": {"id_prefix": ["x."]}}, {"resource": {"id_prefix": []}}, {"resource": {"id_prefix": ["z", "y"]}}, {"resource": {"labels": {"size": "big"}}}, {"resource": {"labels": {}}}, {"resource": {"labels": {"size": ["big", "small"], ID: "y.*"}}}, {"resource": {"id": ["x.1"], "labels": {"size": "small"}}}, {"resource": {"id_prefix": ["x"], "labels": {"size": "!big"}}},
    {"any_resource": {}}, {"any_resource": {"id": ["x.1"]}}, {"any_resource": {"id": []}}, {"any_resource": {"id": ["y.2", "q"]}}, {"any_resource": {"id_prefix": ["y"]}}, {"any_resource": {"id_prefix": []}}, {"any_resource": {"labels": {"size": "mid"}}}, {"any_resource": {"labels": {}}}, {"any_resource": {"id": ["y.1"], "labels": {"size": "big"}}}, {"any_resource": {"id_prefix": ["y."], "labels": {"size": "small"}}}, {"any_resource": {"id": ["x.1"], "id_prefix": ["y"]}},
    {"id": {"id": [EVENTS[0]["id"]]}}, {"id": {"id": []}}, {"id": {"id": [EVENTS[1]["id"], EVENTS[2]["id"]]}}, {"event": {"prefix": ["a"]}, "id": {"id": [EVENTS[2]["id"]]}},
]
ALWAYS = {"since": "2023-01-01T00:00:00Z", "until": "2025-01-01T00:00:00Z"}
SPECIFICATIONS = [
    {}, {"size": "big"}, {"size": "b*"}, {"size": "*"}, {"size": "!big"}, {"size": "!b*"}, {"size": "!*"}, {"size": "!"}, {"size": ""}, {"size": ["x", "small"]}, {"size": []}, {"none": "*"}, {"none": "!x"}, {"size": "big", ID: "x.1"}, {"size": "big", ID: "y.1"}, {"empty": ""}, {"empty": "*"}, {"size": "bi"}, {"size": "b*g"}, {"size": "*g"}, {"size": ["!big", "!small"]}, {ID: ["x.*", "!x.1"]},
]
TRIGGERS = [
    {}, {"expect": ["a.b"]}, {"expect": ["a.*"]}, {"expect": ["*"]}, {"expect": ["a"]}, {"expect": ["a*b"]}, {"expect": ["a.b*"]}, {"expect": ["x", "b"]}, {"after": ["b"], "expect": ["a.c"]}, {"after": ["b"]}, {"after": ["a.*"], "expect": ["z"]}, {"expect": ["a?b"]}, {"expect": ["[ab]"]}, {"expect": ["a-b", "a.b|b"]}, {"expect": ["^b"]}, {"expect": ["$", "(b)"]}, {"expect": [""]}, {"after": [""], "expect": ["q"]},
    {"match": {"size": "big"}}, {"match": {"size": "!big"}}, {"match_related": {"size": "small"}}, {"match_related": {ROLE: "flow", ID: "y.2"}}, {"match_related": {ROLE: "flow", ID: "y.1"}}, {"match": {ID: "x.*"}, "match_related": {ID: "y.*"}, "expect": ["a.*"]}, {"match": {ID: "x.1"}, "match_related": {ID: "y.*"}},
    {"for_each": [ID]}, {"for_each": ["size", ID]}, {"for_each": ["related:flow:size"]}, {"for_each": ["related:tag:" + ID, "size"]}, {"for_each": ["related:a:b:size"]}, {"for_each": ["related:none:size", "related:none:a:b"]}, {"for_each": ["a:b"]}, {"for_each": ["none"]}, {"for_each": ["related:flow:none"]}, {"for_each": ["other:flow:size"]}, {"for_each": ["related:size", "b", "Z", "a"]},
]
SPANS = [
    ("2024-04-01T00:00:00", "2024-04-01T03:00:00", "hour", 1), ("2024-04-01T00:30:00", "2024-04-01T02:59:59", "hour", 1), ("2024-03-31T23:59:00", "2024-04-01T00:01:00", "minute", 1), ("2024-01-03T00:00:00", "2024-02-03T12:00:00", "week", 1), ("2024-04-03T01:00:00", "2024-04-05T00:00:00", "day", 2), ("2024-04-01T00:00:00.5", "2024-04-01T00:00:02", "second", 0.5), ("2024-04-01T00:00:00", "2024-04-01T00:00:00", "day", 1), ("2024-04-01T00:00:00", "2024-04-01T01:30:00", "hour", 0.25),
    ("2024-04-01T00:00:00", "2024-04-01T16:40:00", "minute", 1), ("2024-04-01T00:00:00", "2024-04-01T16:40:01", "minute", 1), ("2024-04-01T00:00:00", "2024-04-01T00:00:30", "second", 0.02), ("2019-04-01T00:00:00", "2024-04-01T00:00:30", "week", 3),
]
TEXTS = [("short", 10), ("exactly 10", 10), ("x" * 100, 10), ("a" * 30 + "b" * 30, 20), ("0123456789" * 10, 7), ("x" * 45, 5), ("x" * 11, 10), ("x" * 39, 10), ("x" * 40, 10), ("x" * 41, 10)]


def received(event):
    return ReceivedEvent(occurred=pendulum.datetime(2024, 1, 1), **event)


def spans(since, until, unit, interval):
    try:
        first, *spans = TimeUnit(unit).get_interval_spans(pendulum.parse(since), pendulum.parse(until), interval)
    except InvalidEventCountParameters as error:
        return {"error": str(error)}
    return {"first": first, "starts": [start.isoformat() for start, _ in spans[:20]], "count": len(spans)}


def main():
    events = [received(event) for event in EVENTS]
    triggers = [(made, EventTrigger(posture="Reactive", **made)) for made in TRIGGERS]
    rows = {
        "events": EVENTS,
        "filters": [[made, [EventFilter(occurred=ALWAYS, **made).includes(event) for event in events]] for made in FILTERS],
        "specifications": [[made, [ResourceSpecification.parse_obj(made).matches(event.resource) for event in events], [ResourceSpecification.parse_obj(made).includes(event.related) for event in events]] for made in SPECIFICATIONS],
        "triggers": [[made, [trigger.covers(event) for event in events], [trigger.expects(event.event) for event in events], [trigger.starts_after(event.event) for event in events], [list(trigger.bucketing_key(event)) for event in events]] for made, trigger in triggers],
        "spans": [[*made, spans(*made)] for made in SPANS],
        "texts": [[text, length, truncated_to(length, text)] for text, length in TEXTS],
    }
    parts = (f'  "{name}": [\n' + ",\n".join("    " + json.dumps(row) for row in list) + "\n  ]" for name, list in rows.items())
    Path(__file__).with_suffix(".json").write_text("{\n" + ",\n".join(parts) + "\n}\n")


main()
