/** What a notification's message may name. */
const VARIABLES = new Set([
  "flow_run_notification_policy_id",
  "flow_id",
  "flow_name",
  "flow_run_url",
  "flow_run_id",
  "flow_run_name",
  "flow_run_parameters",
  "flow_run_state_type",
  "flow_run_state_name",
  "flow_run_state_timestamp",
  "flow_run_state_message",
]);

class Problem extends Error {}

/**
 * What is wrong with a notification's message template, in the words of Python's `str.format`, which will fill it in; undefined
 * if nothing is. Only the variables of flow-run notifications can be named, and nothing inside them.
 */
export function templateProblem(template: string): string | undefined {
  try {
    fill(template, 2);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

/** The template with "test" for every variable. A field's format may itself hold fields, to a depth. */
function fill(template: string, depth: number): string {
  if (depth === 0) throw new Problem("Max string recursion exceeded");
  let filled = "";
  let at = 0;
  while (at < template.length) {
    const brace = template.slice(at).search(/[{}]/);
    if (brace < 0) return filled + template.slice(at);
    filled += template.slice(at, at + brace);
    at += brace;
    const character = template.charAt(at);
    if (template[at + 1] === character) {
      filled += character;
      at += 2;
      continue;
    }
    if (character === "}" || at + 1 === template.length) throw new Problem(`Single '${character}' encountered in format string`);
    const field = readField(template, at + 1);
    filled += fillField(field, depth);
    at = field.end;
  }
  return filled;
}

interface Field {
  name: string;
  conversion: string;
  format: string;
  end: number;
}

/** Reads `name!conversion:format}` from an index on. */
function readField(template: string, start: number): Field {
  const [name = ""] = /^(?:\[[^\]]*|[^{}:![])*/.exec(template.slice(start)) ?? [];
  let at = start + name.length;
  let conversion = "";
  if (template[at] === "{") throw new Problem("unexpected '{' in field name");
  if (template[at] === "}") return { name, conversion, format: "", end: at + 1 };
  if (template[at] === undefined) throw new Problem("expected '}' before end of string");
  if (template[at] === "!") {
    conversion = template.charAt(at + 1);
    if (conversion === "") throw new Problem("end of string while looking for conversion specifier");
    at += 2;
    if (template[at] === "}") return { name, conversion, format: "", end: at + 1 };
    if (template[at] !== undefined && template[at] !== ":") throw new Problem("expected ':' after conversion specifier");
  }
  const formatStart = at + 1;
  let open = 1;
  for (let index = formatStart; index < template.length; index += 1) {
    if (template[index] === "{") open += 1;
    else if (template[index] === "}") open -= 1;
    if (open === 0) return { name, conversion, format: template.slice(formatStart, index), end: index + 1 };
  }
  throw new Problem("unmatched '{' in format spec");
}

function fillField({ name, conversion, format }: Field, depth: number): string {
  const [variable = ""] = name.split(/[.[]/);
  if (name !== variable || !VARIABLES.has(name))
    throw new Problem(`Invalid template variable provided: '${VARIABLES.has(variable) ? name : variable}'`);
  if (conversion !== "" && !"rsa".includes(conversion)) throw new Problem(`Unknown conversion specifier ${conversion}`);
  const spec = format.includes("{") ? fill(format, depth - 1) : format;
  const type = /^(?:.?[<>^])?0?\d*(?:\.\d+)?(\D?)$/u.exec(spec)?.[1];
  if (type === undefined) throw new Problem(`Invalid format specifier '${spec}' for object of type 'str'`);
  if (type !== "" && type !== "s") throw new Problem(`Unknown format code '${type}' for object of type 'str'`);
  return "test";
}
