import type { RawNumber } from "../json.ts";

/**
 * What stands in hydrated parameters for a value that is not known: an error (with its message), a template that is
 * well-formed but not rendered here, or a value that its parent must drop. `name` is the class Prefect gives it.
 */
export class Placeholder {
  readonly name: string;
  readonly error: string | undefined;

  constructor(name: string, error?: string) {
    this.name = name;
    this.error = error;
  }
}

/** JSON in which hydration may have left placeholders. */
export type Hydrated = null | boolean | number | string | RawNumber | Placeholder | Hydrated[] | HydratedObject;
export interface HydratedObject {
  [key: string]: Hydrated;
}
