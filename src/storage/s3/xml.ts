import { S3Error } from "./errors.ts";

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** What stands in an element: text, elements by name, or the same element several times. */
export type XmlValue = string | number | boolean | undefined | XmlValue[] | { [name: string]: XmlValue };

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;" };
const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function element(name: string, value: XmlValue): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map((each) => element(name, each)).join("");
  const inner =
    typeof value === "object"
      ? Object.entries(value)
          .map(([child, each]) => element(child, each))
          .join("")
      : String(value).replace(/[&<>"\r]/g, (c) => ESCAPES[c] ?? c);
  return `<${name}>${inner}</${name}>`;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** An answer's document, in S3's namespace. */
export function document(root: string, value: XmlValue): string {
  return DECLARATION + element(root, value).replace(`<${root}>`, `<${root} xmlns="${NAMESPACE}">`);
}

/** An error's document, which has no namespace. */
export const errorDocument = (value: XmlValue) => DECLARATION + element("Error", value);

/** An element that was read: its children, or its text. */
export interface XmlNode {
  name: string;
  text: string;
  children: XmlNode[];
}

/** The root of a small document: elements and text; no document type, so no entities but XML's own. Refuses (MalformedXML) all else. */
export function parseDocument(xml: string): XmlNode {
  const root: XmlNode = { name: "", text: "", children: [] };
  const open = [root];
  const tokens =
    /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)|(<)/g;
  for (const [, slash, name = "", , empty, text, stray] of xml.replace(/^\uFEFF/, "").matchAll(tokens)) {
    const parent = open.at(-1);
    if (!parent || stray !== undefined) throw new S3Error("MalformedXML");
    if (text !== undefined) parent.text += unescapeText(text);
    else if (slash === "/") {
      if (open.length === 1 || parent.name !== localName(name)) throw new S3Error("MalformedXML");
      open.pop();
    } else if (name !== "") {
      const node = { name: localName(name), text: "", children: [] };
      parent.children.push(node);
      if (empty !== "/") open.push(node);
      if (open.length > MAX_DEPTH) throw new S3Error("MalformedXML");
    }
  }
  const [document, ...others] = root.children;
  if (!document || open.length !== 1 || others.length > 0 || root.text.trim() !== "") throw new S3Error("MalformedXML");
  return document;
}

const MAX_DEPTH = 8;

const localName = (name: string) => name.slice(name.indexOf(":") + 1);

function unescapeText(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));|&/g, (_, decimal, hex, name) => {
    const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    const known = NAMED[name ?? ""];
    if (known === undefined) throw new S3Error("MalformedXML");
    return known;
  });
}

/** The text of the one child of a name; undefined for none. */
export const textOf = (node: XmlNode, name: string) => node.children.find((child) => child.name === name)?.text;
