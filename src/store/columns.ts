import { customType } from "drizzle-orm/sqlite-core";
import { type Json, parseJson, stringifyJson } from "../domain/json.ts";

/** A JSON value kept as text, without loss of number texts. */
export const json = customType<{ data: unknown; driverData: string }>({
  dataType: () => "text",
  toDriver: (value) => stringifyJson(value as Json),
  fromDriver: (text) => parseJson(text),
});
