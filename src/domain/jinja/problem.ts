/** What is wrong with a template, in Jinja's words, and the line it is on. */
export class TemplateProblem extends Error {
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}
