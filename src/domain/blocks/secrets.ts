import { isJsonObject, type Json, type JsonObject } from "../json.ts";

/** What stands for a secret, however long that is. */
export const OBFUSCATED = "********";

/** The paths of a block schema's secret values, `secret_fields` of its fields: dotted keys, `*` for everything below. */
export function secretFields(schemaFields: JsonObject): string[] {
  const paths = schemaFields.secret_fields;
  return Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : [];
}

/**
 * A document's data with its secrets masked. A path leads to a text, number or list, not to an object with keys; below a `*`
 * every value is masked, null and empty objects too (`schemas.core.BlockDocument.from_orm_model`).
 */
export function obfuscateSecrets(data: JsonObject, paths: readonly string[]): JsonObject {
  return changeSecrets(data, paths, () => OBFUSCATED);
}

/**
 * Submitted data in which a mask at the place of a secret is replaced by the stored value, so that what was read masked can be
 * written back. A mask below a `*` with nothing stored stays (`models.block_documents.update_block_document`).
 */
export function restoreSecrets(submitted: JsonObject, stored: JsonObject, paths: readonly string[]): JsonObject {
  return changeSecrets(submitted, paths, (value, path) => {
    const kept = value === OBFUSCATED ? path.reduce<Json | undefined>(step, stored) : undefined;
    return kept === undefined ? value : kept;
  });
}

const step = (value: Json | undefined, key: string) => (isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined);

const isLeaf = (value: Json) => !isJsonObject(value) || Object.keys(value).length === 0;

/** Changes the leaves that are secret; a null is one only below a `*`. */
function changeSecrets(data: JsonObject, paths: readonly string[], change: (value: Json, path: string[]) => Json): JsonObject {
  const secrets = paths.map((path) => path.split("."));
  const isSecret = (value: Json, path: readonly string[]) =>
    secrets.some((secret) => {
      const wildcard = secret.indexOf("*");
      const prefix = wildcard < 0 ? secret : secret.slice(0, wildcard);
      const covers = prefix.every((key, index) => path[index] === key);
      return covers && (wildcard >= 0 || (path.length === secret.length && value !== null));
    });
  const visit = (object: JsonObject, path: string[]): JsonObject =>
    Object.fromEntries(
      Object.entries(object).map(([key, value]) => {
        const here = [...path, key];
        if (isLeaf(value)) return [key, isSecret(value, here) ? change(value, here) : value];
        return [key, isJsonObject(value) ? visit(value, here) : value];
      }),
    );
  return visit(data, []);
}
