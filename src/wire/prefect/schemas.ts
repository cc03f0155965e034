import { z } from "@hono/zod-openapi";
import { dict, text } from "./model.ts";

export const ValidateBody = z.object({ schema: dict(), values: dict() });

/** What is wrong with values, as a tree beside their form. */
export const SchemaErrors = z.object({ valid: z.boolean(), errors: z.array(z.unknown()) }).openapi("SchemaErrors");

export const TemplateBody = text().default("");

export const TemplateError = z
  .object({ error: z.object({ line: z.int(), message: z.string(), source: z.string() }) })
  .openapi("TemplateError");
