const ENTITIES: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'", "&amp;": "&" };

/** Text as it may stand in HTML: `&`, `<` and `>` escaped, quotes not (Python's `html.escape(text, quote=False)`). */
export const escapeHtml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** What `escapeHtml` was given, and the text of escaped quotes. */
export const unescapeHtml = (text: string): string =>
  text.replace(/&(?:lt|gt|quot|#x27|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity);
