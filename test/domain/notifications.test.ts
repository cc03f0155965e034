import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import { blockRequests } from "../../src/domain/notifications/block-requests.ts";
import { notificationOf } from "../../src/domain/notifications/message.ts";
import { Unsendable } from "../../src/domain/notifications/request.ts";
import { isShownHeader, webhookRequest } from "../../src/domain/notifications/webhook.ts";

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
      [url, "GenieKey k", { ...alert, responders: [team] }],
      [url, "GenieKey k", { ...alert, responders: [user] }],
    ]);
    expect(sent("opsgenie-webhook", { ...opsgenie, batch: true, tags: ["a"], details: { type: "x" } })).toEqual([
      [url, "GenieKey k", { ...alert, tags: ["a"], details: { type: "x" }, responders: [team, user] }],
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

describe("the call of a webhook", () => {
  it("is its payload as JSON", () => {
    expect(webhookRequest({ url: "https://x.example/", headers: { "X-A": 1, Accept: "text/html" } }, 'a"b')).toEqual({
      ...{ method: "POST", url: "https://x.example/", body: '"a\\"b"', timeoutSeconds: null },
      headers: { accept: "text/html", "content-type": "application/json", "x-a": "1" },
    });
    for (const method of ["GET", "PUT", "PATCH", "DELETE"]) {
      const request = webhookRequest({ url: "http://x.example/", method }, "p");
      expect([request.method, request.body, request.headers.accept]).toEqual([method, method === "GET" ? null : '"p"', "*/*"]);
    }
    const refused = (data: JsonObject) => () => webhookRequest(data, "");
    expect(refused({})).toThrow("its block has no url");
    expect(refused({ url: "https://x.example/", method: "HEAD" })).toThrow("its block has an unknown method");
    expect(refused({ url: "https://10.0.0.1/" })).toThrow("its address is not public");
  });

  it("shows no headers that are sensitive or noise", () => {
    const hidden = [
      "authorization",
      "traceparent",
      "via",
      "x-forwarded-for",
      "x-b3-traceid",
      "x-cloud-trace-context",
      "x-envoy-x",
      "x-prefect-y",
    ];
    for (const name of hidden) expect([name, isShownHeader(name)]).toEqual([name, false]);
    for (const name of ["content-type", "x-other", "viable", "my-x-prefect", "x-b", ""])
      expect([name, isShownHeader(name)]).toEqual([name, true]);
  });
});

describe("what is left of a block's data", () => {
  it("is sent as text where it is a number, and is nothing where it is of another kind", () => {
    const odd = { url: "https://x.example/", include_image: "yes", wrap: 0, notify_type: 5, channels: "x" };
    const [request] = blockRequests("ms-teams-webhook", odd, NOTIFICATION);
    expect(JSON.parse(request?.body ?? "").attachments[0].content.body).toHaveLength(2);
    const mattermost = { hostname: "mm.example.com", token: "t/..", channels: ["", 1, "#a"], port: "", path: "" };
    expect(sent("mattermost-webhook", mattermost).map(([at]) => at)).toEqual(["POST http://mm.example.com:8065/hooks/t%2F.."]);
    expect(sent("mattermost-webhook", { ...mattermost, path: "//a//" })[0]?.[0]).toBe("POST http://mm.example.com:8065/a/hooks/t%2F..");
    expect(() => blockRequests("slack-webhook", { url: "slack://a/b" }, NOTIFICATION)).toThrow("its Slack URL names no incoming webhook");
    expect(() => blockRequests("sendgrid-email", { api_key: "k", sender_email: "a@b.c" }, NOTIFICATION)).toThrow("no recipient");
    const [mail] = blockRequests("sendgrid-email", { api_key: "k", sender_email: "a@b.c", to_emails: ["x@y.co"] }, NOTIFICATION);
    expect(JSON.parse(mail?.body ?? "").content).toEqual([{ type: "text/plain", value: CUT }]);
    expect(mail).toMatchObject({
      timeoutSeconds: null,
      headers: { "user-agent": "Prefect Notifications", "content-type": "application/json" },
    });
  });

  it("is cut or asked for in batches by Opsgenie", () => {
    const alerts = (data: JsonObject, subject: string) =>
      blockRequests("opsgenie-webhook", { apikey: "k", ...data }, { subject, body: "b" }).map(({ body }) => JSON.parse(body ?? ""));
    expect(alerts({}, "x".repeat(130))[0].message).toBe("x".repeat(130));
    expect(alerts({}, "x".repeat(131))[0].message).toBe(`${"x".repeat(127)}...`);
    const users = Array.from({ length: 51 }, (_, index) => `u${index}`);
    expect(alerts({ target_user: users, batch: true }, "s").map(({ responders }) => responders.length)).toEqual([50, 1]);
    expect(alerts({ target_user: users }, "s")).toHaveLength(51);
    expect(alerts({ priority: "p2" }, "s")[0]).toMatchObject({ priority: "P2", details: { type: "prefect_default" } });
    expect(alerts({ target_team: ["0B6B1B5A-7D4E-4C3F-9D92-3D8B43E1F6AA", "x0b6b1b5a-7d4e-4c3f-9d92-3d8b43e1f6aa"] }, "s")).toMatchObject([
      { responders: [{ id: "0B6B1B5A-7D4E-4C3F-9D92-3D8B43E1F6AA" }] },
      { responders: [{ name: "x0b6b1b5a-7d4e-4c3f-9d92-3d8b43e1f6aa" }] },
    ]);
  });

  it.each<[JsonObject, string | [string, string][]]>([
    [{ account_sid: "xAC1" }, "no valid Twilio account"],
    [{ account_sid: "AC1/" }, "no valid Twilio account"],
    [{ auth_token: "x1" }, "no valid Twilio account"],
    [{ auth_token: "1x" }, "no valid Twilio account"],
    [{ account_sid: "ac1F", auth_token: "AB" }, [["+18001234567", "+18001234567"]]],
    [{ from_phone_number: "1234567890" }, "no valid phone number to send from"],
    [{ from_phone_number: "123456789012345" }, "no valid phone number to send from"],
    [{ from_phone_number: "1800x1234567" }, "no valid phone number to send from"],
    [{ from_phone_number: "()" }, "no valid phone number to send from"],
    [
      { from_phone_number: "12345678901234", to_phone_numbers: "18004242424,18004242425" },
      [
        ["+12345678901234", "+18004242424"],
        ["+12345678901234", "+18004242425"],
      ],
    ],
    [{ from_phone_number: "123456", to_phone_numbers: ["w:18004242424"] }, "no valid phone number to send to"],
    [{ from_phone_number: "123456", to_phone_numbers: ["123456789", "1234567890"] }, [["123456", "+1234567890"]]],
    [
      { from_phone_number: "WhatsApp:18001234567", to_phone_numbers: ["18004242424"] },
      [["whatsapp:+18001234567", "whatsapp:+18004242424"]],
    ],
    [{ to_phone_numbers: " w: 1-800-424-2424 " }, [["whatsapp:+18001234567", "whatsapp:+18004242424"]]],
    [{ to_phone_numbers: 18004242424 }, [["+18001234567", "+18004242424"]]],
  ])("is a phone number for Twilio or none: %j", (more, expected) => {
    const data = { account_sid: "AC1", auth_token: "1f", from_phone_number: "18001234567", ...more };
    const pairs = () =>
      blockRequests("twilio-sms", data, NOTIFICATION).map(({ body, headers }) => {
        expect(headers).toMatchObject({ accept: "application/json", "user-agent": "Prefect Notifications" });
        const form = new URLSearchParams(body ?? "");
        return [form.get("From"), form.get("To")];
      });
    if (typeof expected === "string") expect(pairs).toThrow(expected);
    else expect(pairs()).toEqual(expected);
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
