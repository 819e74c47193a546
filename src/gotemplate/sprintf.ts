import { defaultFlags } from './format-flags.ts';
import type { Flags } from './format-flags.ts';
import { format, formatVerb, limited } from './format.ts';
import { normalise } from './go-string.ts';
import { concrete, typeName } from './value.ts';
import type { Operand } from './value.ts';

/** The largest width or precision; Go ignores a larger one. */
const maximumNumber = 1_000_000;

/**
 * Go's `fmt.Sprintf`, its error texts included: `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int=1)`, `%!(NOVERB)`, `%!(BADWIDTH)`.
 */
export function sprintf(template: string, operands: readonly Operand[]): string {
  return normalise(new Formatter(template, operands).run());
}

/** One pass over a format string; its state is the place in it and the next operand. */
class Formatter {
  private readonly text: string;
  private readonly operands: readonly Operand[];
  private at = 0;
  private next = 0;
  private reordered = false;
  private goodIndex = true;
  private afterIndex = false;
  private output = '';

  constructor(text: string, operands: readonly Operand[]) {
    this.text = text;
    this.operands = operands;
  }

  run(): string {
    while (this.at < this.text.length) {
      const percent = this.text.indexOf('%', this.at);
      const end = percent < 0 ? this.text.length : percent;
      this.output += this.text.slice(this.at, end);
      this.at = end + 1;
      if (percent >= 0) this.verb();
      limited(this.output);
    }
    this.extraOperands();
    return this.output;
  }

  private verb(): void {
    this.goodIndex = true;
    this.afterIndex = false;
    const flags: Flags = { ...defaultFlags };
    this.flags(flags);
    this.argumentIndex();
    this.width(flags);
    this.precision(flags);
    if (!this.afterIndex) this.argumentIndex();
    const code = this.text.codePointAt(this.at);
    if (code === undefined) {
      this.output += '%!(NOVERB)';
      return;
    }
    const verb = String.fromCodePoint(code);
    this.at += verb.length;
    this.output += this.formatted(verb, flags);
  }

  private formatted(verb: string, flags: Flags): string {
    if (verb === '%') return '%';
    if (!this.goodIndex) return `%!${verb}(BADINDEX)`;
    const operand = this.operands[this.next];
    if (operand === undefined) return `%!${verb}(MISSING)`;
    this.next++;
    // `%w` is for errors only, and says so; but its flags mean what they mean for `%v`.
    if (verb === 'v' || verb === 'w') {
      flags.sharpV = flags.sharp;
      flags.sharp = false;
      flags.plusV = flags.plus;
      flags.plus = false;
    }
    return formatVerb(operand, verb, flags);
  }

  private flags(flags: Flags): void {
    for (; ; this.at++) {
      switch (this.text.charAt(this.at)) {
        case '#':
          flags.sharp = true;
          break;
        case '0':
          flags.zero = true;
          break;
        case '+':
          flags.plus = true;
          break;
        case '-':
          flags.minus = true;
          break;
        case ' ':
          flags.space = true;
          break;
        default:
          return;
      }
    }
  }

  private width(flags: Flags): void {
    if (this.text.charAt(this.at) !== '*') {
      flags.width = this.number();
      if (this.afterIndex && flags.width !== undefined) this.goodIndex = false;
      return;
    }
    this.at++;
    flags.width = this.integerOperand();
    if (flags.width === undefined) this.output += '%!(BADWIDTH)';
    else if (flags.width < 0) {
      flags.width = -flags.width;
      flags.minus = true;
      flags.zero = false;
    }
    this.afterIndex = false;
  }

  private precision(flags: Flags): void {
    if (this.text.charAt(this.at) !== '.' || this.at + 1 >= this.text.length) return;
    this.at++;
    if (this.afterIndex) this.goodIndex = false;
    this.argumentIndex();
    if (this.text.charAt(this.at) !== '*') {
      flags.precision = this.number() ?? 0;
      return;
    }
    this.at++;
    const precision = this.integerOperand();
    flags.precision = precision !== undefined && precision >= 0 ? precision : undefined;
    if (flags.precision === undefined) this.output += '%!(BADPREC)';
    this.afterIndex = false;
  }

  private number(): number | undefined {
    const digits = /^[0-9]+/.exec(this.text.slice(this.at, this.at + 24))?.[0];
    if (digits === undefined) return undefined;
    const tooLong = Number(digits.slice(0, -1)) > maximumNumber;
    // Go gives up on the rest of the format when a number is absurdly long.
    this.at = tooLong ? this.text.length : this.at + digits.length;
    return tooLong ? undefined : Number(digits);
  }

  private integerOperand(): number | undefined {
    const operand = this.operands[this.next];
    if (operand === undefined) return undefined;
    this.next++;
    const value = concrete(operand);
    if (value.kind !== 'integer') return undefined;
    const number = Number(value.value);
    return Math.abs(number) > maximumNumber ? undefined : number;
  }

  /** `[3]`: the operand to go on with. */
  private argumentIndex(): void {
    this.afterIndex = false;
    if (this.text.charAt(this.at) !== '[') return;
    this.reordered = true;
    const close = this.text.indexOf(']', this.at);
    const inner = close < 0 ? '' : this.text.slice(this.at + 1, close);
    if (close < 0 || this.text.length - this.at < 3) {
      this.goodIndex = false;
      this.at += 1;
      return;
    }
    this.at = close + 1;
    const wellFormed = /^[0-9]+$/.test(inner);
    const index = Number(inner) - 1;
    if (wellFormed && index >= 0 && index < this.operands.length) {
      this.next = index;
      this.afterIndex = true;
      return;
    }
    this.goodIndex = false;
    this.afterIndex = wellFormed;
  }

  private extraOperands(): void {
    if (this.reordered || this.next >= this.operands.length) return;
    const extra = this.operands.slice(this.next).map((operand) => {
      const value = concrete(operand);
      return value.kind === 'nil' ? '<nil>' : `${typeName(value)}=${format(value)}`;
    });
    this.output += `%!(EXTRA ${extra.join(', ')})`;
  }
}
