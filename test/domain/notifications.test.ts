import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import { addressProblem } from "../../src/domain/notifications/address.ts";
import { blockRequests } from "../../src/domain/notifications/block-requests.ts";
import { notificationOf } from "../../src/domain/notifications/message.ts";
import { Unsendable } from "../../src/domain/notifications/request.ts";

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

const SUBJECT = "Prefect flow run notification";
const BODY = "\nFlow run f/r entered state `Failed`.\n\nFlow ID: 1 & <b>\nState message: None\n";
const CUT = BODY.trimEnd();
const NOTIFICATION = { subject: SUBJECT, body: BODY };

/** The method, URL, authorization and JSON body of each request. */
const sent = (slug: string, data: JsonObject) =>
  blockRequests(slug, data, NOTIFICATION).map(({ method, url, headers, body }) => [
    `${method} ${url}`,
    headers.authorization ?? null,
    body === null ? null : JSON.parse(body),
  ]);

describe("what blocks send", () => {
  it("to Slack", () => {
    const url = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ";
    const text = "\nFlow run f/r entered state `Failed`.\n\nFlow ID: 1 &amp; &lt;b&gt;\nState message: None";
    const plain = { mrkdwn: true, attachments: [{ title: SUBJECT, text, color: "#888888", footer: "Prefect Notifications" }] };
    expect(sent("slack-webhook", { url })).toEqual([[`POST ${url}`, null, plain]]);
    expect(sent("slack-webhook", { url: "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general" })).toEqual([
      [`POST ${url}`, null, { ...plain, channel: "#general" }],
    ]);
    const picture = "https://github.com/caronc/apprise/raw/master/apprise/assets/themes/default/apprise-failure-72x72.png";
    const attachment = { title: SUBJECT, text, color: "#A32037", footer_icon: picture, footer: "Prefect Notifications" };
    expect(sent("slack-webhook", { url, notify_type: "failure" })).toEqual([
      [`POST ${url}`, null, { mrkdwn: true, attachments: [attachment], icon_url: picture }],
    ]);
  });

  it("to Microsoft Teams", () => {
    const url =
      "https://prod-12.westus.logic.azure.com/workflows/64/triggers/manual/paths/invoke?sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abc";
    const [request] = sent("ms-teams-webhook", { url, wrap: false });
    expect(request?.[0]).toBe(`POST ${url}`);
    expect(request?.[2].attachments[0].content.body).toEqual([
      { type: "TextBlock", text: SUBJECT, style: "heading", weight: "Bolder", size: "Large", id: "title" },
      { type: "TextBlock", text: CUT, style: "default", wrap: false, id: "body" },
    ]);
  });

  it("to Discord and Mattermost", () => {
    const content = `${SUBJECT}\r\n${CUT}`;
    const ids = { webhook_id: "123", webhook_token: "tok_a-1" };
    const url = "POST https://discord.com/api/webhooks/123/tok_a-1";
    expect(sent("discord-webhook", { ...ids, avatar_url: false })).toEqual([[url, null, { tts: false, wait: true, content }]]);
    expect(sent("discord-webhook", { ...ids, tts: true, avatar: true, avatar_url: "https://x.example/a.png", botname: "B" })).toEqual([
      [url, null, { tts: true, wait: false, avatar_url: "https://x.example/a.png", username: "B", content }],
    ]);
    expect(sent("mattermost-webhook", { hostname: "mm.example.com", token: "abc" })).toEqual([
      ["POST http://mm.example.com:8065/hooks/abc", null, { text: content, username: "Prefect Notifications" }],
    ]);
    const channels = sent("mattermost-webhook", {
      hostname: "mm.example.com",
      token: "abc",
      path: "/a/b/",
      port: 99,
      channels: ["x", "#y"],
    });
    expect(channels).toEqual([
      ["POST http://mm.example.com:99/a/b/hooks/abc", null, { text: content, username: "Prefect Notifications", channel: "x" }],
      ["POST http://mm.example.com:99/a/b/hooks/abc", null, { text: content, username: "Prefect Notifications", channel: "y" }],
    ]);
  });

  it("to PagerDuty, Opsgenie and Sendgrid", () => {
    const pager = { integration_key: "ikey", api_key: "akey", source: "s", component: "c", group: "g", class_id: "k", region_name: "eu" };
    const details = { include_image: false, clickable_url: "https://x.example/y", custom_details: { a: "b" }, notify_type: "failure" };
    expect(sent("pager-duty-webhook", { ...pager, ...details })).toEqual([
      [
        "POST https://events.eu.pagerduty.com/v2/enqueue",
        "Token token=akey",
        {
          routing_key: "ikey",
          payload: {
            summary: `${SUBJECT}\r\n`,
            severity: "critical",
            source: "s",
            component: "c",
            group: "g",
            class: "k",
            custom_details: { a: "b", "Prefect Notification Body": BODY.trim() },
          },
          client: "Prefect Notifications",
          event_action: "trigger",
          links: [{ href: "https://x.example/y" }],
        },
      ],
    ]);
    const alert = { source: "Prefect Notifications", message: SUBJECT, description: CUT, details: { type: "failure" }, priority: "P3" };
    const user = { type: "user", username: "u" };
    const team = { type: "team", name: "t" };
    const opsgenie = { apikey: "k", target_user: ["u"], target_team: ["t"], notify_type: "failure", priority: 3 };
    const url = "POST https://api.opsgenie.com/v2/alerts";
    expect(sent("opsgenie-webhook", opsgenie)).toEqual([
      [url, "GenieKey k", { ...alert, responders: [user] }],
      [url, "GenieKey k", { ...alert, responders: [team] }],
    ]);
    expect(sent("opsgenie-webhook", { ...opsgenie, batch: true, tags: ["a"], details: { type: "x" } })).toEqual([
      [url, "GenieKey k", { ...alert, tags: ["a"], details: { type: "x" }, responders: [user, team] }],
    ]);
    expect(sent("opsgenie-webhook", { apikey: "k" })[0]?.[2]).not.toHaveProperty("responders");
    const mails = sent("sendgrid-email", { api_key: "SG.a", sender_email: "a@b.co", to_emails: ["x@y.co", "z@y.co"] });
    expect(mails.map(([at, key, mail]) => [at, key, mail.personalizations, mail.from, mail.subject])).toEqual(
      ["x@y.co", "z@y.co"].map((email) => [
        "POST https://api.sendgrid.com/v3/mail/send",
        "Bearer SG.a",
        [{ to: [{ email }] }],
        { email: "a@b.co" },
        SUBJECT,
      ]),
    );
  });

  it("through a custom webhook, with its templates filled in", () => {
    const [request] = blockRequests(
      "custom-webhook",
      {
        name: "n1",
        url: "https://x.example/{{ name }}?gone=1",
        params: { q: "{{subject}}" },
        json_data: { text: "{{body}}", n: [1, "a{{ key }}b"], whole: "{{list}}", part: "<{{list}}>" },
        headers: { "X-T": "{{key}}" },
        cookies: { c: "{{key}}" },
        secrets: { key: "sek", list: [1, null] },
      },
      NOTIFICATION,
    );
    expect(request).toMatchObject({
      method: "POST",
      url: "https://x.example/n1?q=Prefect+flow+run+notification",
      headers: { "x-t": "sek", cookie: "c=sek", "content-type": "application/json", "user-agent": "Prefect Notifications" },
      timeoutSeconds: 10,
    });
    expect(JSON.parse(request?.body ?? "")).toEqual({ text: BODY, n: [1, "asekb"], whole: [1, null], part: "<[1, None]>" });
    const form = { name: "n1", url: "https://x.example/", method: "PUT", form_data: { a: "{{body}}", b: "x y" }, timeout: 3 };
    const [put] = blockRequests("custom-webhook", form, NOTIFICATION);
    expect([put?.method, put?.timeoutSeconds, Object.fromEntries(new URLSearchParams(put?.body ?? ""))]).toEqual([
      "PUT",
      3,
      { a: BODY, b: "x y" },
    ]);
  });

  it("is one form a phone number for Twilio", () => {
    const data = { account_sid: "AC01ef", auth_token: "1f", from_phone_number: "1 (800) 123-4567", to_phone_numbers: ["18004242424", "x"] };
    const [request, ...others] = blockRequests("twilio-sms", data, NOTIFICATION);
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      method: "POST",
      url: "https://api.twilio.com/2010-04-01/Accounts/AC01ef/Messages.json",
      headers: { authorization: `Basic ${btoa("AC01ef:1f")}`, "content-type": "application/x-www-form-urlencoded" },
    });
    expect(Object.fromEntries(new URLSearchParams(request?.body ?? ""))).toEqual({
      Body: `${SUBJECT}\r\n${CUT}`,
      From: "+18001234567",
      To: "+18004242424",
    });
    const pairs = (more: JsonObject) =>
      blockRequests("twilio-sms", { ...data, ...more }, NOTIFICATION).map(({ body }) => {
        const form = new URLSearchParams(body ?? "");
        return [form.get("From"), form.get("To")];
      });
    expect(pairs({ to_phone_numbers: ["+1 800 424 2424", "w:18004242425"] })).toEqual([
      ["+18001234567", "+18004242424"],
      ["whatsapp:+18001234567", "whatsapp:+18004242425"],
    ]);
    expect(pairs({ to_phone_numbers: [] })).toEqual([["+18001234567", "+18001234567"]]);
    expect(pairs({ from_phone_number: "12345", to_phone_numbers: ["w:18004242425", "18004242424"] })).toEqual([["12345", "+18004242424"]]);
  });

  it("is nothing when the block is not whole, not known, or leads inside", () => {
    const custom = { name: "n", url: "https://x.example/" };
    const cases: [string, JsonObject, RegExp][] = [
      ["twilio-sms", {}, /no account_sid/],
      ["twilio-sms", { account_sid: "AC/../x", auth_token: "1f", from_phone_number: "18001234567" }, /no valid Twilio account/],
      ["twilio-sms", { account_sid: "AC1", auth_token: "1f", from_phone_number: "123" }, /send from/],
      ["twilio-sms", { account_sid: "AC1", auth_token: "1f", from_phone_number: "12345", to_phone_numbers: ["no"] }, /send to/],
      ["nobody-knows", {}, /nobody-knows cannot be sent/],
      ["constructor", {}, /cannot be sent/],
      ["slack-webhook", {}, /no url/],
      ["slack-webhook", { url: "http://2130706433/" }, /not public/],
      ["mattermost-webhook", { hostname: "mattermost", token: "t" }, /not a public name/],
      ["mattermost-webhook", { hostname: "example.com@127.0.0.1", token: "t" }, /not public/],
      ["custom-webhook", { ...custom, url: "https://{{host}}/", secrets: { host: "169.254.169.254" } }, /not public/],
      ["custom-webhook", { ...custom, headers: { a: "{{nobody}}" } }, /placeholder/],
      ["custom-webhook", { ...custom, form_data: {}, json_data: {} }, /both/],
      ["custom-webhook", { ...custom, method: "TRACE" }, /method/],
    ];
    for (const [slug, data, reason] of cases) {
      expect(() => blockRequests(slug, data, NOTIFICATION)).toThrow(Unsendable);
      expect(() => blockRequests(slug, data, NOTIFICATION)).toThrow(reason);
    }
  });
});

describe("the text of a notification", () => {
  const state = {
    policyId: "dbfb82fa-d22f-40db-ad8c-39e06d705657",
    messageTemplate: null,
    flowId: "d0649adc-7970-48a8-b2df-a3cff92dc2c3",
    flowName: "nf",
    flowRunId: "5a0b3c86-c830-4d13-ad99-3e7b9c6113f3",
    flowRunName: "rn",
    parameters: { a: 1, b: [true, null, "x'y", 1.5], c: { d: "é\n" } },
    stateType: "PENDING" as const,
    stateName: "Pending",
    stateAt: Date.UTC(2026, 10, 24, 12, 39, 11) * 1000 + 903702,
    stateMessage: null,
  };
  const body = (messageTemplate: string | null) => notificationOf({ ...state, messageTemplate }, "http://ui").body;

  it("is what Python makes of the template", () => {
    expect(body(null)).toBe(
      "\nFlow run nf/rn entered state `Pending` at 2026-11-24T12:39:11.903702+00:00.\n\nFlow ID: d0649adc-7970-48a8-b2df-a3cff92dc2c3\n" +
        "Flow run ID: 5a0b3c86-c830-4d13-ad99-3e7b9c6113f3\n" +
        "Flow run URL: http://ui/flow-runs/flow-run/5a0b3c86-c830-4d13-ad99-3e7b9c6113f3\nState message: None\n",
    );
    expect(body("{flow_run_state_type}|{flow_run_notification_policy_id}|{flow_run_parameters}|{{{flow_name}}}")).toBe(
      "StateType.PENDING|dbfb82fa-d22f-40db-ad8c-39e06d705657|{'a': 1, 'b': [True, None, \"x'y\", 1.5], 'c': {'d': 'é\\n'}}|{nf}",
    );
    expect(body("{flow_name!r} {flow_run_name:>8} {flow_run_state_name!s:.3} {flow_name:*^6}{flow_name:04}")).toBe(
      "'nf'       rn Pen **nf**nf00",
    );
    expect(body("{flow_id!r} {flow_run_state_type!r}")).toBe("UUID('d0649adc-7970-48a8-b2df-a3cff92dc2c3') StateType.PENDING");
  });
});
