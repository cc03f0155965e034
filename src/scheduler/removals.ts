import type { TenantId } from "../domain/ids.ts";
import { MICROS_PER_SECOND } from "../domain/time.ts";
import { databaseOf } from "../env.ts";
import { Queues, UNQUEUED } from "../queue/stub.ts";
import { tenantPrefix } from "../storage/keys.ts";
import { filesOf } from "../storage/s3/keys.ts";
import { r2UploadId } from "../storage/s3/upload-ids.ts";
import { Database } from "../store/database.ts";
import { deleteTenantRows, forgetDeletedWorkspace, removeWorkspaceAgain, selectWorkspacesToRemove } from "../store/deleted-workspaces.ts";
import { deleteUpload, selectSomeUploads } from "../store/storage-uploads.ts";
import { inSlices, type Outcome, type Shard, type Turn } from "./shard.ts";

const DAY = 86_400 * MICROS_PER_SECOND;
const ROWS = 500;
const UPLOADS = 50;

/**
 * Removes the files and rows of deleted workspaces, and what the objects of their queues keep, a bounded part at a time. A day later
 * it is done once more, for what was written by those who still believed a key: then the workspace is forgotten.
 */
export const removeWorkspaces = (shard: Shard, turn: Turn): Promise<Outcome> => {
  const directory = new Database(databaseOf(shard.env, 0), shard.meter);
  return inSlices(1, turn, async () => {
    const [due] = await directory.run(selectWorkspacesToRemove(directory, shard.number, turn.now, 1));
    for (const { id, deletedAt } of due) {
      if (!(await removePart(shard, id as TenantId))) continue;
      const isLast = turn.now >= deletedAt + DAY;
      await directory.run(isLast ? forgetDeletedWorkspace(directory, id) : removeWorkspaceAgain(directory, id, deletedAt + DAY));
    }
    return due.length;
  });
};

/** Removes a part of what a tenant has; gives whether nothing is left. */
async function removePart({ env, number, db, meter }: Shard, tenantId: TenantId): Promise<boolean> {
  const { objects: files, truncated } = await env.STORAGE.list({ prefix: tenantPrefix(tenantId), limit: 1000 });
  if (files.length > 0) await env.STORAGE.delete(files.map(({ key }) => key));
  const [uploads] = await db.run(selectSomeUploads(db, tenantId, UPLOADS));
  for (const { objectKey, uploadId } of uploads) {
    const upload = env.STORAGE.resumeMultipartUpload(filesOf(tenantId) + objectKey, r2UploadId(uploadId));
    // R2 ends by itself an upload that cannot be aborted.
    await upload.abort().catch(() => undefined);
    await db.run(deleteUpload(db, tenantId, uploadId));
  }
  if (truncated || uploads.length === UPLOADS) return false;
  const objects = new Queues(env, { tenantId, shard: number }, meter);
  for (const { isOfQueues, statement } of deleteTenantRows(db, tenantId, ROWS)) {
    const [deleted] = await db.run(statement);
    // After their rows: until then a poll would fill them again.
    if (isOfQueues) await objects.forget(deleted.map(({ key }) => String(key)));
    if (deleted.length === ROWS) return false;
  }
  await objects.forget([UNQUEUED]);
  return true;
}
