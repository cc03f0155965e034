// What the pages are to show, made through the API: the same on every server.

const PARAMETERS = {
  title: "Parameters",
  type: "object",
  properties: {
    name: { title: "name", type: "string", position: 0 },
    count: { title: "count", type: "integer", default: 3, position: 1 },
  },
  required: ["name"],
};

const minutesAgo = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();

/** Makes everything with `call(method, path, body)`, which gives the body of a 2xx answer; gives the ids that paths are made of. */
export async function makeWorld(call) {
  const flow = await call("POST", "/flows/", { name: "etl-flow", tags: ["etl"] });
  await call("POST", "/work_pools/", { name: "main-pool", type: "process", description: "Where it runs" });
  await call("POST", "/work_pools/main-pool/queues", { name: "fast-queue", concurrency_limit: 5 });
  await call("POST", "/work_pools/main-pool/workers/heartbeat", { name: "worker-one" });
  const deployment = await call("POST", "/deployments/", {
    name: "nightly-deployment",
    flow_id: flow.id,
    description: "Loads the **warehouse**",
    tags: ["etl"],
    entrypoint: "etl.py:main",
    path: "/srv",
    work_pool_name: "main-pool",
    work_queue_name: "fast-queue",
    parameters: { name: "warehouse" },
    parameter_openapi_schema: PARAMETERS,
    enforce_parameter_schema: true,
    schedules: [{ schedule: { interval: 3600 }, active: true }],
  });
  const run = await completedRun(call, deployment, flow);
  const runs = { "finished-run": run.id };
  const moves = {
    "broken-run": ["RUNNING", "FAILED"],
    "running-run": ["RUNNING"],
    "stuck-run": ["RUNNING"],
    "spare-run": [],
    "surplus-run": [],
  };
  for (const [name, types] of Object.entries(moves)) runs[name] = await moved(call, deployment, name, types);
  runs["asking-run"] = await askingRun(call, deployment);
  const spare = await spareFlow(call);
  await call("POST", "/variables/", { name: "region", value: "north", tags: ["etl"] });
  const limit = await call("POST", "/concurrency_limits/", { tag: "database", concurrency_limit: 4 });
  await call("POST", "/v2/concurrency_limits/", { name: "api-calls", limit: 7, active: true, slot_decay_per_second: 0 });
  const secret = await block(call, "secret", "stored-secret", { value: "hush" });
  const webhook = await block(call, "slack-webhook", "team-channel", { url: "https://hooks.slack.com/services/x" });
  await call("POST", "/flow_run_notification_policies/", {
    is_active: true,
    state_names: ["Failed"],
    tags: ["etl"],
    block_document_id: webhook.id,
  });
  return {
    flow: flow.id,
    deployment: deployment.id,
    run: run.id,
    task: run.task,
    spareTask: run.spareTask,
    table: run.table,
    secret: secret.id,
    limit: limit.id,
    runs,
    spare,
  };
}

/** A finished run of two tasks, the second fed by the first, with logs and artifacts. */
async function completedRun(call, deployment, flow) {
  const run = await call("POST", `/deployments/${deployment.id}/create_flow_run`, {
    name: "finished-run",
    parameters: { name: "lake", count: 9 },
  });
  for (const type of ["PENDING", "RUNNING"]) await call("POST", `/flow_runs/${run.id}/set_state`, { state: { type } });
  const extract = await task(call, run, "extract", {});
  const load = await task(call, run, "load", { data: [{ input_type: "task_run", id: extract.id }] });
  await call(
    "POST",
    "/logs/",
    ["Reading rows", "Writing rows", "All rows written"].map((message, index) => ({
      name: "prefect.flow_runs",
      level: 20 + 10 * index,
      message,
      timestamp: minutesAgo(1),
      flow_run_id: run.id,
      ...(index === 1 ? { task_run_id: load.id } : {}),
    })),
  );
  const table = await call("POST", "/artifacts/", {
    key: "row-table",
    type: "table",
    data: '[{"region": "north", "rows": 12}]',
    flow_run_id: run.id,
    task_run_id: load.id,
  });
  await call("POST", "/artifacts/", {
    key: "load-report",
    type: "markdown",
    description: "The load",
    data: "# Rows of the load",
    flow_run_id: run.id,
  });
  for (const place of [{}, { task_run_id: load.id }]) {
    await call("POST", "/artifacts/", { key: null, type: "result", description: "stored-result", data: {}, flow_run_id: run.id, ...place });
  }
  await call("POST", "/artifacts/", { key: "load-progress", type: "progress", data: 50, flow_run_id: run.id });
  const child = await call("POST", "/task_runs/", { flow_run_id: run.id, name: "child-task", task_key: "child", dynamic_key: "0" });
  const subflow = await call("POST", "/flow_runs/", { name: "child-run", flow_id: flow.id, parent_task_run_id: child.id });
  for (const type of ["RUNNING", "COMPLETED"]) {
    await call("POST", `/task_runs/${child.id}/set_state`, { state: { type } });
    await call("POST", `/flow_runs/${subflow.id}/set_state`, { state: { type } });
  }
  await call("POST", `/flow_runs/${run.id}/set_state`, { state: { type: "COMPLETED" } });
  return { ...run, task: load.id, spareTask: extract.id, table: table.id };
}

async function task(call, run, name, inputs) {
  const made = await call("POST", "/task_runs/", {
    flow_run_id: run.id,
    name: `${name}-task`,
    task_key: name,
    dynamic_key: "0",
    task_inputs: inputs,
  });
  for (const type of ["RUNNING", "COMPLETED"]) await call("POST", `/task_runs/${made.id}/set_state`, { state: { type } });
  return made;
}

/** A run of a deployment, moved through states: its id. */
async function moved(call, deployment, name, types) {
  const run = await call("POST", `/deployments/${deployment.id}/create_flow_run`, { name });
  for (const type of types) await call("POST", `/flow_runs/${run.id}/set_state`, { state: { type, message: "The source is gone" } });
  return run.id;
}

/** A paused run that asks for an answer before it goes on. */
async function askingRun(call, deployment) {
  const id = await moved(call, deployment, "asking-run", ["RUNNING"]);
  const schema = { title: "Answer", type: "object", properties: { approved: { title: "approved", type: "boolean", position: 0 } } };
  await call("POST", `/flow_runs/${id}/input`, { key: "ask-schema", value: JSON.stringify(schema) });
  await call("POST", `/flow_runs/${id}/input`, { key: "ask-description", value: '"May it go on?"' });
  const keys = { base_key: "ask", response: "ask-response", schema: "ask-schema", description: "ask-description" };
  const details = { pause_timeout: new Date(Date.now() + 3_600_000).toISOString(), pause_key: "ask", run_input_keyset: keys };
  await call("POST", `/flow_runs/${id}/set_state`, { state: { type: "PAUSED", name: "Paused", state_details: details } });
  return id;
}

/** A flow of no use with a deployment that asks for no parameters, both to be deleted. */
async function spareFlow(call) {
  const flow = await call("POST", "/flows/", { name: "spare-flow" });
  const deployment = await call("POST", "/deployments/", { name: "spare-deployment", flow_id: flow.id, work_pool_name: "main-pool" });
  return { flow: flow.id, deployment: deployment.id };
}

/** A block document of one of the standard types. */
async function block(call, slug, name, data) {
  const type = await call("GET", `/block_types/slug/${slug}`);
  const [schema] = await call("POST", "/block_schemas/filter", { block_schemas: { block_type_id: { any_: [type.id] } } });
  return call("POST", "/block_documents/", { name, data, block_type_id: type.id, block_schema_id: schema.id });
}
