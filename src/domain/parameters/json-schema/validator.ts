import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { type Hydrated, Placeholder } from "../placeholder.ts";
import { isJsonNumber } from "../python/number.ts";
import { type Dialect, dialectOf } from "./dialects.ts";
import { isInteger, schemaType, show } from "./instance.ts";
import { type Resolved, Resolver } from "./references.ts";
import { matchesType, type Violation } from "./violation.ts";

/** A schema whose references lead round in a circle without going deeper into the value. */
export class CircularReference extends Error {}

/** What a keyword reports; the validator adds where and in which schema it was. */
export type Finding = Pick<Violation, "message"> & Partial<Pick<Violation, "keyword" | "context">>;

/** Checks one keyword: its value, the value under validation, and the schema that holds the keyword. */
export type Keyword = (validator: Validator, value: Json, instance: Hydrated, schema: JsonObject) => Iterable<Finding | Violation>;

/** Python's recursion limit of 1,000 frames, less what the server has used, at two frames a schema. */
const MAX_DEPTH = 450;

/**
 * Interprets a schema as python-jsonschema does: keywords in the order in which the schema has them, violations one by one,
 * so that the same one comes first. No code is generated.
 */
export class Validator {
  readonly dialect: Dialect;
  readonly resolver: Resolver;
  /** Whether `format` is asserted. */
  readonly checksFormats: boolean;
  readonly #depth: number;

  private constructor(dialect: Dialect, resolver: Resolver, checksFormats: boolean, depth: number) {
    if (depth > MAX_DEPTH) throw new CircularReference("Unable to validate schema with circular references.");
    this.dialect = dialect;
    this.resolver = resolver;
    this.checksFormats = checksFormats;
    this.#depth = depth;
  }

  /**
   * The violations of `instance` against a whole schema document.
   * Throws CircularReference and UnresolvableReference, while it is iterated.
   */
  static validate(instance: Hydrated, schema: Json, dialect: Dialect, checksFormats: boolean): Iterable<Violation> {
    return new Validator(dialect, Resolver.of(schema), checksFormats, 0).#check(instance, schema);
  }

  /**
   * The violations against a subschema, of the same value or of one inside it (`at`: its key or index). A resolver comes along
   * when the subschema was reached by reference. A `false` schema does not tell the place, as in the reference.
   */
  *descend(instance: Hydrated, schema: Json, at?: string | number, resolver?: Resolver): Iterable<Violation> {
    const within = resolver ?? (isJsonObject(schema) ? this.resolver.into(schema) : this.resolver);
    yield* this.#inside(schema, within).#check(instance, schema, schema === false ? undefined : at);
  }

  /** Whether a value obeys a subschema. */
  accepts(instance: Hydrated, schema: Json): boolean {
    for (const _ of this.descend(instance, schema)) return false;
    return true;
  }

  /** What a reference leads to. Throws UnresolvableReference. */
  lookup(reference: string): Resolved {
    return this.resolver.lookup(reference);
  }

  /** A validator whose references are seen from `resolved`. */
  at(resolved: Resolved): Validator {
    return this.#inside(resolved.schema, resolved.resolver);
  }

  /** Whether a value has a type of JSON Schema, `integer` as the dialect means it. */
  hasType(instance: Hydrated, type: string): boolean {
    if (type === "integer") return isJsonNumber(instance) && isInteger(instance, this.dialect.integralFloats);
    return schemaType(instance) === type;
  }

  #inside(schema: Json, resolver: Resolver): Validator {
    return new Validator(dialectOf(schema, this.dialect), resolver, this.checksFormats, this.#depth + 1);
  }

  *#check(instance: Hydrated, schema: Json, at?: string | number): Iterable<Violation> {
    for (const finding of this.#findings(instance, schema)) {
      const violation = "path" in finding ? finding : this.#violation(finding, instance, schema);
      if (at !== undefined) violation.path.unshift(at);
      yield violation;
    }
  }

  *#findings(instance: Hydrated, schema: Json): Iterable<Finding | Violation> {
    if (schema === false) yield { message: `False schema does not allow ${show(instance)}` };
    if (!isJsonObject(schema)) return;
    const { keywords, ignoresRefSiblings } = this.dialect;
    const reference = schema.$ref;
    const entries =
      ignoresRefSiblings && reference !== undefined && reference !== null ? [["$ref", reference] as const] : Object.entries(schema);
    for (const [name, value] of entries) {
      for (const finding of keywords.get(name)?.(this, value, instance, schema) ?? []) {
        yield "path" in finding ? finding : { keyword: name, ...finding };
      }
    }
    // Prefect's own keyword, there for every schema: a value that could not be hydrated.
    if (instance instanceof Placeholder && instance.error !== undefined) yield { message: instance.error, keyword: PLACEHOLDERS };
  }

  #violation(finding: Finding, instance: Hydrated, schema: Json): Violation {
    const violation: Violation = {
      message: finding.message,
      path: [],
      keyword: finding.keyword,
      instance,
      schema,
      matchesType: matchesType(schema, (type) => this.hasType(instance, type)),
      context: finding.context ?? [],
    };
    for (const cause of violation.context) cause.parent = violation;
    return violation;
  }
}

/** The keyword of violations that tell of a placeholder. */
export const PLACEHOLDERS = "_placeholders";
