/** What a meter counts. */
export type Counts = Pick<Meter, "d1RoundTrips" | "d1Queries" | "rowsRead" | "rowsWritten" | "durableObjectCalls">;

/** What one request cost: shown in `Server-Timing`, held to the budgets by tests. */
export class Meter {
  d1RoundTrips = 0;
  /** Statements: what D1's limit of an invocation counts. */
  d1Queries = 0;
  rowsRead = 0;
  rowsWritten = 0;
  durableObjectCalls = 0;

  /** Counts in what was spent elsewhere. */
  add(other: Counts): void {
    this.d1RoundTrips += other.d1RoundTrips;
    this.d1Queries += other.d1Queries;
    this.rowsRead += other.rowsRead;
    this.rowsWritten += other.rowsWritten;
    this.durableObjectCalls += other.durableObjectCalls;
  }

  /** The `Server-Timing` header's value. */
  header(): string {
    const d1 = `d1;desc="${this.d1RoundTrips} round trips, ${this.rowsRead} read, ${this.rowsWritten} written"`;
    return `${d1}, do;desc="${this.durableObjectCalls} calls"`;
  }
}
