// The calls that the page of Prefect 2.20 can make below /api, `{}` for what varies.

/** Every one of these is made in the walk. */
export const WALKED = `
GET /admin/settings
GET /admin/version
POST /artifacts/count
POST /artifacts/filter
POST /artifacts/latest/count
POST /artifacts/latest/filter
GET /artifacts/{}
GET /artifacts/{}/latest
POST /automations/
POST /automations/filter
DELETE /automations/{}
GET /automations/{}
PATCH /automations/{}
PUT /automations/{}
GET /block_capabilities/
POST /block_documents/
POST /block_documents/count
POST /block_documents/filter
DELETE /block_documents/{}
GET /block_documents/{}
PATCH /block_documents/{}
POST /block_schemas/filter
POST /block_types/filter
GET /block_types/slug/{}
GET /block_types/slug/{}/block_documents
GET /collections/views/{}
POST /concurrency_limits/
POST /concurrency_limits/filter
POST /concurrency_limits/tag/{}/reset
DELETE /concurrency_limits/{}
GET /concurrency_limits/{}
POST /deployments/count
POST /deployments/filter
DELETE /deployments/{}
GET /deployments/{}
PATCH /deployments/{}
POST /deployments/{}/create_flow_run
POST /deployments/{}/schedules
DELETE /deployments/{}/schedules/{}
PATCH /deployments/{}/schedules/{}
POST /events/count-by/{}
POST /flow_run_notification_policies/
POST /flow_run_notification_policies/filter
DELETE /flow_run_notification_policies/{}
GET /flow_run_notification_policies/{}
PATCH /flow_run_notification_policies/{}
POST /flow_runs/count
POST /flow_runs/filter
POST /flow_runs/lateness
DELETE /flow_runs/{}
GET /flow_runs/{}
GET /flow_runs/{}/graph-v2
GET /flow_runs/{}/input/{}
POST /flow_runs/{}/resume
POST /flow_runs/{}/set_state
POST /flows/count
POST /flows/filter
DELETE /flows/{}
GET /flows/{}
GET /health
POST /logs/filter
PUT /saved_searches/
POST /saved_searches/filter
POST /task_runs/count
POST /task_runs/filter
POST /task_runs/history
DELETE /task_runs/{}
GET /task_runs/{}
POST /task_runs/{}/set_state
POST /ui/flow_runs/history
POST /ui/schemas/validate
POST /ui/task_runs/count
POST /v2/concurrency_limits/
POST /v2/concurrency_limits/filter
DELETE /v2/concurrency_limits/{}
PATCH /v2/concurrency_limits/{}
POST /variables/
POST /variables/count
POST /variables/filter
GET /variables/name/{}
DELETE /variables/{}
PATCH /variables/{}
POST /work_pools/
POST /work_pools/count
POST /work_pools/filter
DELETE /work_pools/{}
GET /work_pools/{}
PATCH /work_pools/{}
POST /work_pools/{}/queues
POST /work_pools/{}/queues/filter
DELETE /work_pools/{}/queues/{}
GET /work_pools/{}/queues/{}
PATCH /work_pools/{}/queues/{}
POST /work_pools/{}/workers/filter
DELETE /work_pools/{}/workers/{}
POST /work_queues/
POST /work_queues/filter
GET /work_queues/name/{}
DELETE /work_queues/{}
GET /work_queues/{}
PATCH /work_queues/{}
POST /work_queues/{}/get_runs
GET /work_queues/{}/status
`
  .trim()
  .split("\n");

/** A screen makes this, but the walk does not get to it. */
export const UNWALKED = ["DELETE /saved_searches/{}"];

/**
 * These stand in the code of the page too, but no screen makes them: `csrf-token` wants CSRF protection, `templates/validate` is no part of
 * a 2.20 server, and nothing calls the rest.
 */
export const UNREACHABLE = `
DELETE /artifacts/{}
GET /automations/related-to/{}
GET /block_schemas/{}
GET /block_types/{}
DELETE /concurrency_limits/tag/{}
GET /concurrency_limits/tag/{}
POST /deployments/{}/set_schedule_active
POST /deployments/{}/set_schedule_inactive
POST /events/count-by/time
POST /events/filter
GET /events/filter/next
POST /flow_runs/history
GET /saved_searches/{}
POST /v2/concurrency_limits/bulk_decrement
POST /v2/concurrency_limits/bulk_increment
GET /v2/concurrency_limits/{}
GET /variables/{}
POST /work_pools/{}/get_scheduled_flow_runs
PATCH /work_pools/{}/queues/{}/update_priority
POST /automations/templates/validate
GET /csrf-token
`
  .trim()
  .split("\n");

const patternOf = (call) => new RegExp(`^${call.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&").replaceAll("{}", "[^/]+")}/?$`);

/** Those of `calls` (`METHOD /path`) that were made, given what was seen; of several that fit one path, the one with the fewest variables. */
export function made(calls, seen) {
  const variables = (call) => call.split("{}").length;
  const patterns = calls.toSorted((a, b) => variables(a) - variables(b)).map((call) => ({ call, pattern: patternOf(call) }));
  const found = [...seen].map((path) => patterns.find(({ pattern }) => pattern.test(path))?.call);
  return new Set(found.filter(Boolean));
}
