"""Writes notifications.json: the requests that the notification blocks of Prefect 2.20 make through apprise and httpx."""

import copy
import json
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qsl

import httpx
import requests
from prefect.blocks import notifications

SUBJECT = "Prefect flow run notification"
BODY = "\nFlow run `f` & <b>\n\nState message: None\n"
SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TEAMS = "https://prod-12.westus.logic.azure.com:443/workflows/6464646464646464/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abc"
PAGER = {"integration_key": "1" * 32, "api_key": "2" * 20}
TWILIO = {"account_sid": "AC0123456789abcdef", "auth_token": "0123456789abcdef", "from_phone_number": "18001234567"}
MATTERMOST = {"hostname": "mm.example.com", "token": "abcdefghijklmnopqrstuvwxyz"}
DISCORD = {"webhook_id": "123456789012345678", "webhook_token": "A" * 60}
CUSTOM = {"name": "n1", "url": "https://x.example/hook"}
KINDS = ["info", "success", "warning", "failure"]
BLOCKS = {
    "slack-webhook": ("SlackWebhook", [*({"url": SLACK, "notify_type": kind} for kind in KINDS), {"url": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general/#other"}, {"url": "slack://bot@T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"}]),
    "ms-teams-webhook": ("MicrosoftTeamsWebhook", [{"url": TEAMS}, {"url": TEAMS, "wrap": False, "notify_type": "info"}, {"url": TEAMS, "include_image": False, "notify_type": "failure"}, {"url": TEAMS, "include_image": True, "notify_type": "warning"}]),
    "pager-duty-webhook": ("PagerDutyWebHook", [PAGER, *({**PAGER, "notify_type": kind} for kind in KINDS), {**PAGER, "source": "s", "component": "c", "group": "g", "class_id": "k", "region_name": "eu", "clickable_url": "https://x.example/y", "include_image": False, "custom_details": {"a": "b"}}]),
    "opsgenie-webhook": ("OpsgenieWebhook", [{"apikey": "k" * 8}, {"apikey": "k" * 8, "notify_type": "failure"}, {"apikey": "k" * 8, "region_name": "eu", "tags": ["a", "b"], "priority": 1, "alias": "al", "entity": "en", "details": {"x": "y"}}, {"apikey": "k" * 8, "target_user": ["u", "w"], "target_team": ["t"], "target_schedule": ["s"]}, {"apikey": "k" * 8, "target_escalation": ["e"]}, {"apikey": "k" * 8, "target_user": ["u"], "target_team": ["t"], "batch": True}, {"apikey": "k" * 8, "target_user": ["0b6b1b5a-7d4e-4c3f-9d92-3d8b43e1f6aa"]}, {"apikey": "k" * 8, "priority": "P5"}]),
    "twilio-sms": ("TwilioSMS", [{**TWILIO, "to_phone_numbers": numbers} for numbers in (["18004242424"], ["1 (800) 424-2424", "+1 800 424 2425"], ["w:18004242424"], ["bad", "18004242424"], ["123456789"], ["1234567890"], ["12345678901234"], ["123456789012345"])] + [{**TWILIO, "from_phone_number": "12345", "to_phone_numbers": ["18004242424"]}, {**TWILIO, "from_phone_number": "123456", "to_phone_numbers": ["18004242424"]}]),
    "mattermost-webhook": ("MattermostWebhook", [MATTERMOST, {**MATTERMOST, "channels": ["x", "y"], "path": "/a/b/", "port": 99}, {**MATTERMOST, "include_image": True, "notify_type": "info"}, {**MATTERMOST, "include_image": True}]),
    "discord-webhook": ("DiscordWebhook", [DISCORD, {**DISCORD, "tts": True}, {**DISCORD, "avatar": True, "notify_type": "success"}, {**DISCORD, "avatar": True, "avatar_url": "https://x.example/a.png"}, {**DISCORD, "include_image": True, "notify_type": "info"}]),
    "custom-webhook": ("CustomWebhookNotificationBlock", [CUSTOM, {**CUSTOM, "method": "GET", "params": {"q": "{{subject}}", "k": "{{ key }}"}, "secrets": {"key": "v w"}}, {**CUSTOM, "method": "PUT", "form_data": {"a": "{{body}}", "b": "x y"}, "timeout": 3.5}, {**CUSTOM, "json_data": {"t": "{{subject}}", "n": [1, "a{{key}}b", {"w": "{{ key }}"}], "e": 1.5, "name": "{{name}}"}, "secrets": {"key": "sek"}}, {**CUSTOM, "headers": {"X-A": "{{key}}", "User-Agent": "me"}, "cookies": {"c": "{{key}}", "d": "e"}, "secrets": {"key": "sek"}}, {**CUSTOM, "url": "https://x.example/{{name}}?a=1", "method": "DELETE"}, {**CUSTOM, "url": "https://x.example/p?a=1", "method": "PATCH", "params": {"b": "2 3"}}, {**CUSTOM, "json_data": {"a{{name}}": "{{ name }} {{name}}"}}]),
}


def told(method, url, headers, body):
    headers = {name.lower(): value for name, value in headers.items()}
    headers["content-type"] = kind = headers.get("content-type", "").split(";")[0]
    text = body.decode() if isinstance(body, bytes) else body
    read = None if not text else json.loads(text) if kind == "application/json" else dict(parse_qsl(text, keep_blank_values=True))
    for attachment in (read or {}).get("attachments", []):
        attachment.pop("ts", None)
    names = {"content-type", "authorization", "cookie", "x-a", "user-agent"}
    return {"method": method, "url": url, "headers": {name: value for name, value in headers.items() if name in names and value}, "body": read}


def sent(name, data):
    made_requests = []

    def send(_, request, **options):
        made_requests.append(told(request.method, request.url, request.headers, request.body))
        answer = requests.Response()
        answer.status_code, answer._content, answer.url = 200, b"ok", request.url
        return answer

    class Transport(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            made_requests.append(told(request.method, str(request.url), request.headers, await request.aread()))
            return httpx.Response(200)

    made = httpx.AsyncClient.__init__
    quiet = lambda self, **options: made(self, **{**options, "transport": Transport()})
    with patch.object(requests.Session, "send", send), patch.object(httpx.AsyncClient, "__init__", quiet), patch("time.sleep"):
        try:
            getattr(notifications, name)(**copy.deepcopy(data)).notify(BODY, SUBJECT)
        except Exception as error:
            return {"error": str(error)}
    return made_requests


def main():
    # This apprise does not know Prefect's own kind of notification, and closes alerts of Opsgenie with some.
    kinds = {"custom-webhook": {}, "opsgenie-webhook": {"notify_type": "warning"}}
    blocks = [(slug, name, {**kinds.get(slug, {"notify_type": "info"}), **data}) for slug, (name, list) in BLOCKS.items() for data in list]
    rows = [[slug, data, sent(name, data)] for slug, name, data in blocks]
    text = ",\n".join("    " + json.dumps(row) for row in rows)
    Path(__file__).with_suffix(".json").write_text(f'{{\n  "subject": {json.dumps(SUBJECT)},\n  "body": {json.dumps(BODY)},\n  "sent": [\n{text}\n  ]\n}}\n')


main()
