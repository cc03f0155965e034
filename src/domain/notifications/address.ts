/**
 * Which addresses notifications may be sent to: public ones (RFC 6890 and the IANA special-purpose registries). Names cannot be
 * resolved here, so of names only those are refused that cannot be public.
 */

/** IPv4 networks that are not public: first address and length of the prefix. */
const CLOSED_NETWORKS: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/** Ends of names that are never public: RFC 6761, 6762, 8375, 9476, and what networks use inside. */
const CLOSED_DOMAINS = [
  "localhost",
  "local",
  "localdomain",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "arpa",
  "test",
  "invalid",
  "onion",
  "alt",
];

/**
 * Why nothing may be sent to a URL; null when it may. The URL is read as `fetch` reads it, so an IPv4 address is known in every
 * spelling: decimal, octal, hexadecimal, shortened, or inside an IPv6 address.
 */
export function addressProblem(url: string): string | null {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
  if (protocol !== "http:" && protocol !== "https:") return "its URL is not one of http or https";
  if (hostname.startsWith("[")) return isPublicV6(hostname.slice(1, -1)) ? null : "its address is not public";
  if (/^\d+\.\d+\.\d+\.\d+$/.test(hostname)) return isPublicV4(numberOfV4(hostname)) ? null : "its address is not public";
  const labels = hostname.replace(/\.+$/, "").split(".");
  if (labels.length < 2) return "its host is not a public name";
  return CLOSED_DOMAINS.includes(labels.at(-1) ?? "") ? "its host is not a public name" : null;
}

const numberOfV4 = (text: string): number => text.split(".").reduce((number, part) => number * 256 + Number(part), 0);

const isPublicV4 = (address: number): boolean =>
  CLOSED_NETWORKS.every(([network, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(address / size) !== Math.floor(numberOfV4(network) / size);
  });

/** Only global unicast addresses are public; those that carry an IPv4 address are as public as that one. */
function isPublicV6(text: string): boolean {
  const groups = groupsOfV6(text);
  const [first = 0, second = 0, third = 0] = groups;
  const low = (groups[6] ?? 0) * 65536 + (groups[7] ?? 0);
  const startsWith = (...prefix: number[]) => prefix.every((group, index) => groups[index] === group);
  if (startsWith(0, 0, 0, 0, 0, 0xffff) || startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return isPublicV4(low);
  if (first === 0x2002) return isPublicV4(second * 65536 + third);
  if (first < 0x2000 || first > 0x3fff) return false;
  // Protocol assignments with Teredo, which hides an address; documentation.
  return !(first === 0x2001 && (second < 0x200 || second === 0xdb8)) && !(first === 0x3fff && second < 0x1000);
}

/** The eight groups of an IPv6 address as a URL writes it: hexadecimal, at most one `::`. */
function groupsOfV6(text: string): number[] {
  const [head = "", tail] = text.split("::");
  const numbers = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [start, end] = [numbers(head), numbers(tail ?? "")];
  return tail === undefined ? start : [...start, ...Array<number>(8 - start.length - end.length).fill(0), ...end];
}
