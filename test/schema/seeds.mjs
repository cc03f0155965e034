// What a tenant has before its API is tried at random: one of each noun, all of them with the same name, so that any parameter that is a
// name finds something.

/**
 * Creates one of each noun, named `word` (lower-case letters and digits), through `call(method, path, body)`, which gives the answer's
 * body; an automation only where `hasEvents`. Gives the ids by the nouns' part of the path, and those that stand in places of their own by
 * the names of these.
 */
export async function seed(call, word, hasEvents) {
  const flow = await call("POST", "/flows/", { name: word });
  await call("POST", "/work_pools/", { name: word, type: "process" });
  const queue = await call("POST", `/work_pools/${word}/queues`, { name: word });
  await call("POST", `/work_pools/${word}/workers/heartbeat`, { name: word });
  const type = await call("POST", "/block_types/", { name: word, slug: word });
  const fields = { title: word, type: "object", properties: { x: { type: "string" } }, block_type_slug: word };
  const schema = await call("POST", "/block_schemas/", { fields, block_type_id: type.id, capabilities: [word] });
  const block = await call("POST", "/block_documents/", {
    name: word,
    data: { x: word },
    block_schema_id: schema.id,
    block_type_id: type.id,
  });
  const deployment = await call("POST", "/deployments/", {
    name: word,
    flow_id: flow.id,
    work_pool_name: word,
    work_queue_name: word,
    schedules: [{ schedule: { interval: 86_400 }, active: true }],
  });
  const run = await call("POST", `/deployments/${deployment.id}/create_flow_run`, { tags: [word] });
  await call("POST", `/flow_runs/${run.id}/input`, { key: word, value: "1" });
  const task = await call("POST", "/task_runs/", { flow_run_id: run.id, task_key: word, dynamic_key: "0", tags: [word] });
  const timestamp = "2030-01-01T00:00:00Z";
  await call("POST", "/logs/", [{ name: word, level: 20, message: word, timestamp, flow_run_id: run.id }]);
  const artifact = await call("POST", "/artifacts/", { key: word, type: "markdown", data: word, flow_run_id: run.id });
  const variable = await call("POST", "/variables/", { name: word, value: word });
  const limit = await call("POST", "/concurrency_limits/", { tag: word, concurrency_limit: 5 });
  const globalLimit = await call("POST", "/v2/concurrency_limits/", { name: word, limit: 5 });
  const search = await call("PUT", "/saved_searches/", { name: word, filters: [] });
  const policy = await call("POST", "/flow_run_notification_policies/", { state_names: [], tags: [], block_document_id: block.id });
  const trigger = { type: "event", posture: "Reactive", expect: [`${word}.happened`], threshold: 1, within: 0 };
  const automation = hasEvents
    ? await call("POST", "/automations/", { name: word, trigger, actions: [{ type: "do-nothing" }] })
    : undefined;
  return {
    flows: flow.id,
    flow_runs: run.id,
    task_runs: task.id,
    flow_run_states: run.state_id,
    task_run_states: task.state_id,
    deployments: deployment.id,
    work_queues: queue.id,
    block_types: type.id,
    block_schemas: schema.id,
    block_documents: block.id,
    artifacts: artifact.id,
    variables: variable.id,
    concurrency_limits: limit.id,
    v2: globalLimit.id,
    saved_searches: search.id,
    flow_run_notification_policies: policy.id,
    automations: automation?.id,
    schedule_id: deployment.schedules[0].id,
    checksum: schema.checksum,
    flow_id: flow.id,
    flow_run_id: run.id,
    task_run_id: task.id,
    deployment_id: deployment.id,
    work_queue_id: queue.id,
    block_type_id: type.id,
    block_schema_id: schema.id,
    block_document_id: block.id,
  };
}
