const MAX_METADATA_CHARACTERS = 500;

/** An artifact's metadata with long values cut, and three dots after a cut (`validate_max_metadata_length`). Characters are code points. */
export function cutMetadata(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, cut(value)]));
}

function cut(value: string): string {
  const characters = value.length > MAX_METADATA_CHARACTERS ? [...value] : [];
  return characters.length > MAX_METADATA_CHARACTERS ? `${characters.slice(0, MAX_METADATA_CHARACTERS).join("")}...` : value;
}
