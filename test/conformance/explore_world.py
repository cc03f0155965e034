"""What the explorer works on: a populated world, made equally on both servers, and a valid request for every operation.

A request of `REQUESTS` is `(world, play) -> (path, body)` or `-> (path, body, query)`; what it needs only for itself it makes anew.
"""
import itertools

import kit
from kit import FAR, TEMPLATE, scheduled, state

PAST = "2023-01-02T03:04:05+00:00"
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer", "title": "x"}, "s": {"type": "string"}}, "required": ["x"]}
COUNTER = itertools.count()


def fresh(p, label="new", joint="-"):
    return p.name(f"{label}{joint}{next(COUNTER):05}", joint)


class World:
    def __init__(self, p):
        self.suffix = p.suffix
        made = {}
        flows = [kit.flow(p, f"flow-{c}", tags=tags) for c, tags in zip("abcd", ([], ["a"], ["a", "b"], ["é", "b%"]))]
        pools = [kit.pool(p, "pool-a"), kit.pool(p, "pool-b", type="docker", base_job_template=TEMPLATE, concurrency_limit=3, description="d"),
                 kit.pool(p, "pool-c", type="prefect-agent", is_paused=True)]
        queues = [kit.queue(p, pools[0], "queue-a", priority=3), kit.queue(p, pools[1], "queue-b", concurrency_limit=1, is_paused=True),
                  p.post("/work_queues/", json={"name": p.name("queue-c"), "description": "q"})]
        deployments = [
            kit.deployment(p, flows[0], "dep-a", tags=["a"], parameters={"x": 1}, parameter_openapi_schema=SCHEMA,
                           schedules=[{"active": False, "schedule": {"cron": "0 0 * * *", "timezone": "Europe/Berlin"}}]),
            kit.deployment(p, flows[1], "dep-b", tags=["a", "b"], work_pool_name=pools[1]["name"], work_queue_name=queues[1]["name"],
                           job_variables={"command": "x"}, version="1", description="d", path="p", entrypoint="e:f"),
            kit.deployment(p, flows[1], "dep-c", work_pool_name=pools[0]["name"], is_schedule_active=True, paused=False,
                           enforce_parameter_schema=True, parameters={"x": 2, "s": "t"}, parameter_openapi_schema=SCHEMA),
            kit.deployment(p, flows[2], "dep-d", work_queue_name=queues[2]["name"], schedule={"interval": 3600, "anchor_date": PAST})]
        runs = [
            kit.run(p, flows[0], "run-a", tags=["a"], parameters={"x": 1}, idempotency_key="k1", flow_version="v1"),
            kit.run(p, flows[0], "run-b", tags=["a", "b"], state=state("RUNNING"), flow_version="v2"),
            kit.run(p, flows[1], "run-c", state=scheduled(), idempotency_key=p.name("k3")),
            kit.run(p, flows[2], "Run-D", state=state("COMPLETED", message="done"), tags=["é"]),
            kit.run(p, flows[2], "run_e%", state=state("FAILED", "Crashed-ish", timestamp=None) | {"timestamp": PAST}),
            kit.run(p, flows[3], "run-f", state=scheduled(PAST) | {"timestamp": PAST}),
            kit.deployment_run(p, deployments[0], "run-g", tags=["t"], parameters={"x": 3}, state=scheduled()),
            kit.deployment_run(p, deployments[1], "run-h", state=scheduled(PAST), job_variables={"command": "y"}),
            kit.deployment_run(p, deployments[2], "run-i", idempotency_key="k9")]
        for new in (state("PENDING"), state("RUNNING"), state("COMPLETED")):
            kit.set_state(p, runs[0], new)
        tasks = [
            kit.task(p, runs[0], "task-a", tags=["a"], state=state("PENDING")),
            kit.task(p, runs[0], "task-b", dynamic_key="1", state=state("RUNNING"), task_inputs={"x": [{"input_type": "constant", "type": "int"}]}),
            kit.task(p, runs[1], "Task-C", tags=["a", "b"], state=state("COMPLETED"), cache_key="ck"),
            kit.task(p, runs[1], "task-d", state=state("FAILED") | {"timestamp": PAST}),
            kit.task(p, runs[3], "task-e"), kit.task(p, None, "task-f", state=state("RUNNING")),
            kit.task(p, runs[1], "task-g", dynamic_key="2", state=scheduled(PAST))]
        for task, name in ((tasks[0], "RUNNING"), (tasks[0], "COMPLETED")):
            kit.set_task_state(p, task, state(name))
        subflow = kit.run(p, flows[3], "sub", parent_task_run_id=tasks[1]["id"], state=state("RUNNING"))
        runs.append(subflow)
        artifacts = [
            kit.artifact(p, "art-a", type="markdown", data="# x", flow_run_id=runs[0]["id"], description="d"),
            kit.artifact(p, "art-a", type="table", data={"a": [1]}, task_run_id=tasks[0]["id"], flow_run_id=runs[0]["id"]),
            kit.artifact(p, "art-b", type="result", data={"v": 1}, flow_run_id=runs[1]["id"], metadata_={"m": "1"}),
            p.post("/artifacts/", json={"type": "result", "data": 5, "task_run_id": tasks[1]["id"]}),
            kit.artifact(p, "art-c", data=None)]
        p.post("/logs/", json=[
            {"name": "n", "level": level, "message": f"m {level} é", "timestamp": when, "flow_run_id": run["id"], "task_run_id": task}
            for level, when, run, task in ((10, PAST, runs[0], None), (20, "2023-02-01T00:00:00.5Z", runs[0], tasks[0]["id"]),
                                           (50, FAR, runs[1], tasks[2]["id"]), (0, "2023-03-01T00:00:00+05:30", runs[2], None))])
        variables = [kit.variable(p, "va", "1", tags=["a"]), kit.variable(p, "vb", "value b%", tags=["a", "b"]), kit.variable(p, "vc", "_")]
        kind = kit.block_type(p, "kind", logo_url="https://example.com/x.png", documentation_url="https://example.com", description="d", code_example="c")
        schema = kit.block_schema(p, kind, {"a": {"type": "string"}, "pw": {"type": "string"}}, secret=["pw"], capabilities=["run", "read"], version="1")
        documents = [kit.block_document(p, schema, "doc-a", {"a": "1", "pw": "secret"}), kit.block_document(p, schema, "doc-b", {"a": 2})]
        p.post("/block_documents/", json={"data": {"a": "z"}, "block_schema_id": schema["id"], "block_type_id": kind["id"], "is_anonymous": True},
               generated=["name"], ignore=["name"])
        limit = p.post("/concurrency_limits/", json={"tag": p.name("tag"), "concurrency_limit": 2})
        global_limit = p.post("/v2/concurrency_limits/", json={"name": p.name("limit"), "limit": 5, "active_slots": 1})
        search = p.put("/saved_searches/", json={"name": p.name("search"), "filters": [
            {"object": "flow", "property": "name", "type": "string", "operation": "equals", "value": "x"}]})
        policies = [p.post("/flow_run_notification_policies/", json={
            "state_names": ["Failed"], "tags": ["a"], "block_document_id": documents[0]["id"], "is_active": active}) for active in (True, False)]
        for key in ("in-a", "in-b"):
            p.post(f"/flow_runs/{runs[1]['id']}/input", json={"key": key, "value": '{"a": 1}', "sender": "me"})
        p.post(f"/work_pools/{pools[0]['name']}/workers/heartbeat", json={"name": "worker-a", "heartbeat_interval_seconds": 30})
        self.__dict__.update(locals())
        schedule = p.get(f"/deployments/{deployments[0]['id']}/schedules")[0]
        self.schedule = schedule
        self.run_states = p.get(f"/flow_run_states/?flow_run_id={runs[0]['id']}")
        self.task_states = p.get(f"/task_run_states/?task_run_id={tasks[0]['id']}")

    def values(self, noun, criterion, leaf):
        """Values that mean something for a criterion of a filter: of few and many objects."""
        objects = {"flows": self.flows, "flow_runs": self.runs, "task_runs": self.tasks, "deployments": self.deployments,
                   "work_pools": self.pools, "work_pool_queues": self.queues, "work_queues": self.queues, "artifacts": self.artifacts,
                   "variables": self.variables, "block_documents": self.documents, "block_types": [self.kind], "block_schemas": [self.schema]}
        ids = lambda items: [[i["id"] for i in items[:1]], [i["id"] for i in items], []]
        if leaf == "operator":
            return ["and_", "or_"]
        if leaf in ("is_null_", "exists_", "eq_"):
            return [True, False]
        if leaf in ("before_", "after_"):
            return [PAST, "2023-01-02T03:04:05.000001Z", "2023-02-01T00:00:00.5+00:00", "2030-01-01", "1999-01-01T00:00:00", FAR]
        if leaf in ("ge_", "le_"):
            return [10, 20, 21, 0]
        if leaf == "all_":
            return [["a"], ["a", "b"], ["b", "a"], [], ["é"], ["none"], ["b%"], ["run"]]
        owned = {"flow_run_id": self.runs, "task_run_id": self.tasks, "deployment_id": self.deployments, "parent_flow_run_id": self.runs,
                 "parent_task_run_id": self.tasks, "block_type_id": [self.kind], "latest_id": self.artifacts}
        if criterion == "id":
            return ids(objects.get(noun, self.flows))
        if criterion in owned:
            return ids(owned[criterion]) + [[owned[criterion][-1]["id"]]]
        if "like_" in leaf:
            return [self.suffix, "A-", "%", "_", "-b", "é", "run_e", "", "zzz", "'"]
        if leaf == "startswith_":
            return [["queue"], ["QUEUE-A", "def"], [], ["%"], [""], ["_ueue"]]
        if criterion == "type" and noun in ("flow_runs", "task_runs", "state"):
            return [["COMPLETED"], ["RUNNING", "SCHEDULED"], [], ["PENDING", "FAILED"]]
        texts = {"state.name": ["Completed", "Running", "Late"], "flow_version": ["v1", "v2"], "idempotency_key": ["k1", "k9"], "type": ["markdown", "result", "process", "docker"],
                 "slug": [self.kind["slug"]], "value": ["1", "_"], "version": ["1", ""], "work_queue_name": [q["name"] for q in self.queues] + ["default"], "status": ["ONLINE"]}
        some = texts.get(criterion)
        if criterion == "name" and noun == "state":
            some = ["Completed", "Running", "Crashed-ish"]
        elif criterion == "key":
            some = [a["key"] for a in self.artifacts[:3]]
        elif criterion == "name" or some is None:
            some = [o["name"] for o in objects.get(noun, self.flows)]
        return [some[:1], some, [], ["none"]]


def _new_flow_run(w, p, **extra):
    return p.post("/flow_runs/", json={"flow_id": w.flows[0]["id"], "name": fresh(p, "run"), **extra})


def _new_task(w, p, **extra):
    return p.post("/task_runs/", json={"flow_run_id": w.runs[1]["id"], "task_key": fresh(p, "key"), "dynamic_key": "0", "name": "t", **extra})


REQUESTS = {
    "POST /flows/": lambda w, p: ("/flows/", {"name": fresh(p), "tags": ["a"]}),
    "PATCH /flows/{id}": lambda w, p: (f"/flows/{w.flows[3]['id']}", {"tags": ["x"]}),
    "POST /flow_runs/": lambda w, p: ("/flow_runs/", {"flow_id": w.flows[0]["id"], "name": fresh(p), "state": scheduled(), "parameters": {"x": 1}}),
    "PATCH /flow_runs/{id}": lambda w, p: (f"/flow_runs/{w.runs[6]['id']}", {"name": fresh(p)}),
    "POST /flow_runs/history": lambda w, p: ("/flow_runs/history", {"history_start": "2023-01-01T00:00:00Z", "history_end": "2023-01-04T00:00:00Z", "history_interval_seconds": 86400}),
    "POST /task_runs/history": lambda w, p: ("/task_runs/history", {"history_start": "2023-01-01T00:00:00Z", "history_end": "2023-01-04T00:00:00Z", "history_interval_seconds": 86400}),
    "POST /flow_runs/{id}/resume": lambda w, p: (f"/flow_runs/{_new_flow_run(w, p, state=state('PAUSED', pause_timeout=FAR, pause_key='k'))['id']}/resume", {"run_input": {"a": 1}}),
    "POST /flow_runs/{id}/set_state": lambda w, p: (f"/flow_runs/{_new_flow_run(w, p)['id']}/set_state", {"state": state("RUNNING"), "force": False}),
    "POST /task_runs/{id}/set_state": lambda w, p: (f"/task_runs/{_new_task(w, p)['id']}/set_state", {"state": state("RUNNING"), "force": False}),
    "POST /flow_runs/{id}/input": lambda w, p: (f"/flow_runs/{w.runs[1]['id']}/input", {"key": fresh(p), "value": "1", "sender": "s"}),
    "POST /flow_runs/{id}/input/filter": lambda w, p: (f"/flow_runs/{w.runs[1]['id']}/input/filter", {"prefix": "in-"}),
    "POST /task_runs/": lambda w, p: ("/task_runs/", {"flow_run_id": w.runs[1]["id"], "task_key": fresh(p), "dynamic_key": "0", "name": "t"}),
    "PATCH /task_runs/{id}": lambda w, p: (f"/task_runs/{w.tasks[4]['id']}", {"name": "other"}),
    "POST /flow_run_notification_policies/": lambda w, p: ("/flow_run_notification_policies/", {"state_names": ["Failed"], "tags": ["a"], "block_document_id": w.documents[0]["id"], "message_template": "{flow_run_name}"}),
    "PATCH /flow_run_notification_policies/{id}": lambda w, p: (f"/flow_run_notification_policies/{w.policies[1]['id']}", {"tags": ["z"]}),
    "POST /deployments/": lambda w, p: ("/deployments/", {"name": fresh(p), "flow_id": w.flows[3]["id"], "paused": True, "parameters": {"x": 1}, "parameter_openapi_schema": SCHEMA}),
    "PATCH /deployments/{id}": lambda w, p: (f"/deployments/{w.deployments[3]['id']}", {"description": "x"}),
    "POST /deployments/get_scheduled_flow_runs": lambda w, p: ("/deployments/get_scheduled_flow_runs", {"deployment_ids": [d["id"] for d in w.deployments], "scheduled_before": FAR}),
    "POST /deployments/{id}/schedule": lambda w, p: (f"/deployments/{w.deployments[0]['id']}/schedule", {"start_time": PAST, "end_time": "2023-01-05T00:00:00Z"}),
    "POST /deployments/{id}/create_flow_run": lambda w, p: (f"/deployments/{w.deployments[0]['id']}/create_flow_run", {"name": fresh(p), "state": scheduled(), "parameters": {"x": 3}}),
    "POST /deployments/{id}/schedules": lambda w, p: (f"/deployments/{w.deployments[1]['id']}/schedules", [{"active": False, "schedule": {"cron": "1 2 3 4 *"}}]),
    "PATCH /deployments/{id}/schedules/{schedule_id}": lambda w, p: (f"/deployments/{w.deployments[0]['id']}/schedules/{w.schedule['id']}", {"schedule": {"interval": 60, "anchor_date": PAST}}),
    "PUT /saved_searches/": lambda w, p: ("/saved_searches/", {"name": fresh(p), "filters": [{"object": "flow", "property": "name", "type": "string", "operation": "equals", "value": "x"}]}),
    "POST /logs/": lambda w, p: ("/logs/", [{"name": "n", "level": 20, "message": "m", "timestamp": PAST, "flow_run_id": w.runs[0]["id"]}]),
    "POST /concurrency_limits/": lambda w, p: ("/concurrency_limits/", {"tag": fresh(p), "concurrency_limit": 2}),
    "POST /concurrency_limits/tag/{tag}/reset": lambda w, p: (f"/concurrency_limits/tag/{w.limit['tag']}/reset", {"slot_override": [w.tasks[0]["id"]]}),
    "POST /v2/concurrency_limits/": lambda w, p: ("/v2/concurrency_limits/", {"name": fresh(p), "limit": 2}),
    "PATCH /v2/concurrency_limits/{id_or_name}": lambda w, p: (f"/v2/concurrency_limits/{w.global_limit['id']}", {"limit": 50}),
    "POST /v2/concurrency_limits/increment": lambda w, p: ("/v2/concurrency_limits/increment", {"slots": 1, "names": [w.global_limit["name"]]}),
    "POST /v2/concurrency_limits/decrement": lambda w, p: ("/v2/concurrency_limits/decrement", {"slots": 1, "names": [w.global_limit["name"]]}),
    "POST /block_types/": lambda w, p: ("/block_types/", {"name": (n := fresh(p)), "slug": n}),
    "PATCH /block_types/{id}": lambda w, p: (f"/block_types/{w.kind['id']}", {"description": "x"}),
    "POST /block_documents/": lambda w, p: ("/block_documents/", {"name": fresh(p), "data": {"a": "1"}, "block_schema_id": w.schema["id"], "block_type_id": w.kind["id"]}),
    "PATCH /block_documents/{id}": lambda w, p: (f"/block_documents/{w.documents[1]['id']}", {"data": {"a": "3"}}),
    "POST /work_pools/": lambda w, p: ("/work_pools/", {"name": fresh(p), "type": "process", "base_job_template": TEMPLATE}),
    "PATCH /work_pools/{name}": lambda w, p: (f"/work_pools/{w.pools[1]['name']}", {"description": "x"}),
    "POST /work_pools/{name}/get_scheduled_flow_runs": lambda w, p: (f"/work_pools/{w.pools[1]['name']}/get_scheduled_flow_runs", {"scheduled_before": FAR}),
    "POST /work_pools/{work_pool_name}/queues": lambda w, p: (f"/work_pools/{w.pools[0]['name']}/queues", {"name": fresh(p)}),
    "PATCH /work_pools/{work_pool_name}/queues/{name}": lambda w, p: (f"/work_pools/{w.pools[0]['name']}/queues/{w.queues[0]['name']}", {"description": "x"}),
    "POST /work_pools/{work_pool_name}/queues/filter": lambda w, p: (f"/work_pools/{w.pools[0]['name']}/queues/filter", {}),
    "POST /work_pools/{work_pool_name}/workers/heartbeat": lambda w, p: (f"/work_pools/{w.pools[0]['name']}/workers/heartbeat", {"name": "worker-b"}),
    "POST /work_pools/{work_pool_name}/workers/filter": lambda w, p: (f"/work_pools/{w.pools[0]['name']}/workers/filter", {}),
    "POST /work_queues/": lambda w, p: ("/work_queues/", {"name": fresh(p)}),
    "PATCH /work_queues/{id}": lambda w, p: (f"/work_queues/{w.queues[2]['id']}", {"description": "x"}),
    "POST /work_queues/{id}/get_runs": lambda w, p: (f"/work_queues/{w.queues[2]['id']}/get_runs", {"scheduled_before": FAR}),
    "POST /artifacts/": lambda w, p: ("/artifacts/", {"key": fresh(p), "type": "markdown", "data": "x"}),
    "PATCH /artifacts/{id}": lambda w, p: (f"/artifacts/{w.artifacts[0]['id']}", {"description": "x"}),
    "POST /block_schemas/": lambda w, p: ("/block_schemas/", {"block_type_id": w.kind["id"], "capabilities": ["run"], "fields": {
        "title": fresh(p), "type": "object", "properties": {"a": {"type": "string"}}, "block_type_slug": w.kind["slug"], "block_schema_references": {}}}),
    "POST /variables/": lambda w, p: ("/variables/", {"name": fresh(p, joint="_"), "value": "1", "tags": ["a"]}),
    "PATCH /variables/{id}": lambda w, p: (f"/variables/{w.variables[2]['id']}", {"value": "2"}),
    "PATCH /variables/name/{name}": lambda w, p: (f"/variables/name/{w.variables[2]['name']}", {"value": "3"}),
    "POST /ui/flow_runs/history": lambda w, p: ("/ui/flow_runs/history", {"flow_runs": {"name": {"like_": w.suffix}}}),
    "POST /ui/schemas/validate": lambda w, p: ("/ui/schemas/validate", {"schema": SCHEMA, "values": {"x": 1}}),
    "POST /admin/database/create": lambda w, p: ("/admin/database/create", {"confirm": False}),
    "POST /admin/database/clear": lambda w, p: ("/admin/database/clear", {"confirm": False}),
    "POST /admin/database/drop": lambda w, p: ("/admin/database/drop", {"confirm": False}),
    "POST /templates/validate": lambda w, p: ("/templates/validate", "{{ x }}"),
}

# Ids and names for the parameters of paths; every operation without a request above is asked with them.
PARAMETERS = {
    "flows": lambda w: {"id": w.flows[0]["id"], "name": w.flows[0]["name"]},
    "flow_runs": lambda w: {"id": w.runs[0]["id"], "key": "in-a"},
    "task_runs": lambda w: {"id": w.tasks[0]["id"]},
    "flow_run_states": lambda w: {"id": w.run_states[0]["id"]},
    "task_run_states": lambda w: {"id": w.task_states[0]["id"]},
    "flow_run_notification_policies": lambda w: {"id": w.policies[0]["id"]},
    "deployments": lambda w: {"id": w.deployments[0]["id"], "flow_name": w.flows[0]["name"], "deployment_name": w.deployments[0]["name"], "schedule_id": w.schedule["id"]},
    "saved_searches": lambda w: {"id": w.search["id"]},
    "concurrency_limits": lambda w: {"id": w.limit["id"], "tag": w.limit["tag"]},
    "v2": lambda w: {"id_or_name": w.global_limit["name"]},
    "block_types": lambda w: {"id": w.kind["id"], "slug": w.kind["slug"], "block_document_name": w.documents[0]["name"]},
    "block_documents": lambda w: {"id": w.documents[0]["id"]},
    "block_schemas": lambda w: {"id": w.schema["id"], "checksum": w.schema["checksum"]},
    "work_pools": lambda w: {"name": w.pools[0]["name"], "work_pool_name": w.pools[0]["name"]},
    "work_queues": lambda w: {"id": w.queues[2]["id"], "name": w.queues[2]["name"]},
    "artifacts": lambda w: {"id": w.artifacts[0]["id"], "key": w.artifacts[0]["key"]},
    "variables": lambda w: {"id": w.variables[0]["id"], "name": w.variables[0]["name"]},
    "collections": lambda w: {"view": "aggregate-worker-metadata"},
    "automations": lambda w: {"id": w.flows[0]["id"], "resource_id": "x"},
    "events": lambda w: {"countable": "day"},
}
QUERIES = {"GET /flow_run_states/": lambda w: f"?flow_run_id={w.runs[0]['id']}", "GET /task_run_states/": lambda w: f"?task_run_id={w.tasks[0]['id']}"}
