/** A worker that starts a process for each flow run that its pool has, the moment it is due. */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { type Connection, LeaseClient, type LeasedRun } from "./client.ts";

const { values: options } = parseArgs({
  options: {
    pool: { type: "string" },
    queue: { type: "string", multiple: true, default: [] },
    limit: { type: "string", default: "10" },
    command: { type: "string", default: "python -m prefect.engine" },
  },
});

/** States in which a run ends, and in which its process may leave it: it is to be resumed or to run again later. */
const LEFT_ALONE = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED", "CANCELLING", "PAUSED", "SCHEDULED"];

const ATTEMPTS = 5;

class Worker {
  private readonly connection: Connection;
  private readonly command: string;
  private readonly client: LeaseClient;
  private readonly running = new Set<Promise<void>>();
  private isStopping = false;

  constructor(connection: Connection, command: string) {
    this.connection = connection;
    this.command = command;
    this.client = new LeaseClient(connection, (run) => this.start(run));
  }

  /** Runs what the pool has, so many at a time; until `stop`, and then until the last of them has ended. */
  async run(limit: number): Promise<void> {
    this.client.want(limit);
    try {
      await this.client.run();
    } finally {
      this.isStopping = true;
      await Promise.all(this.running);
    }
  }

  /** Takes no more runs; those that go on are waited for. */
  stop(): void {
    this.isStopping = true;
    this.client.stop();
  }

  private start(run: LeasedRun): void {
    // One that came after all is not claimed: it is others' when its lease ends.
    if (this.isStopping) return;
    const work = this.execute(run)
      .catch((error: unknown) => say(run, `failed: ${error}`))
      .finally(() => {
        this.running.delete(work);
        if (!this.isStopping) this.client.want(1);
      });
    this.running.add(work);
  }

  private async execute(run: LeasedRun): Promise<void> {
    const { id } = run.flow_run;
    if (!(await this.client.setState(id, { type: "PENDING" }))) return say(run, "is somebody else's");
    say(run, "starts");
    const ended = await this.spawned(id);
    say(run, `ended: ${ended}`);
    if (ended === "0") return;
    await patiently(async () => {
      if (LEFT_ALONE.includes(await this.client.stateType(id))) return;
      await this.client.setState(id, { type: "CRASHED", name: "Crashed", message: `The process ended with ${ended}.` });
    });
  }

  /** Runs the command for a run; gives the code or signal it ended with, or why it did not start. */
  private spawned(runId: string): Promise<string> {
    const [program = "", ...args] = this.command.split(/\s+/).filter((word) => word !== "");
    const { apiUrl, apiKey } = this.connection;
    const env = { ...process.env, PREFECT__FLOW_RUN_ID: runId, PREFECT_API_URL: apiUrl, PREFECT_API_KEY: apiKey };
    return new Promise((resolve) => {
      // A group of its own: a Ctrl-C in the terminal is for the worker alone.
      const child = spawn(program, args, { env, stdio: ["ignore", "inherit", "inherit"], detached: true });
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(String(code ?? signal)));
    });
  }
}

const say = ({ flow_run }: LeasedRun, text: string): void => console.log(`${flow_run.name} (${flow_run.id}) ${text}`);

/** Does what may fail for a while, again after ever longer pauses. */
async function patiently(action: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
  }
}

const { PREFECT_API_URL: apiUrl, PREFECT_API_KEY: apiKey } = process.env;
const limit = Number(options.limit);
if (!options.pool || !apiUrl || !apiKey || !(Number.isInteger(limit) && limit >= 1 && limit <= 1000)) {
  console.error("usage: PREFECT_API_URL=… PREFECT_API_KEY=… node worker.ts --pool NAME [--queue NAME]… [--limit 1…1000] [--command COMMAND]");
  process.exit(2);
}
const worker = new Worker({ apiUrl: apiUrl.replace(/\/$/, ""), apiKey, pool: options.pool, queues: options.queue }, options.command);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => worker.stop());
await worker.run(limit);
