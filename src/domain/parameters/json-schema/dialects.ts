import { isJsonObject, type Json } from "../../json.ts";
import { applicators } from "./applicators.ts";
import { assertions } from "./assertions.ts";
import { draft4Bounds, legacyApplicators, legacyContains } from "./legacy-keywords.ts";
import { unevaluated } from "./unevaluated.ts";
import type { Keyword } from "./validator.ts";

/** A version of JSON Schema: which keywords it has and what sets it apart. */
export interface Dialect {
  /** The address of its metaschema. */
  uri: string;
  keywords: ReadonlyMap<string, Keyword>;
  /** Whether `1.0` is an integer. */
  integralFloats: boolean;
  /** Whether nothing beside a `$ref` counts. */
  ignoresRefSiblings: boolean;
}

function without(keywords: Readonly<Record<string, Keyword>>, names: readonly string[]): ReadonlyMap<string, Keyword> {
  return new Map(Object.entries(keywords).filter(([name]) => !names.includes(name)));
}

const NEW_IN_DRAFT6 = ["const", "contains", "exclusiveMaximum", "exclusiveMinimum", "propertyNames"];
const NEW_IN_DRAFT7 = ["if"];
const NEW_IN_2020 = ["$dynamicRef", "dependentRequired", "dependentSchemas", "prefixItems"];
const legacy = { ...applicators, ...assertions, ...legacyApplicators, ...legacyContains };

export const DRAFT4: Dialect = {
  uri: "http://json-schema.org/draft-04/schema",
  keywords: without({ ...legacy, ...draft4Bounds }, [...NEW_IN_DRAFT6, ...NEW_IN_DRAFT7, ...NEW_IN_2020]),
  integralFloats: false,
  ignoresRefSiblings: true,
};
const DRAFT6: Dialect = {
  uri: "http://json-schema.org/draft-06/schema",
  keywords: without(legacy, [...NEW_IN_DRAFT7, ...NEW_IN_2020]),
  integralFloats: true,
  ignoresRefSiblings: true,
};
const DRAFT7: Dialect = { ...DRAFT6, uri: "http://json-schema.org/draft-07/schema", keywords: without(legacy, NEW_IN_2020) };
export const DRAFT202012: Dialect = {
  uri: "https://json-schema.org/draft/2020-12/schema",
  keywords: without({ ...applicators, ...assertions, ...unevaluated }, []),
  integralFloats: true,
  ignoresRefSiblings: false,
};

const dialects = new Map([DRAFT4, DRAFT6, DRAFT7, DRAFT202012].map((dialect) => [dialect.uri, dialect]));

/** The dialect that a schema names by `$schema`, or `otherwise` if it names none that is known. */
export function dialectOf(schema: Json, otherwise: Dialect): Dialect {
  const uri = isJsonObject(schema) ? schema.$schema : undefined;
  return (typeof uri === "string" ? dialects.get(uri.replace(/#$/, "")) : undefined) ?? otherwise;
}
