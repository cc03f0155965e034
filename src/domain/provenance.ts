/** Who made an object: filled from an automation's headers (`Prefect-Automation-Id`, `-Name`) or by the scheduler. */
export interface Provenance {
  id: string;
  type: string;
  displayValue: string | null;
}
