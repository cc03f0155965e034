import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import draft4 from "./metaschemas/draft4.json" with { type: "json" };
import draft6 from "./metaschemas/draft6.json" with { type: "json" };
import draft7 from "./metaschemas/draft7.json" with { type: "json" };
import draft202012 from "./metaschemas/draft2020-12.json" with { type: "json" };

/** A `$ref` that leads nowhere. References to other documents are never fetched. */
export class UnresolvableReference extends Error {}

/** A place that a plain-name fragment leads to; dynamic ones yield to the outermost of the same name. */
interface Anchor {
  schema: JsonObject;
  isDynamic: boolean;
}

/** The documents that references can lead to, by address. */
interface Registry {
  documents: Map<string, Json>;
  anchors: Map<string, Anchor>;
}

export interface Resolved {
  schema: Json;
  resolver: Resolver;
}

const withoutFragment = (uri: string) => uri.replace(/#.*$/s, "");

// Parsing addresses is a quarter of the work of a metaschema, which has few of them.
const joined = new Map<string, string>();
const MAX_JOINED = 500;

/** The address of `reference` seen from `base`; relative ones stay as they are when there is no base. */
function join(base: string, reference: string): string {
  const key = `${base} ${reference}`;
  const known = joined.get(key);
  if (known !== undefined) return known;
  if (joined.size >= MAX_JOINED) joined.clear();
  const from = base === "" ? undefined : base;
  const address = URL.canParse(reference, from) ? new URL(reference, from).href : reference;
  joined.set(key, address);
  return address;
}

/** Enters a document and everything in it that has an address or a name of its own. */
function crawl(registry: Registry, value: Json, base: string): void {
  if (Array.isArray(value)) {
    for (const item of value) crawl(registry, item, base);
  } else if (isJsonObject(value)) {
    const id = idOf(value);
    const here = id === undefined ? base : withoutFragment(join(base, id));
    if (id !== undefined && !registry.documents.has(here)) registry.documents.set(here, value);
    const enter = (name: Json | undefined, isDynamic: boolean) => {
      if (typeof name === "string") registry.anchors.set(`${here}#${name}`, { schema: value, isDynamic });
    };
    enter(value.$anchor, false);
    enter(value.$dynamicAnchor, true);
    for (const name of [value.$id, value.id]) if (typeof name === "string" && name.startsWith("#")) enter(name.slice(1), false);
    for (const item of Object.values(value)) crawl(registry, item, here);
  }
}

/** The address a schema gives itself (`$id`; `id` only as an absolute one, as in draft 4). */
function idOf(schema: JsonObject): string | undefined {
  const { $id: id, id: oldId } = schema;
  if (typeof id === "string" && !id.startsWith("#")) return id;
  return typeof oldId === "string" && URL.canParse(oldId) ? oldId : undefined;
}

const metaschemas: Registry = { documents: new Map(), anchors: new Map() };
for (const document of [draft4, draft6, draft7, ...draft202012]) crawl(metaschemas, document as Json, "");

/** The schema that schemas of the dialect named by `uri` must obey. */
export function metaschema(uri: string): Json {
  return metaschemas.documents.get(uri) ?? true;
}

/**
 * Finds what references lead to, as the `referencing` library of python-jsonschema does. Immutable: going into a subschema
 * with an address of its own, or through a reference, gives another resolver.
 */
export class Resolver {
  readonly #base: string;
  readonly #registry: () => Registry;
  /** The addresses passed on the way here, the latest first. */
  readonly #passed: readonly string[];

  private constructor(base: string, registry: () => Registry, passed: readonly string[]) {
    this.#base = base;
    this.#registry = registry;
    this.#passed = passed;
  }

  /** A resolver for references in `root`. */
  static of(root: Json): Resolver {
    const base = withoutFragment((isJsonObject(root) ? idOf(root) : undefined) ?? "");
    let registry: Registry | undefined;
    const lazily = () => {
      if (registry === undefined) {
        registry = { documents: new Map([...metaschemas.documents, [base, root]]), anchors: new Map(metaschemas.anchors) };
        crawl(registry, root, base);
      }
      return registry;
    };
    return new Resolver(base, lazily, []);
  }

  /** The resolver for a subschema. */
  into(schema: JsonObject): Resolver {
    const id = idOf(schema);
    return id === undefined ? this : new Resolver(withoutFragment(join(this.#base, id)), this.#registry, this.#passed);
  }

  /** What a reference leads to. Throws UnresolvableReference. */
  lookup(reference: string): Resolved {
    const uri = reference.startsWith("#") ? this.#base : withoutFragment(join(this.#base, reference));
    const fragment = decodeFragment(reference.split("#").slice(1).join("#"));
    const resolver = this.#at(uri);
    if (fragment !== "" && !fragment.startsWith("/")) return this.#named(uri, fragment, resolver, reference);
    const document = this.#registry().documents.get(uri);
    if (document === undefined) throw new UnresolvableReference(`Unresolvable: ${reference}`);
    return fragment === "" ? { schema: document, resolver } : pointed(document, fragment, resolver);
  }

  #at(uri: string): Resolver {
    const isNew = this.#base !== "" && (this.#passed.length === 0 || uri !== this.#base);
    return new Resolver(uri, this.#registry, isNew ? [this.#base, ...this.#passed] : this.#passed);
  }

  #named(uri: string, name: string, resolver: Resolver, reference: string): Resolved {
    const { anchors } = this.#registry();
    let anchor = anchors.get(`${uri}#${name}`);
    if (anchor === undefined) throw new UnresolvableReference(`Unresolvable: ${reference}`);
    if (!anchor.isDynamic) return { schema: anchor.schema, resolver };
    for (const passed of resolver.#passed) {
      const outer = anchors.get(`${passed}#${name}`);
      if (outer?.isDynamic) anchor = outer;
    }
    return { schema: anchor.schema, resolver: resolver.into(anchor.schema) };
  }
}

/** Follows a JSON pointer (RFC 6901), entering the addresses on the way. */
function pointed(document: Json, pointer: string, resolver: Resolver): Resolved {
  let schema = document;
  let here = resolver;
  for (const segment of pointer.slice(1).split("/")) {
    const key = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    const next = isJsonObject(schema) || Array.isArray(schema) ? Object.entries(schema).find(([name]) => name === key) : undefined;
    if (next === undefined) throw new UnresolvableReference(`PointerToNowhere: '${pointer}' does not exist`);
    schema = next[1];
    if (isJsonObject(schema)) here = here.into(schema);
  }
  return { schema, resolver: here };
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
