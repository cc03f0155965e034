import { z } from "@hono/zod-openapi";
import { compareText } from "../../domain/parameters/python/text.ts";
import { invalidPlaces } from "./errors.ts";
import { asDict, field } from "./model.ts";

type Output<S extends z.ZodRawShape> = z.output<z.ZodObject<S>>;

/**
 * A pydantic model with a rule over all its fields, which is asked even when some of them are wrong (a `root_validator`): it gives what
 * is wrong, and sees only the fields that are right.
 */
export function checkedModel<S extends z.ZodRawShape>(
  shape: S,
  rule: (values: Partial<Output<S>>) => string | undefined,
  options: { strict?: boolean; documentation?: Record<string, unknown> } = {},
) {
  return field<Output<S>>(
    (value, fail) => {
      const given = asDict(value);
      if (!given) return fail("value is not a valid dict", "type_error.dict");
      let isWrong = false;
      const report = (msg: string, type: string, ctx: Record<string, unknown> | undefined, path: (string | number)[]) => {
        isWrong = true;
        fail(msg, type, ctx, path);
      };
      const values: Record<string, unknown> = {};
      for (const [key, schema] of Object.entries(shape)) {
        const read = (schema as z.ZodType).safeParse(given[key]);
        if (read.success) values[key] = read.data;
        else for (const { msg, type, ctx, loc } of invalidPlaces(read.error, [key], given[key])) report(msg, type, ctx, loc);
      }
      if (options.strict) {
        const extra = Object.keys(given).filter((key) => !(key in shape));
        for (const key of extra.sort(compareText)) report("extra fields not permitted", "value_error.extra", undefined, [key]);
      }
      const problem = rule(values as Partial<Output<S>>);
      if (problem !== undefined) report(problem, "value_error", undefined, ["__root__"]);
      return isWrong ? z.NEVER : (values as Output<S>);
    },
    { type: "object", ...options.documentation },
  );
}

/** `Union[…]`: the first member that takes the value; the errors of all when none does. */
export function union<T>(...members: (() => z.ZodType<T>)[]) {
  return field<T>(
    (value, fail) => {
      const tried = [];
      for (const member of members) {
        const read = member().safeParse(value);
        if (read.success) return read.data;
        tried.push(...invalidPlaces(read.error, [], value));
      }
      for (const { msg, type, ctx, loc } of tried) fail(msg, type, ctx, loc);
      return z.NEVER;
    },
    { type: "object" },
  );
}

/** `Set[str]`, in the order given. */
export function textSet() {
  return field<string[]>(
    (value, fail) => {
      if (!Array.isArray(value)) return fail("value is not a valid set", "type_error.set");
      const texts = new Set<string>();
      for (const [index, item] of value.entries()) {
        if (typeof item === "string") texts.add(item);
        else if (typeof item === "number") texts.add(String(item));
        else
          fail(
            item === null ? "none is not an allowed value" : "str type expected",
            item === null ? "type_error.none.not_allowed" : "type_error.str",
            undefined,
            [index],
          );
      }
      return [...texts];
    },
    { type: "array", items: { type: "string" }, uniqueItems: true },
  );
}
