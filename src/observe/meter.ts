/** What one request cost: shown in `Server-Timing`, held to the budgets by tests. */
export class Meter {
  d1RoundTrips = 0;
  /** Statements: what D1's limit of an invocation counts. */
  d1Queries = 0;
  rowsRead = 0;
  rowsWritten = 0;
  durableObjectCalls = 0;

  /** The `Server-Timing` header's value. */
  header(): string {
    const d1 = `d1;desc="${this.d1RoundTrips} round trips, ${this.rowsRead} read, ${this.rowsWritten} written"`;
    return `${d1}, do;desc="${this.durableObjectCalls} calls"`;
  }
}
