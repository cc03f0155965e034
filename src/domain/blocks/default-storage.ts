import { isJsonObject, type JsonObject } from "../json.ts";

/** The name under which each tenant finds its own storage, `<type>/default`. */
export const DEFAULT_NAME = "default";

/** Where the default blocks lead to. */
export interface StorageAccess {
  bucket: string;
  /** Without a final slash. */
  endpointUrl: string;
  accessKeyId: string;
  secret: string;
}

/** The data of a default block, by the slug of its type. */
const DATA: Record<string, (access: StorageAccess) => JsonObject> = {
  "remote-file-system": ({ bucket, endpointUrl, accessKeyId, secret }) => ({
    basepath: `s3://${bucket}/`,
    settings: { key: accessKeyId, secret, client_kwargs: { endpoint_url: endpointUrl } },
  }),
  // This type has no place for an address: the client takes it from AWS_ENDPOINT_URL.
  s3: ({ bucket, accessKeyId, secret }) => ({ bucket_path: bucket, aws_access_key_id: accessKeyId, aws_secret_access_key: secret }),
};

/** The types of which a tenant has a default block. */
export const DEFAULT_STORAGE_TYPES: readonly string[] = Object.keys(DATA);

/** The data of the default block of a type; null for a type that has none. */
export const defaultStorageData = (slug: string, access: StorageAccess): JsonObject | null => DATA[slug]?.(access) ?? null;

/** The access key id in the data of a storage block; null for none. */
export function accessKeyIdOf(data: JsonObject): string | null {
  const id = isJsonObject(data.settings) ? data.settings.key : data.aws_access_key_id;
  return typeof id === "string" ? id : null;
}

const OWN_KEY = /^SLW[A-Z2-7]{17}$/;

/**
 * Paths in the data of a block that are secret whatever its schema says: the secret of a key of our own, which the type
 * `remote-file-system` keeps among free settings.
 */
export function ownSecretPaths(data: JsonObject): string[] {
  const { settings } = data;
  return isJsonObject(settings) && typeof settings.key === "string" && OWN_KEY.test(settings.key) ? ["settings.secret"] : [];
}
