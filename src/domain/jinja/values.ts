import { Environment, type Interpreter } from "@huggingface/jinja";
import { isRawNumber, type Json } from "../json.ts";
import { isPythonInteger } from "../parameters/python/number.ts";

/** A value as the interpreter knows it. */
export type RuntimeValue = ReturnType<Interpreter["evaluate"]>;

/** What a template may be given: JSON, an object with more to it than its items, a text that prints as another, or what it may call. */
export type TemplateValue = Json | TemplateObject | TemplateText | TemplateCall | TemplateValue[];

/** A method, called with plain values. */
export type TemplateCall = (...given: unknown[]) => string | number | boolean | null;

/** What an object is besides its items. */
export interface Traits {
  /** Found by name, as items are, but not counted among them; made when they are asked for. */
  attributes?: Readonly<Record<string, () => TemplateValue>>;
  /** How it prints, if not as a dict. */
  text?: string;
  /** Where people look at it, below the address of the page (the filter `ui_url`). */
  page?: string | null;
  /** The resource whose events it is about (the filter `ui_resource_events_url`). */
  resourceId?: string | null;
}

/** An object of a template's context. */
export class TemplateObject {
  readonly items: Readonly<Record<string, TemplateValue>>;
  readonly traits: Traits;

  constructor(items: Readonly<Record<string, TemplateValue>>, traits: Traits = {}) {
    this.items = items;
    this.traits = traits;
  }
}

/** A text that prints in another way than it compares, as Python's members of enumerations do. */
export class TemplateText {
  readonly value: string;
  readonly printed: string;

  constructor(value: string, printed: string) {
    this.value = value;
    this.printed = printed;
  }
}

const TRAITS = new WeakMap<RuntimeValue, Traits>();
const PRINTED = new WeakMap<RuntimeValue, string>();

export const traitsOf = (value: RuntimeValue): Traits => TRAITS.get(value) ?? {};

/** How a value prints, where that is not what its content says. */
export const printedOf = (value: RuntimeValue): string | undefined => PRINTED.get(value) ?? TRAITS.get(value)?.text;

/** An object's items, and behind them its attributes. */
class Members extends Map<string, RuntimeValue> {
  readonly #attributes: Traits["attributes"];
  readonly #made = new Map<string, RuntimeValue>();

  constructor(items: Readonly<Record<string, TemplateValue>>, attributes: Traits["attributes"]) {
    super();
    this.#attributes = attributes;
    for (const [key, item] of Object.entries(items)) this.set(key, toRuntime(item));
  }

  override get(key: string): RuntimeValue | undefined {
    return super.get(key) ?? this.#attribute(key);
  }

  #attribute(key: string): RuntimeValue | undefined {
    const make = this.#attributes && Object.hasOwn(this.#attributes, key) ? this.#attributes[key] : undefined;
    if (!make) return undefined;
    const made = this.#made.get(key) ?? toRuntime(make());
    this.#made.set(key, made);
    return made;
  }
}

const plain = (value: unknown): RuntimeValue => new Environment().set("value", value);

/** A value of a context as the interpreter takes it. */
export function toRuntime(value: TemplateValue): RuntimeValue {
  if (value instanceof TemplateObject) {
    const made = Object.assign(plain({}), { value: new Members(value.items, value.traits.attributes) });
    TRAITS.set(made, value.traits);
    return made;
  }
  if (value instanceof TemplateText) {
    const made = plain(value.value);
    PRINTED.set(made, value.printed);
    return made;
  }
  if (Array.isArray(value)) return Object.assign(plain([]), { value: value.map(toRuntime) });
  // The interpreter knows a float by its kind, which a fraction decides.
  if (isRawNumber(value))
    return isPythonInteger(value) ? plain(Number(value.rawJSON)) : Object.assign(plain(0.5), { value: Number(value.rawJSON) });
  if (typeof value === "object" && value !== null) return toRuntime(new TemplateObject(value));
  return plain(value);
}
