import { isRawNumber } from "../../domain/json.ts";
import { field } from "./model.ts";

const MAX_CHARACTERS = 2083;

/** A URL taken apart; every part may be missing, so it matches the beginning of any text (pydantic v1's `url_regex`). */
const URL_PARTS = new RegExp(
  [
    /(?:(?<scheme>[a-z][a-z0-9+\-.]+):\/\/)?/,
    /(?<user>(?:[^\s:/]*)(?::(?:[^\s/]*))?@)?/,
    /(?:(?<ipv4>(?:\d{1,3}\.){3}\d{1,3})(?=$|[/:#?])|(?<ipv6>\[[A-F0-9]*:[A-F0-9:]+\])(?=$|[/:#?])|(?<domain>[^\s/:?#]+))?/,
    /(?::(?<port>\d+))?/,
    /(?<rest>(?:\/[^\s?#]*)?(?:\?[^\s#]*)?(?:#[^\s#]*)?)/,
  ]
    .map(({ source }) => source)
    .join(""),
  "iy",
);

const ASCII_DOMAIN = /^(?:[_0-9a-z](?:[-_0-9a-z]{0,61}[_0-9a-z])?\.)*?[_0-9a-z](?:[-_0-9a-z]{0,61}[_0-9a-z])?(?<tld>\.[a-z]{2,63})?\.?$/i;
const CHUNK = "[_0-9a-\\u{40000}](?:[-_0-9a-\\u{40000}]{0,61}[_0-9a-\\u{40000}])?";
const DOMAIN = new RegExp(`^(?:${CHUNK}\\.)*?${CHUNK}(?<tld>\\.[\\p{L}\\p{Nl}\\p{No}]{2,63}|\\.xn--[_0-9a-z-]{2,63})?\\.?$`, "iu");

/** `HttpUrl`: an http or https address with a top-level domain or an IP address. Gives it as it came, an international domain in ASCII. */
export function httpUrl() {
  return field<string>(
    (value, fail) => {
      if (typeof value === "object" && !isRawNumber(value)) return fail("str type expected", "type_error.str");
      const url = isRawNumber(value) ? value.rawJSON : String(value).trim();
      const length = [...url].length;
      if (length < 1) return fail("ensure this value has at least 1 characters", "value_error.any_str.min_length", { limit_value: 1 });
      if (length > MAX_CHARACTERS) {
        const limit = { limit_value: MAX_CHARACTERS };
        return fail(`ensure this value has at most ${MAX_CHARACTERS} characters`, "value_error.any_str.max_length", limit);
      }
      const [matched, parts] = matchParts(url);
      if (parts.scheme === undefined) return fail("invalid or missing URL scheme", "value_error.url.scheme");
      if (!/^https?$/i.test(parts.scheme)) {
        return fail("URL scheme not permitted", "value_error.url.scheme", { allowed_schemes: ["https", "http"] });
      }
      if (Number(parts.port ?? 0) > 65_535) return fail("URL port invalid, port cannot exceed 65535", "value_error.url.port");
      if (matched.length < url.length) {
        const extra = url.slice(matched.length);
        return fail(`URL invalid, extra characters found after valid URL: '${extra}'`, "value_error.url.extra", { extra });
      }
      const { domain } = parts;
      if (domain === undefined)
        return parts.ipv4 === undefined && parts.ipv6 === undefined ? fail("URL host invalid", "value_error.url.host") : url;
      if (ASCII_DOMAIN.exec(domain)?.groups?.tld !== undefined) return url;
      const international = DOMAIN.exec(domain);
      const ascii = international ? asciiDomain(domain) : undefined;
      if (!international || ascii === undefined) return fail("URL host invalid", "value_error.url.host");
      if (international.groups?.tld === undefined) return fail("URL host invalid, top level domain required", "value_error.url.host");
      return rebuild(parts, ascii);
    },
    { type: "string", format: "uri", minLength: 1, maxLength: MAX_CHARACTERS },
  );
}

type Parts = Partial<Record<"scheme" | "user" | "ipv4" | "ipv6" | "domain" | "port" | "rest", string>>;

function matchParts(url: string): [string, Parts] {
  URL_PARTS.lastIndex = 0;
  const match = URL_PARTS.exec(url);
  return [match?.[0] ?? "", match?.groups ?? {}];
}

function asciiDomain(domain: string): string | undefined {
  return URL.canParse(`http://${domain}/`) ? new URL(`http://${domain}/`).hostname : undefined;
}

/** The address with another domain; a port that goes without saying is left out. */
function rebuild({ scheme = "", user = "", port, rest = "" }: Parts, domain: string): string {
  const usual = scheme === "http" ? "80" : "443";
  return `${scheme}://${user}${domain}${port === undefined || port === usual ? "" : `:${port}`}${rest}`;
}
