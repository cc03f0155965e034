// Starts the service on workerd and serves until it is stopped. `--help` lists the options; README.md explains them.
import { parseArgs } from "node:util";
import { ServiceError } from "./local/service-error.mjs";

const HELP = `npm start -- [--port 4200] [--host 127.0.0.1] [--persist-to .slipway] [--public-url URL]

  --port        port to listen on (PORT); 0 takes a free one
  --host        address to listen on
  --persist-to  folder that holds all data
  --public-url  the address people use (PUBLIC_URL), when it is not http://HOST:PORT

Every variable of wrangler.toml can be set in the environment: LEASE_SECONDS, BACKGROUND_WORK (on, off).
ENCRYPTION_KEY (32 bytes in base64) replaces the key that is made once and kept in the data folder.
`;

/** The options of the command line and the environment. Throws a ServiceError for what makes no sense. */
function readOptions() {
  const options = {
    port: { type: "string" },
    host: { type: "string" },
    "persist-to": { type: "string" },
    "public-url": { type: "string" },
  };
  let values;
  try {
    values = parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } } }).values;
  } catch (error) {
    throw new ServiceError(`${error.message}\n\n${HELP}`);
  }
  const portText = values.port ?? process.env.PORT ?? "4200";
  const port = Number(portText);
  if (!/^\d+$/.test(portText) || port > 65535)
    throw new ServiceError(`the port must be a number from 0 to 65535, not ${JSON.stringify(portText)}`);
  const host = values.host ?? "127.0.0.1";
  return {
    help: values.help,
    port,
    host,
    dataFolder: values["persist-to"] ?? ".slipway",
    publicUrl: values["public-url"] ?? process.env.PUBLIC_URL,
  };
}

function requireNode(major, minor) {
  const [hasMajor, hasMinor] = process.versions.node.split(".").map(Number);
  if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return;
  throw new ServiceError(
    `this needs Node ${major}.${minor} or newer, and found ${process.versions.node}. The packages bring one for Linux and for Intel Macs: start with npm start; elsewhere install Node ${major}.`,
  );
}

function announce(service, options) {
  const page = service.publicUrl || service.url;
  const body = '{"email": "you@example.com", "password": "a long password", "workspace": "main"}';
  console.log(`
Slipway serves ${service.url}, data in ${options.dataFolder}

Sign up in a browser:   ${page}/
or in a terminal:       curl -s ${page}/signup -H 'content-type: application/json' -d '${body}'

Then point the client at it, with the api_key you got:
  prefect config set PREFECT_API_URL=${page}/api
  prefect config set PREFECT_API_KEY=<your api_key>

ready`);
}

let service;
let stopping = false;

/** Stops the service and ends the process; called again, it ends at once. */
async function stop(status) {
  if (stopping) process.exit(1);
  stopping = true;
  const patience = setTimeout(() => process.exit(1), 5000);
  patience.unref();
  await service?.stop();
  process.exit(status);
}

const onSignal = () => void stop(0);

/**
 * Leaves our handler alone on the signals: those that the runtime's packages add end the process before the service is stopped.
 * Ours is never taken off, since a signal that is on its way would be lost.
 */
function takeSignals() {
  for (const signal of ["SIGTERM", "SIGINT"]) {
    if (!process.listeners(signal).includes(onSignal)) process.on(signal, onSignal);
    for (const listener of process.listeners(signal)) if (listener !== onSignal) process.off(signal, listener);
  }
}

/** Under npm the service must not outlive npm: a killed npm would leave it behind, holding the port and the data. */
function endWithParent() {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && !stopping) void stop(1);
  }, 250).unref();
}

try {
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
  } else {
    requireNode(22, 13);
    takeSignals();
    endWithParent();
    const { openService } = await import("./local/local-service.mjs");
    service = await openService(options, takeSignals);
    announce(service, options);
  }
} catch (error) {
  if (!stopping) {
    console.error(error instanceof ServiceError ? `\nCould not start: ${error.message}` : error);
    await stop(1);
  }
}
