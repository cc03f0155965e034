import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressProblem } from "../../src/domain/notifications/address.ts";

const isOpen = (host: string) => addressProblem(`https://${host}/hook`) === null;

/** All that is not public, as first and last addresses. */
const CLOSED = [
  ["0.0.0.0", "0.255.255.255"],
  ["10.0.0.0", "10.255.255.255"],
  ["100.64.0.0", "100.127.255.255"],
  ["127.0.0.0", "127.255.255.255"],
  ["169.254.0.0", "169.254.255.255"],
  ["172.16.0.0", "172.31.255.255"],
  ["192.0.0.0", "192.0.0.255"],
  ["192.0.2.0", "192.0.2.255"],
  ["192.88.99.0", "192.88.99.255"],
  ["192.168.0.0", "192.168.255.255"],
  ["198.18.0.0", "198.19.255.255"],
  ["198.51.100.0", "198.51.100.255"],
  ["203.0.113.0", "203.0.113.255"],
  ["224.0.0.0", "255.255.255.255"],
].map((ends) => ends.map((end) => Buffer.from(end.split(".").map(Number)).readUInt32BE())) as [number, number][];

const bytesOf = (address: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(address);
  return [...bytes];
};

/** An IPv4 address as `inet_aton` and IPv6 know it. */
const SPELLINGS: ((address: number) => string)[] = [
  (address) => bytesOf(address).join("."),
  (address) => `${bytesOf(address).join(".")}.`,
  (address) => String(address),
  (address) => `0x${address.toString(16)}`,
  (address) => `0${address.toString(8)}`,
  (address) =>
    bytesOf(address)
      .map((byte) => `0x${byte.toString(16).padStart(5, "0")}`)
      .join("."),
  (address) =>
    bytesOf(address)
      .map((byte) => `0${byte.toString(8)}`)
      .join("."),
  (address) => `${Math.floor(address / 2 ** 24)}.${address % 2 ** 24}`,
  (address) => `[::ffff:${bytesOf(address).join(".")}]`,
  (address) => `[0:0:0:0:0:FFFF:${Math.floor(address / 65536).toString(16)}:${(address % 65536).toString(16)}]`,
  (address) => `[64:ff9b::${bytesOf(address).join(".")}]`,
  (address) => `[2002:${Math.floor(address / 65536).toString(16)}:${(address % 65536).toString(16)}::1]`,
  (address) => [...bytesOf(address).join(".")].map((character) => `%${character.charCodeAt(0).toString(16)}`).join(""),
];

const anyAddress = fc.oneof(
  fc.nat({ max: 2 ** 32 - 1 }),
  fc.constantFrom(...CLOSED).chain(([first, last]) => fc.integer({ min: Math.max(0, first - 2), max: Math.min(2 ** 32 - 1, last + 2) })),
);

describe("where notifications may go", () => {
  it("is the same for an IPv4 address in every spelling", () => {
    fc.assert(
      fc.property(anyAddress, fc.constantFrom(...SPELLINGS), (address, spelling) => {
        expect(isOpen(spelling(address))).toBe(!CLOSED.some(([first, last]) => address >= first && address <= last));
      }),
      { numRuns: 3000 },
    );
  });

  it("is not inside: IPv6, names and schemes", () => {
    const edges =
      "[1fff::1] [4000::1] [2001:1ff::1] [3fff:fff::1] [3fff::1] [2002:7f00:1::1] [::ffff:7f00:1] [0:0:0:0:0:fffe:808:808] [64:ff9b:0:0:0:1:808:808] [64:ff9c::808:808]";
    for (const host of edges.split(" ")) expect([host, isOpen(host)]).toEqual([host, false]);
    for (const host of ["[2001:200::1]", "[3fff:1000::1]", "[2000::1]", "[3ffe::1]", "[2001:db7::1]", "[2001:db9::1]", "[2003:1::1]"]) {
      expect([host, isOpen(host)]).toEqual([host, true]);
    }
    for (const domain of "localhost local localdomain internal intranet private corp home lan arpa test invalid onion alt".split(" ")) {
      expect(addressProblem(`http://a.${domain}/`)).toBe("its host is not a public name");
      expect(addressProblem(`http://${domain}.example.com/`)).toBeNull();
    }
    expect(addressProblem("http://single/")).toBe("its host is not a public name");
    expect([addressProblem("http://10.0.0.1/"), addressProblem("http://[::1]/")]).toEqual(Array(2).fill("its address is not public"));
    expect(addressProblem("ftp://x.example/")).toBe("its URL is not one of http or https");
    const closed =
      "[::] [::1] [::7f00:1] [fc00::1] [fd12:3456::1] [fe80::1] [fec0::1] [ff02::1] [2001:db8::1] [2001::1] [64:ff9b:1::1] [100::1]";
    for (const host of closed.split(" ")) expect([host, isOpen(host)]).toEqual([host, false]);
    for (const host of [
      "[2606:4700:4700::1111]",
      "[2a00:1450::1]",
      "hooks.slack.com",
      "example.com.",
      "1.1.1.1",
      "xn--bcher-kva.example",
    ]) {
      expect([host, isOpen(host)]).toEqual([host, true]);
    }
    const names =
      "localhost LOCALHOST localhost. a.localhost metadata metadata.google.internal printer.local router.lan x.corp 1.0.0.127.in-addr.arpa";
    for (const host of names.split(" ")) expect([host, isOpen(host)]).toEqual([host, false]);
    for (const url of [
      "ftp://example.com/",
      "file:///etc/passwd",
      "javascript:1",
      "data:,x",
      "//example.com",
      "example.com",
      "",
      "https://",
      "http://[::1",
    ]) {
      expect(addressProblem(url)).toMatch(/URL/);
    }
    // What stands before an @ is no host.
    expect(addressProblem("https://example.com@127.0.0.1/")).not.toBeNull();
    expect(addressProblem("https://127.0.0.1@example.com/")).toBeNull();
    expect(addressProblem("https://example.com\\@127.0.0.1/")).toBeNull();
  });
});
