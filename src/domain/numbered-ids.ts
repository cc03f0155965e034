/**
 * Ids that sort in the order of their number, for things made at once. `first` is a UUIDv7; the ids keep its time and its last
 * random bits and count in the bits between (RFC 9562, section 6.2, a counter of fixed length). At most 2^24 of them.
 */
export function numberedIds(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => {
    const digits = number.toString(16).padStart(6, "0");
    return `${first.slice(0, 15)}${digits.slice(0, 3)}${first.slice(18, 20)}${digits.slice(3)}${first.slice(23)}`;
  });
}
