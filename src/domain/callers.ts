/** Who polls and claims, as a tenant may see it: nothing of this opens anything. */
export interface CallerLabel {
  keyId: string;
  /** What the key was called when it was made. */
  keyName: string;
  /** The client's address; empty where it is not known. */
  address: string;
  userAgent: string;
}

/** Tells callers apart, and says who they are: one text, that `labelOf` reads again. */
export const callerId = ({ keyId, keyName, address, userAgent }: CallerLabel): string =>
  [keyId, encodeURIComponent(keyName.toWellFormed()), encodeURIComponent(address.toWellFormed()), userAgent].join(" ");

/** The label that is in a caller's id. */
export function labelOf(callerId: string): CallerLabel {
  const [keyId = "", keyName = "", address = "", ...rest] = callerId.split(" ");
  return { keyId, keyName: decodeURIComponent(keyName), address: decodeURIComponent(address), userAgent: rest.join(" ") };
}
