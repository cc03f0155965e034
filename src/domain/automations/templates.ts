import { isJsonObject, type Json } from "../json.ts";

/** True when a value holds a template that an automation would have to fill in: a text with Jinja's marks, or an object that says so. */
export function holdsTemplate(value: Json): boolean {
  if (typeof value === "string") return value.includes("{{") || value.includes("{%");
  if (Array.isArray(value)) return value.some(holdsTemplate);
  if (!isJsonObject(value)) return false;
  return value.__prefect_kind === "jinja" || Object.values(value).some(holdsTemplate);
}
