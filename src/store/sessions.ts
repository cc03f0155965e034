import { and, eq, gt, lt, lte, sql } from "drizzle-orm";
import type { Micros } from "../domain/time.ts";
import { type Database, named, type Statement } from "./database.ts";
import { sessions, signInAttempts, workspaces } from "./tables.ts";

/** Signed-in browsers, and attempts to sign in. They live in `DB_0`, as the directory does. */

export const insertSession = (db: Database, session: typeof sessions.$inferInsert): Statement => db.query.insert(sessions).values(session);

/** The session of a token and the workspace it opens, unless it has expired at `at`. */
export const selectBySessionHash = (db: Database, hash: string, at: Micros) =>
  db.query
    .select({
      sessionId: named(sessions.id, "session_id"),
      expiresAt: sessions.expiresAt,
      workspaceId: workspaces.id,
      shard: workspaces.shard,
    })
    .from(sessions)
    .innerJoin(workspaces, eq(workspaces.id, sessions.workspaceId))
    .where(and(eq(sessions.hash, hash), gt(sessions.expiresAt, at)));

/** Moves the end of a session that has not expired at `at` and would end before `usedBefore`; gives its hash when it did. */
export const extendSession = (db: Database, hash: string, times: { at: Micros; usedBefore: Micros; expiresAt: Micros }) =>
  db.query
    .update(sessions)
    .set({ expiresAt: times.expiresAt })
    .where(and(eq(sessions.hash, hash), gt(sessions.expiresAt, times.at), lt(sessions.expiresAt, times.usedBefore)))
    .returning({ hash: sessions.hash });

export const deleteSession = (db: Database, hash: string): Statement => db.query.delete(sessions).where(eq(sessions.hash, hash));

export const deleteExpiredSessions = (db: Database, accountId: string, at: Micros): Statement =>
  db.query.delete(sessions).where(and(eq(sessions.accountId, accountId), lte(sessions.expiresAt, at)));

/** Counts an attempt to sign in; gives how many there were and when they are forgotten. */
export const countSignInAttempt = (db: Database, subject: string, endsAt: Micros) =>
  db.query
    .insert(signInAttempts)
    .values({ subject, attempts: 1, endsAt })
    .onConflictDoUpdate({ target: signInAttempts.subject, set: { attempts: sql`${signInAttempts.attempts} + 1` } })
    .returning({ attempts: signInAttempts.attempts, endsAt: signInAttempts.endsAt });

/** Takes a counted attempt back, since it succeeded. */
export const uncountSignInAttempt = (db: Database, subject: string): Statement =>
  db.query
    .update(signInAttempts)
    .set({ attempts: sql`${signInAttempts.attempts} - 1` })
    .where(eq(signInAttempts.subject, subject));

export const deleteSignInAttempts = (db: Database, subject: string): Statement =>
  db.query.delete(signInAttempts).where(eq(signInAttempts.subject, subject));

/** Forgets the attempts whose time is over at `at`: so the table holds those of some minutes at most. */
export const deleteEndedSignInAttempts = (db: Database, at: Micros): Statement =>
  db.query.delete(signInAttempts).where(lte(signInAttempts.endsAt, at));
