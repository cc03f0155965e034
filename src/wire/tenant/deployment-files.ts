import { z } from "@hono/zod-openapi";
import { formatTime } from "../../domain/time.ts";
import type { StoredFile } from "../../storage/stored-files.ts";
import { integer, text, withDefault } from "../prefect/model.ts";
import { time } from "../prefect/objects.ts";

/** Where a page of files begins, and how many it has. */
export const FilesQuery = z.object({
  limit: withDefault(integer({ ge: 1, le: 1000 }), 200),
  after: withDefault(text({ maxLength: 1000 }), ""),
});

/** A page of files; `next` is the `after` of the one that follows. */
export const FilePage = z
  .object({
    files: z.array(z.object({ name: z.string(), size: z.int(), modified: time() })),
    next: z.string().nullable(),
  })
  .openapi("FilePage");

export const filePageToWire = ({ files, next }: { files: StoredFile[]; next: string | null }): z.input<typeof FilePage> => ({
  files: files.map(({ name, bytes, modifiedAt }) => ({ name, size: bytes, modified: formatTime(modifiedAt) })),
  next,
});
