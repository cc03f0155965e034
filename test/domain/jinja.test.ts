import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { templateProblem } from "../../src/domain/jinja/check.ts";
import { NO_CONTEXT } from "../../src/domain/jinja/interpreter.ts";
import { renderOrTell } from "../../src/domain/parameters/jinja.ts";

/** What Jinja and Prefect make of templates, made by `vectors/jinja.py`. */
interface Vectors {
  read: [template: string, problem: string | null, line: number | null][];
  rendered: [template: string, text: string][];
}
const vectors: Vectors = JSON.parse(readFileSync(join(import.meta.dirname, "vectors/jinja.json"), "utf8"));

describe("a template is well-formed or not as Jinja says", () => {
  test.each(vectors.read)("%j", (template, problem, line) => {
    const found = templateProblem(template);
    expect([found?.message ?? null, found?.line ?? null]).toEqual([problem, line]);
  });
});

describe("a template renders as by Jinja", () => {
  test.each(vectors.rendered)("%j", (template, text) => expect(renderOrTell(template, NO_CONTEXT)).toBe(text));
});

test("nesting has its bound, wherever it stands", () => {
  const inside = (depth: number) => `{{ ${"(".repeat(depth)}x${")".repeat(depth)} }}`;
  expect(templateProblem(inside(45))).toBeUndefined();
  expect(templateProblem(inside(5000))?.message).toBe("The template is nested too deeply.");
  expect(templateProblem(`{% if ${"not ".repeat(300)}x %}{% endif %}`)?.message).toBe("The template is nested too deeply.");
  expect(templateProblem(inside(20).repeat(50))).toBeUndefined();
  expect(templateProblem("{{ -x }}{{ not x }}".repeat(200))).toBeUndefined();
});

test("what cannot be rendered here, and what takes too long, is told in the text", () => {
  const raw = "{% raw %}{{ x }}{% endraw %}";
  expect(renderOrTell(raw, NO_CONTEXT)).toMatch(/^Failed to render .*: Error\('this template cannot be rendered here: /);
  expect(renderOrTell(raw, NO_CONTEXT).endsWith(`Template source:\n${raw}`)).toBe(true);
  const loops = `${"{% for i in range(100) %}".repeat(3)}{% set x = i %}${"{% endfor %}".repeat(3)}`;
  expect(renderOrTell(loops, NO_CONTEXT)).toContain("OverflowError('Template takes more than 100000 steps.')");
});
