import type { JsonObject } from "../json.ts";
import { joined, type Notification, type OutboundRequest, optionalText, SENDER, textOf, textsOf, Unsendable } from "./request.ts";

/** How a phone number is written: digits, with what makes them readable. */
const PHONE = /^\+?[0-9\s)(+-]+\s*$/;
const LONGEST_PHONE = 14;
const SHORT_CODE_LENGTHS = [5, 6];

/** A number to send from or to; over WhatsApp where the block's text begins with `w:` or `whatsapp:`. */
interface Phone {
  number: string;
  isWhatsApp: boolean;
}

/** Twilio's Messages API (TwilioSMS of prefect/blocks/notifications.py, through apprise): one message a phone number. */
export function twilioRequests(data: JsonObject, notification: Notification): OutboundRequest[] {
  const [account, token] = [textOf(data, "account_sid"), textOf(data, "auth_token")];
  if (!/^AC[a-f0-9]+$/i.test(account) || !/^[a-f0-9]+$/i.test(token)) throw new Unsendable("its block has no valid Twilio account");
  const sender = senderOf(textOf(data, "from_phone_number"));
  const isShortCode = SHORT_CODE_LENGTHS.includes(sender.number.length);
  const receivers = phoneTexts(data).flatMap((text) => receiverOf(text, sender) ?? []);
  const able = receivers.filter(({ isWhatsApp }) => !(isShortCode && isWhatsApp));
  // Without receivers, apprise sends to the sender itself.
  if (able.length === 0 && isShortCode) throw new Unsendable("its block names no valid phone number to send to");
  return (able.length > 0 ? able : [sender]).map((receiver) => {
    const named = ({ number }: Phone) => (receiver.isWhatsApp ? `whatsapp:${number}` : number);
    return {
      method: "POST",
      url: `https://api.twilio.com/2010-04-01/Accounts/${account}/Messages.json`,
      headers: {
        "user-agent": SENDER,
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
        authorization: `Basic ${btoa(`${account}:${token}`)}`,
      },
      body: new URLSearchParams({ Body: joined(notification), From: named(sender), To: named(receiver) }).toString(),
      timeoutSeconds: null,
    };
  });
}

/** The numbers of the block, lists in a text being several. */
const phoneTexts = (data: JsonObject): string[] => {
  const single = optionalText(data, "to_phone_numbers");
  return (single === null ? textsOf(data, "to_phone_numbers") : [single]).flatMap((text) => text.split(","));
};

function senderOf(text: string): Phone {
  const { digits, isWhatsApp } = read(text);
  if (digits === null) throw new Unsendable("its block has no valid phone number to send from");
  if (SHORT_CODE_LENGTHS.includes(digits.length)) return { number: digits, isWhatsApp };
  if (digits.length < 11) throw new Unsendable("its block has no valid phone number to send from");
  return { number: `+${digits}`, isWhatsApp };
}

function receiverOf(text: string, sender: Phone): Phone | undefined {
  const { digits, isWhatsApp } = read(text);
  return digits === null || digits.length < 10 ? undefined : { number: `+${digits}`, isWhatsApp: isWhatsApp || sender.isWhatsApp };
}

function read(text: string): { digits: string | null; isWhatsApp: boolean } {
  const [, mode, phone = ""] = /^\s*(?:(w|whatsapp):)?(.*)$/is.exec(text) ?? [];
  const digits = phone.trim().replace(/\D/g, "");
  const isPhone = PHONE.test(phone.trim()) && digits.length <= LONGEST_PHONE && digits.length > 0;
  return { digits: isPhone ? digits : null, isWhatsApp: mode !== undefined };
}
