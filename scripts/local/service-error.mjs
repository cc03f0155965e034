/** What a person can mend: its message is shown without a stack. */
export class ServiceError extends Error {}
