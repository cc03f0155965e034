import { Buffer } from "node:buffer";
import type { TenantId } from "../domain/ids.ts";
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from "../domain/json.ts";

const VERSION = "v1";
const IV_BYTES = 12;

type Bytes = Uint8Array<ArrayBuffer>;

/** The tenants' keys that an isolate has derived; all are dropped when there are too many. */
const MAX_KEYS = 1000;
const keys = new WeakMap<Bytes, Map<TenantId, CryptoKey>>();

/**
 * Block data of one tenant, encrypted at rest: AES-256-GCM with a random 96-bit IV, under a key of the tenant's own that
 * HKDF-SHA-256 (RFC 5869) makes of the service's. A ciphertext belongs to its tenant and document: it does not decrypt elsewhere.
 */
export class Secrets {
  private readonly masterKey: Bytes;
  private readonly tenantId: TenantId;
  private derived: Promise<CryptoKey> | undefined;

  constructor(masterKey: Bytes, tenantId: TenantId) {
    this.masterKey = masterKey;
    this.tenantId = tenantId;
  }

  /** The ciphertext of a document's data: `v1:<iv>:<ciphertext>`, both in base64. */
  async encrypt(documentId: string, data: JsonObject): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const plain = new TextEncoder().encode(stringifyJson(data));
    const cipher = await crypto.subtle.encrypt(this.algorithm(documentId, iv), await this.key(), plain);
    return `${VERSION}:${Buffer.from(iv).toString("base64")}:${Buffer.from(cipher).toString("base64")}`;
  }

  /** The data of what `encrypt` gave for the same document. Throws for anything else. */
  async decrypt(documentId: string, text: string): Promise<JsonObject> {
    const [version, iv = "", cipher = ""] = text.split(":");
    if (version !== VERSION) throw new Error("block data is encrypted in an unknown way");
    const algorithm = this.algorithm(documentId, new Uint8Array(Buffer.from(iv, "base64")));
    const plain = await crypto.subtle.decrypt(algorithm, await this.key(), Buffer.from(cipher, "base64"));
    const data = parseJson(new TextDecoder().decode(plain));
    if (!isJsonObject(data)) throw new Error("block data is no object");
    return data;
  }

  private algorithm(documentId: string, iv: Bytes): SubtleCryptoEncryptAlgorithm {
    return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${this.tenantId}/${documentId}`) };
  }

  // The promise is of one request only: another request's may never settle when that one is cut off.
  private key(): Promise<CryptoKey> {
    this.derived ??= this.derive();
    return this.derived;
  }

  private async derive(): Promise<CryptoKey> {
    const cached = keys.get(this.masterKey)?.get(this.tenantId);
    if (cached) return cached;
    const master = await crypto.subtle.importKey("raw", this.masterKey, "HKDF", false, ["deriveKey"]);
    const info = new TextEncoder().encode(`slipway block data ${this.tenantId}`);
    const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
    const key = await crypto.subtle.deriveKey(algorithm, master, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    let ofMaster = keys.get(this.masterKey);
    if (!ofMaster || ofMaster.size >= MAX_KEYS) {
      ofMaster = new Map();
      keys.set(this.masterKey, ofMaster);
    }
    ofMaster.set(this.tenantId, key);
    return key;
  }
}
