import { isJsonObject, type Json } from "../../json.ts";
import { isJsonNumber, numberValue } from "./number.ts";

/** Whether Python takes a value for true: none of null, false, zero, and empty text, lists and objects. */
export function isTruthy(value: Json | undefined): boolean {
  if (isJsonNumber(value)) return Number(numberValue(value)) !== 0;
  if (Array.isArray(value)) return value.length > 0;
  return isJsonObject(value) ? Object.keys(value).length > 0 : Boolean(value);
}
