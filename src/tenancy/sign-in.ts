import { Refusal } from "../domain/errors.ts";
import { MICROS_PER_SECOND } from "../domain/time.ts";
import { databaseOf, type Env } from "../env.ts";
import type { Meter } from "../observe/meter.ts";
import { Database } from "../store/database.ts";
import { selectAccountByEmail } from "../store/directory.ts";
import {
  countSignInAttempt,
  deleteEndedSignInAttempts,
  deleteExpiredSessions,
  deleteSignInAttempts,
  uncountSignInAttempt,
} from "../store/sessions.ts";
import { now } from "./context.ts";
import { hashSecret } from "./keys.ts";
import { NO_PASSWORD, verifyPassword } from "./passwords.ts";
import { newSession } from "./sessions.ts";

/** Attempts in a quarter of an hour that may fail: for one account from one network, and for all accounts from one network. */
const ACCOUNT_ATTEMPTS = 10;
const NETWORK_ATTEMPTS = 100;
const ATTEMPTS_MICROS = 15 * 60 * MICROS_PER_SECOND;

export interface SignedIn {
  account: { id: string; name: string };
  workspace: { id: string; name: string };
  /** The session's token, for the cookie. */
  token: string;
}

/** Opens a session of an account, in its first workspace. Refuses as `checkPassword` does. */
export async function signIn(env: Env, input: PasswordInput, meter: Meter): Promise<SignedIn> {
  const db = new Database(databaseOf(env, 0), meter);
  const { account, forgetAttempts, at } = await checkPassword(db, input);
  const { token, statement } = await newSession(db, account.accountId, account.workspaceId);
  await db.runAll([...forgetAttempts, deleteExpiredSessions(db, account.accountId, at), statement]);
  return {
    account: { id: account.accountId, name: account.accountName },
    workspace: { id: account.workspaceId, name: account.workspaceName },
    token,
  };
}

/** `address` is the client's; "" when it is not known. */
export interface PasswordInput {
  email: string;
  password: string;
  address: string;
}

/**
 * The account of an address and a password, and what forgets the attempts that led to it. Refuses (401) an unknown address and a wrong
 * password, which cannot be told apart, and (429) after too many attempts. An attempt is counted before the password is looked at, so
 * that attempts at the same time cannot pass together.
 */
export async function checkPassword(db: Database, input: PasswordInput) {
  const email = input.email.trim().toLowerCase();
  const network = networkOf(input.address);
  const ofAccount = await hashSecret(`${network} ${email}`);
  const ofNetwork = await hashSecret(network);
  const at = now();
  const [, [byAccount], [byNetwork], [account]] = await db.run(
    deleteEndedSignInAttempts(db, at),
    countSignInAttempt(db, ofAccount, at + ATTEMPTS_MICROS),
    countSignInAttempt(db, ofNetwork, at + ATTEMPTS_MICROS),
    selectAccountByEmail(db, email),
  );
  for (const [counted, limit] of [
    [byAccount, ACCOUNT_ATTEMPTS],
    [byNetwork, NETWORK_ATTEMPTS],
  ] as const) {
    if (!counted || counted.attempts <= limit) continue;
    const retryAfterSeconds = Math.ceil((counted.endsAt - at) / MICROS_PER_SECOND);
    throw new Refusal("tooMany", "Too many attempts to sign in: wait a while, then try again.", { retryAfterSeconds });
  }
  // An unknown address costs the time of a password too.
  const isRight = await verifyPassword(input.password, account?.passwordHash ?? NO_PASSWORD);
  if (!account || !isRight) throw new Refusal("unauthorized", "The email address or the password is wrong.");
  return { account, forgetAttempts: [deleteSignInAttempts(db, ofAccount), uncountSignInAttempt(db, ofNetwork)], at };
}

/** Whom attempts of an address are counted for: an IPv6 caller has at least the 64 bits after the network's at will (RFC 6177). */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [left = [], right = []] = address.split("::").map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}
