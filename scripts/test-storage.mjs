// Drives real clients of S3 and Prefect's storage blocks against a fresh service (or the one at SLIPWAY_URL); the arguments go on to pytest:
//   npm run test:storage                            all of test/storage
//   npm run test:storage -- test_boto3.py -k lists  some of it
import path from "node:path";
import { pythonEnvironment, root, withService } from "./service.mjs";

const folder = path.join(root, "test/storage");
const clients = path.join(root, "test/clients");

const environment = await pythonEnvironment("storage-2.20", path.join(clients, "environments/storage-2.20.txt"));

process.exitCode = await withService({}, async (url, spawnSuite, service) => {
  const args = [
    ...["-m", "pytest", "-c", path.join(clients, "pytest.ini"), "--rootdir", folder],
    ...["--venv", environment, "--url", `${url}/api`, ...(service ? ["--service-group", String(service.pid)] : [])],
    ...(process.argv.length > 2 ? process.argv.slice(2) : [folder]),
  ];
  return spawnSuite(path.join(environment, "bin/python"), args, { cwd: folder, env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" } });
});
