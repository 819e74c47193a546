/** Go-yaml's order of keys: numbers within them count as numbers (`a2` before `a10`), other signs come before letters. */
export function compareKeys(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const x = left[i] ?? '';
    const y = right[i] ?? '';
    if (x === y) continue;
    const isLetter = { x: /\p{L}/u.test(x), y: /\p{L}/u.test(y) };
    if (isLetter.x && isLetter.y) return compareCodePoints(x, y);
    if (isLetter.x || isLetter.y) return isLetter.y ? -1 : 1;
    return compareNumbers(left, right, i) || compareCodePoints(x, y);
  }
  return left.length - right.length;
}

function compareNumbers(left: string[], right: string[], at: number): number {
  // A zero that differs has a meaning only behind other digits: 10 and 1, but 01 and 1 are the same number.
  const isBehindDigit = left
    .slice(0, at)
    .toReversed()
    .join('')
    .match(/^[0-9]*/)?.[0]
    .match(/[1-9]/);
  const lead = isBehindDigit && (left[at] === '0' || right[at] === '0') ? '1' : '';
  const [x, y] = [left, right].map((characters) => /^[0-9]*/.exec(characters.slice(at).join(''))?.[0] ?? '');
  const difference = BigInt(lead + (x || '0')) - BigInt(lead + (y || '0'));
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return (x ?? '').length - (y ?? '').length;
}

function compareCodePoints(x: string, y: string): number {
  return (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0);
}
