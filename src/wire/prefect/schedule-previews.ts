import { z } from "@hono/zod-openapi";
import type { NotedOccurrence } from "../../domain/schedules/preview.ts";
import { formatTime } from "../../domain/time.ts";
import type { SchedulePreview as Preview } from "../../services/schedules/preview.ts";
import { datetime, integer, withDefault } from "./model.ts";
import { Schedule, schedule, shownSchedule } from "./schedules.ts";

// Not of Prefect's API: what its page works out for itself.

const n = () => withDefault(integer({ ge: 1, le: 100 }), 10);

export const PreviewQuery = z.object({ n: n() });

/** The body of `/schedules/preview`. */
export const PreviewBody = z.object({ schedule: schedule(), n: n(), start: datetime().optional() });

const instant = () => z.string().openapi({ format: "date-time" });

const ClockNote = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("gap").openapi({ description: "The clocks skip `local_time`; the occurrence is `shift` seconds from it." }),
      local_time: z.string(),
      shift: z.number(),
    }),
    z.object({
      kind: z.literal("overlap").openapi({ description: "The clocks show `local_time` twice; the schedule occurs at one of them." }),
      local_time: z.string(),
      taken: z.enum(["first", "second"]),
      other_time: instant(),
    }),
  ])
  .openapi("ClockNote");

const ScheduleOccurrence = z
  .object({
    time: instant(),
    local_time: z.string().openapi({ description: "The time in the schedule's zone, with its offset." }),
    clock_change: ClockNote.nullable(),
  })
  .openapi("ScheduleOccurrence");

const previewFields = { schedule: Schedule, occurrences: z.array(ScheduleOccurrence) };

export const SchedulePreview = z.object(previewFields).openapi("SchedulePreview");

export const DeploymentSchedulePreview = z
  .object({ ...previewFields, active: z.boolean(), paused: z.boolean().openapi({ description: "Whether the deployment is paused." }) })
  .openapi("DeploymentSchedulePreview");

export const previewToWire = ({ schedule, occurrences }: Pick<Preview, "schedule" | "occurrences">): z.input<typeof SchedulePreview> => ({
  schedule: shownSchedule(schedule),
  occurrences: occurrences.map(occurrenceToWire),
});

export const deploymentPreviewToWire = (preview: Preview): z.input<typeof DeploymentSchedulePreview> => ({
  ...previewToWire(preview),
  active: preview.active,
  paused: preview.paused,
});

const occurrenceToWire = ({ at, localText, note }: NotedOccurrence): z.input<typeof ScheduleOccurrence> => ({
  time: formatTime(at),
  local_time: localText,
  clock_change: note && clockNoteToWire(note),
});

const clockNoteToWire = (note: NonNullable<NotedOccurrence["note"]>): z.input<typeof ClockNote> =>
  note.kind === "gap"
    ? { kind: "gap", local_time: note.localTime, shift: note.shiftSeconds }
    : { kind: "overlap", local_time: note.localTime, taken: note.taken, other_time: formatTime(note.otherAt) };
