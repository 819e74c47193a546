/** The variables that a template knows at a place: `$`, and those declared since, some of them more than once. */
export class VariableScope {
  private readonly stack: string[] = [];
  private readonly counts = new Map<string, number>();

  constructor() {
    this.declare('$');
  }

  /** What `leave` goes back to. */
  get depth(): number {
    return this.stack.length;
  }

  declare(name: string): void {
    this.stack.push(name);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  leave(depth: number): void {
    for (const name of this.stack.splice(depth)) {
      const count = (this.counts.get(name) ?? 1) - 1;
      if (count === 0) this.counts.delete(name);
      else this.counts.set(name, count);
    }
  }

  has(name: string): boolean {
    return this.counts.has(name);
  }

  names(): Iterable<string> {
    return this.counts.keys();
  }
}
